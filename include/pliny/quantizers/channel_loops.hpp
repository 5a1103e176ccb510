// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/quantizers/loops.hpp>
#include <pliny/quantizers/uniform_grid.hpp>

#include <algorithm>
#include <cmath>

// Quantizers give the same in all builds: here -ffast-math and its parts do not hold.
#if defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#endif

namespace pliny::detail {

/// What the weights of one output channel are a mixture of: quantizers of so many bits, each with its share.
template <int... Bits>
struct WeightMixture {
    Grid grids[sizeof...(Bits)];
    float share[sizeof...(Bits)];
};

template <int... Bits>
constexpr WeightMixture<Bits...> weight_mixture(ChannelRange channel, const float* share) {
    WeightMixture<Bits...> mixture{{channel_grid(channel, Bits)...}, {}};
    for (std::size_t i = 0; i < sizeof...(Bits); ++i)
        mixture.share[i] = share[i];
    return mixture;
}

/// What part of the result comes from a candidate, with 0 bits a 0 that makes 0 of the -0 which a share of 0
/// gives the others.
template <int Bits>
constexpr float channel_part(float factor, const Grid& grid, float w) {
    if constexpr (Bits == 0)
        return 0;
    else
        return factor * channel_code<Bits>(grid, w);
}

template <class Width, int... Bits, std::size_t... Index>
[[gnu::always_inline]] inline void mix_channel_tile(const float* __restrict w, float* __restrict out,
                                                    Width width, const WeightMixture<Bits...>& factors,
                                                    std::index_sequence<Index...>) {
#ifdef __clang__ // as in mix_tile()
#pragma clang loop unroll(disable)
#endif
    for (int l = 0; l < width; ++l)
        out[l] = (... + channel_part<Bits>(factors.share[Index], factors.grids[Index], w[l]));
}

template <class Width, int... Bits, std::size_t... Index>
[[gnu::always_inline]] inline void channel_sums_tile(const float* __restrict w, const float* __restrict g,
                                                     Width width, const WeightMixture<Bits...>& mixture,
                                                     float (&sums)[sizeof...(Bits)][lanes],
                                                     std::index_sequence<Index...>) {
    for (int l = 0; l < width; ++l)
        ((sums[Index][l] += channel_part<Bits>(g[l], mixture.grids[Index], w[l])), ...);
}

/// The largest and the mean |w|; the mean is NaN where a weight is.
inline ChannelRange channel_range(const float* w, std::int64_t count) {
    float largest[lanes]{};
    double total = 0;
    on_wide_vectors([&] { // whose own arrays stay in registers
        float most[lanes]{};
        for (std::int64_t i = 0; i < count;) {
            const std::int64_t end = count - i < block ? count : i + block;
            float sum[lanes]{};
            const auto take = [&](std::int64_t at, int l) {
                const float magnitude = std::fabs(w[at + l]);
                most[l] = magnitude > most[l] ? magnitude : most[l];
                sum[l] += magnitude;
            };
            for (; end - i >= lanes; i += lanes)
                _Pragma("GCC unroll 1") // g++ would unroll it, and then make no vectors
                    for (int l = 0; l < lanes; ++l) take(i, l);
            for (int l = 0; l < end - i; ++l)
                take(i, l);
            i = end;
            for (float lane : sum)
                total += double{lane};
        }
        for (int l = 0; l < lanes; ++l)
            largest[l] = most[l];
    });
    ChannelRange channel{0, count == 0 ? 0 : static_cast<float>(total / static_cast<double>(count))};
    for (float lane : largest)
        channel.largest = lane > channel.largest ? lane : channel.largest;
    return channel;
}

/// out = sum of share x value of w.
template <int... Bits>
void mix_channel(const float* __restrict w, float* __restrict out, std::int64_t count,
                 const WeightMixture<Bits...>& mixture) {
    on_wide_vectors([&] {
        WeightMixture<Bits...> factors = for_loops(mixture);
        for (std::size_t n = 0; n < sizeof...(Bits); ++n)
            factors.share[n] *= factors.grids[n].step;
        constexpr std::make_index_sequence<sizeof...(Bits)> all;
        std::int64_t i = 0;
        for (; count - i >= lanes; i += lanes)
            mix_channel_tile(w + i, out + i, AllLanes(), factors, all);
        mix_channel_tile(w + i, out + i, static_cast<int>(count - i), factors, all);
    });
}

/// Adds the sum of g x value of w to each candidate's: the gradient by its share.
template <int... Bits>
void channel_sums(const float* __restrict w, const float* __restrict g, std::int64_t count,
                  const WeightMixture<Bits...>& mixture, double (&sums)[sizeof...(Bits)]) {
    on_wide_vectors([&] {
        const WeightMixture<Bits...> local = for_loops(mixture);
        constexpr std::make_index_sequence<sizeof...(Bits)> all;
        for (std::int64_t i = 0; i < count;) {
            const std::int64_t end = count - i < block ? count : i + block;
            float partial[sizeof...(Bits)][lanes]{};
            for (; end - i >= lanes; i += lanes)
                channel_sums_tile(w + i, g + i, AllLanes(), local, partial, all);
            channel_sums_tile(w + i, g + i, static_cast<int>(end - i), local, partial, all);
            i = end;
            for (std::size_t n = 0; n < sizeof...(Bits); ++n)
                for (float lane : partial[n])
                    sums[n] += double{local.grids[n].step} * double{lane};
        }
    });
}

/// The weights of a channel on a grid: bit for bit those of a mixture in which these bits have share 1.
inline void quantize_channel(const float* __restrict w, float* __restrict out, std::int64_t count,
                             const Grid& known, int bits) {
    const Grid grid = with_unknown_codes(known);
    if (bits >= 2)
        return mix(w, out, count, Mixture<1>{{grid}, {1}});
    for (std::int64_t i = 0; i < count; ++i)
        out[i] = grid.step * channel_code<1>(grid, w[i]);
}

/// The codes of these weights, of NaN 0, and their step: step x code is quantize_channel()'s value.
template <class Integer>
float code_channel(const float* __restrict w, Integer* __restrict codes, std::int64_t count,
                   const Grid& known, int bits) {
    const Grid grid = with_unknown_codes(known);
    if (bits < 2)
        for (std::int64_t i = 0; i < count; ++i)
            codes[i] = static_cast<Integer>(channel_code<1>(grid, w[i]));
    else
        for (std::int64_t i = 0; i < count; ++i) {
            const float code = grid.code(w[i]);
            codes[i] = static_cast<Integer>(static_cast<std::int32_t>(is_finite(code) ? code : 0));
        }
    return grid.step;
}

/// A bias with 32 bits, or 64, on a grid of this step; as it is where that is 0.
inline double on_grid(double bias, double step, bool wide) {
    if (!(step > 0))
        return bias;
    const double code = std::nearbyint(bias / step);
    return (wide ? code : std::clamp(code, -2147483648.0, 2147483647.0)) * step;
}

} // namespace pliny::detail

#if defined(__clang__)
#pragma float_control(pop)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC pop_options
#endif
