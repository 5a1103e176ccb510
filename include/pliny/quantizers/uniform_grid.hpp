// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/quantizers/concept.hpp>

// Quantizers give the same in all builds: here -ffast-math and its parts do not hold.
#if defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#endif

namespace pliny {
namespace detail {

/// The values of the weights of a channel: of 1 bit -mean and mean (Rastegari et al., XNOR-Net, 2016), of
/// 0 bits only 0.
constexpr Grid channel_grid(ChannelRange channel, int bits) {
    if (bits == 0)
        return {};
    if (bits == 1) // no -0 where the mean is 0
        return channel.mean == 0 ? Grid{} : Grid{channel.mean, 1 / channel.mean, -1, 1};
    return weight_grid(clipped_range(channel, bits), bits);
}

/// The same with a step that is known.
constexpr Grid channel_grid_of_step(float step, int bits) {
    if (bits == 0)
        return {};
    if (bits == 1)
        return step == 0 ? Grid{} : Grid{step, 1 / step, -1, 1};
    return weight_grid_of_step(step, bits);
}

/// The code of a weight in the grid of so many bits; 1 or more.
template <int Bits>
constexpr float channel_code(const Grid& grid, float w) {
    if constexpr (Bits == 1)
        return w < 0 ? grid.lo : grid.hi;
    else
        return grid.code(w);
}

} // namespace detail

/// Weights on uniform grids, step x code: what a search takes that is not told another quantizer. The scale
/// of a channel is its step. Arrays of weights have loops of their own for it, in channel_loops.hpp.
struct UniformGrid {
    static constexpr std::string_view name = "uniform";
    static constexpr float scale(ChannelRange channel, int bits) {
        return detail::channel_grid(channel, bits).step;
    }
    static constexpr int code(float w, float scale, int bits) {
        const Grid grid = detail::channel_grid_of_step(scale, bits);
        return static_cast<int>(bits == 1 ? detail::channel_code<1>(grid, w) : grid.code(w));
    }
    static constexpr float value(int code, float scale, int) { return scale * static_cast<float>(code); }
    static constexpr float step(float scale, int) { return scale; }
};

} // namespace pliny

#if defined(__clang__)
#pragma float_control(pop)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC pop_options
#endif
