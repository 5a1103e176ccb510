// SPDX-License-Identifier: Apache-2.0
// The arithmetic of PLiNIO's quantizers (Apache-2.0, commit 3d6b5e0) in float32, bit for bit, for comparisons
// with PLiNIO's numbers only: it has a step that is not the reported scale, codes that never occur and
// gradients of biases that vanish. The quantizers of this library are in grid.hpp.
#pragma once

#include <pliny/quantizers/grid.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

// Quantizers give the same in all builds: here -ffast-math and its parts do not hold.
#if defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#endif

namespace pliny::compat {

/// x, as rounded to float32: compilers may not fuse the product that made it with a sum that takes it, which
/// GCC does, across functions too, wherever the processor has fma.
constexpr float rounded(float x) {
    if (std::is_constant_evaluated())
        return x;
    const volatile float kept = x;
    return kept;
}

/// The nearest whole number of any x, halves to even; infinities and NaN stay.
constexpr float nearest(float x) {
    constexpr float whole = 8388608.0f; // 2^23: from here on there are no fractions
    x = rounded(x);
    if (!(x > -whole && x < whole))
        return x;
    return x < 0 ? -((whole - x) - whole) : (whole + x) - whole;
}

/// The largest whole number not above any x; infinities and NaN stay.
constexpr float floor(float x) {
    if (!(x > -8388608.0f && x < 8388608.0f))
        return x;
    const float cut = static_cast<float>(static_cast<std::int32_t>(x));
    return cut > x ? cut - 1 : cut;
}

/// sum + share x value, rounded twice: candidates are added in the order of the user's list.
constexpr float add_share(float sum, float share, float value) { return sum + rounded(share * value); }

// Weights: symmetric min-max, a scale per output channel -----------------------------------------------

/// The scale of a channel with the largest |w|; 0 for 0 bit.
constexpr float weight_scale(float largest, int bits) {
    const float range = rounded(largest) + rounded(largest);
    return bits == 0 ? 0 : (range == 0 ? 1 : range) / steps_of(bits);
}
/// The code of a weight, clipped on the upper side only.
constexpr float weight_code(float w, float scale, int bits) {
    if (bits == 0)
        return 0;
    const float code = nearest(w / scale), top = static_cast<float>((1L << (bits - 1)) - 1);
    return code > top ? top : code;
}
/// The value that stands for a weight; its gradient is passed on as it is, by clipped and 0-bit weights too.
constexpr float weight_value(float w, float scale, int bits) {
    return rounded(weight_code(w, scale, bits) * scale);
}

// Activations: PACT ------------------------------------------------------------------------------------

/// One PACT quantizer: codes are rounded down, and the reported scale is not the step 1 / multiplier.
struct Pact {
    float low = 0;
    float high = 0;
    float multiplier = 0; // "k"
    float scale = 0;

    constexpr float code(float x) const {
        x = x < low ? low : x;
        x = x > high ? high : x;
        return compat::floor(rounded(multiplier * x));
    }
    constexpr float value(float x) const { return code(x) / multiplier; }
    /// Whether the gradient is passed on to x; it is not at the clips themselves.
    constexpr bool inside(float x) const { return low < x && x < high; }
    /// Whether it goes to the upper clip ...
    constexpr bool above(float x) const { return x >= high; }
    /// ... or to the lower one, which only the signed quantizer has.
    constexpr bool below(float x) const { return x <= low; }
};

/// PACT from `low` to `high`, two parameters.
constexpr Pact signed_pact(float low, float high, int bits) {
    const float width = rounded(high) - rounded(low);
    return {low, high, rounded(1 / (width + 1e-3f) * steps_of(bits)), width / steps_of(bits)};
}
/// PACT from 0 to `clip`, a parameter.
constexpr Pact unsigned_pact(float clip, int bits) { return signed_pact(0, clip, bits); }

// Biases -----------------------------------------------------------------------------------------------

/// The scale of a bias, from the effective ones of the layer's input and of the channel's weights.
constexpr float bias_scale(float input, float weight) { return rounded(input * weight); }
/// The code of a bias, never clipped; 0 where the scale is at most 1e-8.
constexpr float bias_code(float bias, float scale) {
    return scale > 1e-8f || scale < -1e-8f ? nearest(bias / scale) : 0;
}
/// The value that stands for a bias.
constexpr float bias_value(float bias, float scale) { return rounded(scale * bias_code(bias, scale)); }
/// The gradient to the bias: PLiNIO's has the scale as a factor.
constexpr float bias_gradient(float upstream, float scale) { return rounded(upstream * scale); }
/// The gradient to the scale, on to those of input and weights.
constexpr float bias_scale_gradient(float upstream, float bias, float scale) {
    return rounded(upstream * bias_code(bias, scale));
}

// Shares of candidates ---------------------------------------------------------------------------------

/// The initial logit of a candidate among others of at most `most` bits.
constexpr float initial_alpha(int bits, int most) {
    return static_cast<float>(bits) / static_cast<float>(most);
}

/// The place of the largest, the first of equals.
constexpr std::size_t first_largest(std::span<const float> numbers) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < numbers.size(); ++i)
        if (numbers[i] > numbers[best])
            best = i;
    return best;
}

/// Logits (with the noise of Gumbel added, where there is any) become shares: softmax(alpha / temperature).
inline void soft_shares(std::span<float> alpha, float temperature) {
    const float largest = alpha[first_largest(alpha)];
    float sum = 0;
    for (float& a : alpha)
        sum += a = std::exp((a - largest) / temperature);
    for (float& a : alpha)
        a /= sum;
}
/// Shares become 1 for the first of the largest and 0 for the others, as in `hard` and evaluation mode.
constexpr void one_hot(std::span<float> shares) {
    const std::size_t best = first_largest(shares);
    for (std::size_t i = 0; i < shares.size(); ++i)
        shares[i] = i == best ? 1 : 0;
}
/// The gradient to shares becomes that to logits; straight through `one_hot`, so `shares` are always the soft
/// ones.
constexpr void through_shares(std::span<const float> shares, float temperature, std::span<float> gradient) {
    float mean = 0;
    for (std::size_t i = 0; i < shares.size(); ++i)
        mean = add_share(mean, shares[i], gradient[i]);
    for (std::size_t i = 0; i < shares.size(); ++i)
        gradient[i] = shares[i] * (gradient[i] - mean) / temperature;
}

} // namespace pliny::compat

#if defined(__clang__)
#pragma float_control(pop)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC pop_options
#endif
