// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

namespace pliny {

/// The options are among those that a pooling layer knows; SamePadding is for convolutions only.
template <class Options, Sets... Known>
inline constexpr bool known_pool_options = false;
template <class... Options, Sets... Known>
inline constexpr bool known_pool_options<List<Options...>, Known...> =
    known_options<List<Options...>, Known...>&& count_of<SamePadding, Options...> == 0;

/// The window of a pooling layer: stride = kernel unless given.
template <Size KernelSize, class... Options>
constexpr Window pool_window() {
    Window window{.kernel = KernelSize,
                  .stride = KernelSize,
                  .dilation = Option<Sets::Dilation, Dilation<1>, Options...>::size};
    if constexpr (has_option<Sets::Stride, Options...>)
        window.stride = Option<Sets::Stride, Stride<1>, Options...>::size;
    using Pad = Option<Sets::Padding, Padding<0>, Options...>;
    if constexpr (!std::is_same_v<Pad, SamePadding>) // reported by the layer
        window.before = window.after = Pad::size;
    return window;
}

/// The kernel is positive and the padding at most half of it, as PyTorch demands.
template <Size KernelSize, class... Options>
inline constexpr bool pool_window_fits = [] {
    const Window window = pool_window<KernelSize, Options...>();
    return KernelSize.height > 0 && KernelSize.width > 0 && 2 * window.before.height <= KernelSize.height &&
           2 * window.before.width <= KernelSize.width;
}();

/// What a pooling layer does to an image; a problem where the input is none or smaller than the kernel.
constexpr Facts pool_facts(Kind kind, const Window& window, const Shape& in) {
    Facts facts{.kind = kind, .out = in, .window = window, .signs = Signs::AsInputs};
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
