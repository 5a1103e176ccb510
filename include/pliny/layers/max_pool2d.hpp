// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/pool_window.hpp>

namespace pliny {

/// Largest value of each window; `MaxPool2d<2>`, `MaxPool2d<3, Stride<2>, Padding<1>>`, stride = kernel by
/// default.
template <Size KernelSize, class... Options>
struct MaxPool2d {
    static_assert(
        known_pool_options<List<Options...>, Sets::Stride, Sets::Padding, Sets::Dilation>,
        "[max_pool2d.1] MaxPool2d does not know one of its options; it takes Stride, Padding, Dilation");
    static_assert(distinct_options<Options...>,
                  "[max_pool2d.2] an option of MaxPool2d is given twice; keep one of each");
    static_assert(pool_window_fits<2, KernelSize, Options...>,
                  "[max_pool2d.3] MaxPool2d needs a positive kernel, and Padding of at most half of it");

    using runtime = detail::MaxPoolRuntime;

    static constexpr Facts facts(const Shape& in) {
        Facts facts = pool_facts(Kind::MaxPool2d, pool_window<2, KernelSize, Options...>(), in);
        facts.makes_values = false;
        facts.joins_chain = true;
        facts.traits.commutes_with_relu = true;
        return facts;
    }
    static std::string spelled(std::int64_t) {
        return spelled_layer<Options...>("MaxPool2d", pliny::spelled(KernelSize));
    }
};

} // namespace pliny
