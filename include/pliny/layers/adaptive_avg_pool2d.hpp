// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

namespace pliny::detail {
struct AdaptiveAvgPoolRuntime;
}

namespace pliny {

/// Means over as many windows as the output has pixels (torch.nn.AdaptiveAvgPool2d).
template <Size Output>
struct AdaptiveAvgPool2d {
    static_assert(Output[0] > 0 && Output[1] > 0,
                  "[adaptive_avg_pool2d.1] AdaptiveAvgPool2d needs a positive output size");

    static constexpr Size output = Output;
    using runtime = detail::AdaptiveAvgPoolRuntime;

    static constexpr Facts facts(const Shape& in) {
        detail::check_axes<Output.fits(2)>();
        Facts facts{.kind = Kind::AdaptiveAvgPool2d,
                    .out = Shape{in.channels(), Output[0], Output[1]},
                    .signs = Signs::AsInputs};
        if (in.rank != 3)
            facts.problem = {Fault::PoolNeedsImage, in};
        return facts;
    }
    static std::string spelled(std::int64_t) { return "AdaptiveAvgPool2d<" + pliny::spelled(Output) + ">"; }
};

} // namespace pliny
