// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/quantizers/channel_loops.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// Quantizers give the same in all builds: here -ffast-math and its parts do not hold.
#if defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#endif

namespace pliny::detail {

/// The number, 0 where it is not finite; with a branch in it g++ would make no vectors of the loop.
constexpr float where_finite(float x) {
    const std::int32_t mask = -static_cast<std::int32_t>(is_finite(x));
    return std::bit_cast<float>(std::bit_cast<std::int32_t>(x) & mask);
}

// All loops of a quantizer of the user's own take codes and values from these two, which are compiled once:
// the processor does the same for a weight in training, export and file, also where it fuses products and
// sums of the user's function.

/// The codes of weights, which fit into the bits; of weights that are not finite that of 0.
template <WeightQuantizer Quantizer>
[[gnu::noinline]] void codes_of(const float* __restrict w, std::int16_t* __restrict codes, std::int64_t count,
                                float scale, int bits) {
    on_wide_vectors([&] {
        if (!is_usable_scale(scale)) {
            std::fill_n(codes, count, std::int16_t{0});
            return;
        }
        const int low = lowest_code(bits), high = highest_code(bits), sign_alone = bits == 1 ? 1 : 0;
        for (std::int64_t i = 0; i < count; ++i) {
            int code = Quantizer::code(where_finite(w[i]), scale, bits);
            code = code < low ? low : code;
            code = code > high ? high : code;
            codes[i] = static_cast<std::int16_t>(code | sign_alone); // of 1 bit there is no 0
        }
    });
}

/// The values of codes: 0 without a usable scale, NaN with one that is not finite.
template <WeightQuantizer Quantizer>
[[gnu::noinline]] void values_of(const std::int16_t* __restrict codes, float* __restrict values,
                                 std::int64_t count, float scale, int bits) {
    on_wide_vectors([&] {
        if (!is_usable_scale(scale)) {
            std::fill_n(values, count, scale - scale);
            return;
        }
        for (std::int64_t i = 0; i < count; ++i)
            values[i] = Quantizer::value(codes[i], scale, bits);
    });
}

/// A channel that a quantizer of the user's own puts on values.
template <WeightQuantizer Quantizer>
struct OwnChannel {
    float scale = 0;
};
/// A mixture of such, with so many bits each.
template <WeightQuantizer Quantizer, int... Bits>
struct OwnMixture {
    float scales[sizeof...(Bits)];
    float share[sizeof...(Bits)];
};

/// What a quantizer makes of a channel with a known scale: a Grid where it is the library's own.
template <WeightQuantizer Quantizer>
constexpr auto channel_of_scale(float scale, int bits) {
    if constexpr (std::is_same_v<Quantizer, UniformGrid>)
        return channel_grid_of_step(scale, bits);
    else
        return OwnChannel<Quantizer>{scale};
}
/// The mixture of candidates with these scales.
template <WeightQuantizer Quantizer, int... Bits>
constexpr auto mixture_of_scales(const std::array<float, sizeof...(Bits)>& scales) {
    if constexpr (std::is_same_v<Quantizer, UniformGrid>) {
        std::size_t i = 0;
        return WeightMixture<Bits...>{{channel_grid_of_step(scales[i++], Bits)...}, {}};
    } else {
        OwnMixture<Quantizer, Bits...> mixture{};
        std::copy(scales.begin(), scales.end(), mixture.scales);
        return mixture;
    }
}

/// Calls f(first, count, values) block by block: the values of weights for so many bits, of weights that are
/// not finite NaN.
template <WeightQuantizer Quantizer, class Function>
void for_value_blocks(const float* w, std::int64_t count, float scale, int bits, const Function& f) {
    std::int16_t codes[block];
    float values[block];
    for (std::int64_t first = 0; first < count; first += block) {
        const std::int64_t length = std::min<std::int64_t>(count - first, block);
        codes_of<Quantizer>(w + first, codes, length, scale, bits);
        values_of<Quantizer>(codes, values, length, scale, bits);
        for (std::int64_t i = 0; i < length; ++i)
            values[i] += w[first + i] - w[first + i];
        f(first, length, values);
    }
}

/// As the functions of these names for grids.
template <WeightQuantizer Quantizer>
void quantize_channel(const float* __restrict w, float* __restrict out, std::int64_t count,
                      const OwnChannel<Quantizer>& channel, int bits) {
    if (bits == 0)
        std::fill_n(out, count, 0.0f);
    else
        for_value_blocks<Quantizer>(w, count, channel.scale, bits,
                                    [&](std::int64_t first, std::int64_t length, const float* values) {
                                        std::copy_n(values, length, out + first);
                                    });
}
template <WeightQuantizer Quantizer>
float code_channel(const float* __restrict w, std::int16_t* __restrict codes, std::int64_t count,
                   const OwnChannel<Quantizer>& channel, int bits) {
    codes_of<Quantizer>(w, codes, count, channel.scale, bits);
    return channel.scale;
}
template <WeightQuantizer Quantizer, int... Bits>
void mix_channel(const float* __restrict w, float* __restrict out, std::int64_t count,
                 const OwnMixture<Quantizer, Bits...>& mixture) {
    std::fill_n(out, count, 0.0f);
    std::size_t n = 0;
    const auto add = [&](int bits) {
        const float share = mixture.share[n];
        if (bits > 0)
            for_value_blocks<Quantizer>(w, count, mixture.scales[n], bits,
                                        [&](std::int64_t first, std::int64_t length, const float* values) {
                                            for (std::int64_t i = 0; i < length; ++i)
                                                out[first + i] += share * values[i];
                                        });
        ++n;
    };
    (add(Bits), ...);
}
template <WeightQuantizer Quantizer, int... Bits>
void channel_sums(const float* __restrict w, const float* __restrict g, std::int64_t count,
                  const OwnMixture<Quantizer, Bits...>& mixture, double (&sums)[sizeof...(Bits)]) {
    std::size_t n = 0;
    const auto add = [&](int bits) {
        double& sum = sums[n];
        if (bits > 0)
            for_value_blocks<Quantizer>(w, count, mixture.scales[n], bits,
                                        [&](std::int64_t first, std::int64_t length, const float* values) {
                                            float partial[lanes]{};
                                            for (std::int64_t i = 0; i < length; ++i)
                                                partial[i % lanes] += g[first + i] * values[i];
                                            for (float lane : partial)
                                                sum += double{lane};
                                        });
        ++n;
    };
    (add(Bits), ...);
}

} // namespace pliny::detail

#if defined(__clang__)
#pragma float_control(pop)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC pop_options
#endif
