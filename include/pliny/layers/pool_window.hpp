// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

namespace pliny {

/// The window of a pooling layer: stride = kernel unless given.
template <Size KernelSize, class... Options>
constexpr Window pool_window() {
    using Pad = Option<Sets::Padding, Padding<0>, Options...>;
    return {.kernel = KernelSize,
            .stride = Option<Sets::Stride, Stride<KernelSize.height, KernelSize.width>, Options...>::size,
            .before = Pad::size,
            .after = Pad::size,
            .dilation = Option<Sets::Dilation, Dilation<1>, Options...>::size};
}

template <Size KernelSize, class... Options>
inline constexpr bool pool_padding_fits = [] {
    const Window window = pool_window<KernelSize, Options...>();
    return 2 * window.before.height <= window.kernel.height && 2 * window.before.width <= window.kernel.width;
}();

constexpr Facts pool_facts(Kind kind, const Window& window, const Shape& in) {
    Facts facts{.kind = kind, .out = in, .window = window};
    if (in.rank != 3) {
        facts.problem = {Fault::PoolNeedsImage, in};
        return facts;
    }
    const Size size = window.output(in);
    facts.out = Shape{in.channels(), size.height, size.width};
    if (size.height < 1 || size.width < 1)
        facts.problem = {Fault::PoolKernel, in, Shape{window.kernel.height, window.kernel.width}};
    return facts;
}

} // namespace pliny
