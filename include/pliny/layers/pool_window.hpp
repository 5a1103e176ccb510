// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

namespace pliny::detail {
struct MaxPoolRuntime;
struct AvgPoolRuntime;
} // namespace pliny::detail

namespace pliny {

/// The options are among those that a pooling layer knows; SamePadding is for convolutions only.
template <class Options, Sets... Known>
inline constexpr bool known_pool_options = false;
template <class... Options, Sets... Known>
inline constexpr bool known_pool_options<List<Options...>, Known...> =
    known_options<List<Options...>, Known...>&& count_of<SamePadding, Options...> == 0;

/// The window of a pooling layer along so many axes: stride = kernel unless given.
template <int Axes, Size KernelSize, class... Options>
constexpr Window pool_window() {
    detail::check_axes<KernelSize.fits(Axes)>();
    return window_of<Axes, Options...>(KernelSize, KernelSize);
}

/// The kernel is positive and the padding at most half of it, as PyTorch demands.
template <int Axes, Size KernelSize, class... Options>
inline constexpr bool pool_window_fits = [] {
    const Window window = pool_window<Axes, KernelSize, Options...>();
    bool fits = true;
    for (int axis = 0; axis < Axes; ++axis)
        fits = fits && KernelSize[axis] > 0 && 2 * window.before[axis] <= KernelSize[axis];
    return fits;
}();

/// What a pooling layer does to an image; a problem where the input is none or smaller than the kernel.
constexpr Facts pool_facts(Kind kind, const Window& window, const Shape& in) {
    Facts facts{
        .kind = kind, .out = in, .window = window, .signs = Signs::AsInputs, .traits = {.has_window = true}};
    if (in.rank != window.axes + 1) {
        facts.problem = {Fault::PoolNeedsImage, in};
        return facts;
    }
    facts.out = window.output(in);
    if (facts.out.elements() < 1)
        facts.problem = {Fault::PoolKernel, in, window.kernel_shape()};
    return facts;
}

} // namespace pliny
