// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/pool_window.hpp>

namespace pliny {

/// Mean of each window, padded zeros counted (torch.nn.AvgPool2d); stride = kernel by default.
template <Size KernelSize, class... Options>
struct AvgPool2d {
    static_assert(known_pool_options<List<Options...>, Sets::Stride, Sets::Padding>,
                  "[avg_pool2d.1] AvgPool2d does not know one of its options; it takes Stride, Padding");
    static_assert(distinct_options<Options...>,
                  "[avg_pool2d.2] an option of AvgPool2d is given twice; keep one of each");
    static_assert(pool_window_fits<2, KernelSize, Options...>,
                  "[avg_pool2d.3] AvgPool2d needs a positive kernel, and Padding of at most half of it");

    using runtime = detail::AvgPoolRuntime;

    static constexpr Facts facts(const Shape& in) {
        Facts facts = pool_facts(Kind::AvgPool2d, pool_window<2, KernelSize, Options...>(), in);
        facts.traits.taps = Taps::Mean;
        return facts;
    }
    static std::string spelled(std::int64_t) {
        return spelled_layer<Options...>("AvgPool2d", pliny::spelled(KernelSize));
    }
};

} // namespace pliny
