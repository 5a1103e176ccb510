// SPDX-License-Identifier: Apache-2.0
#pragma once

// Quantizers give the same in all builds: here -ffast-math and its parts do not hold.
#if defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#endif

namespace pliny {

/// The nearest whole number, halves to even, of |x| < 2^22 in the default rounding mode; NaN stays. Adding
/// and subtracting 1.5 x 2^23 takes two additions on every processor, where x86-64 without flags has no
/// rounding instruction.
constexpr float round_to_even(float x) {
    constexpr float shift = 12582912.0f;
    return (x + shift) - shift;
}

/// The values that a uniform quantizer gives: step x code, codes from lo to hi, 0 among them.
struct Grid {
    float step = 0;
    float inverse = 0; // 1 / step; 0 where the step is 0
    float lo = 0;
    float hi = 0;

    /// The code of x, clipped on both sides; NaN stays. Clipping stands between product and rounding, so that
    /// no compiler fuses them: codes are the same in all builds.
    constexpr float code(float x) const {
        float scaled = x * inverse;
        scaled = scaled < lo ? lo : scaled;
        scaled = scaled > hi ? hi : scaled;
        return round_to_even(scaled);
    }
    constexpr float value(float x) const { return step * code(x); }
    /// Whether x is not clipped, 0 counting as clipped where it is the lowest code.
    constexpr bool inside(float x) const { return x * inverse > lo && x * inverse < hi; }
};

/// 2^bits - 1: how many steps there are between the smallest and the largest of the codes of `bits` bits.
constexpr float steps_of(int bits) { return static_cast<float>((1L << bits) - 1); }

/// Codes from lo to hi with a step; all values are 0 where that is none, or too small for a finite 1 / step.
/// NaN stays, so that the loss shows a clip that diverged.
constexpr Grid make_grid(float step, float lo, float hi) {
    const bool none = step < 1.2e-38f; // about the smallest normal float
    return {none ? 0 : step, none ? 0 : 1 / step, lo, hi};
}

/// [0, clip] with the codes 0 ... 2^bits - 1 (Choi et al., PACT, 2018, with the step clip / (2^bits - 1)).
constexpr Grid unsigned_grid(float clip, int bits) {
    return make_grid(clip / steps_of(bits), 0, steps_of(bits));
}
/// About [-clip, clip] with the codes -2^(bits - 1) ... 2^(bits - 1) - 1 and twice the step of the unsigned
/// grid, so that sums with values of that are exact after a shift.
constexpr Grid signed_grid(float clip, int bits) {
    const float half = static_cast<float>(1L << (bits - 1));
    return make_grid(2 * clip / steps_of(bits), -half, half - 1);
}
/// The one or the other.
constexpr Grid activation_grid(float clip, int bits, bool is_signed) {
    return is_signed ? signed_grid(clip, bits) : unsigned_grid(clip, bits);
}
/// About [low, high], which hold 0, with 2^bits codes of which one stands for 0 exactly (asymmetric, with a
/// zero point -lo).
constexpr Grid affine_grid(float low, float high, int bits) {
    const Grid grid = make_grid((high - low) / steps_of(bits), 0, steps_of(bits));
    const float zero =
        grid.step > 0 ? round_to_even(-low / grid.step) : 0; // a quotient is never fused to fma
    return {grid.step, grid.inverse, -zero, steps_of(bits) - zero};
}
/// The codes -(2^(bits - 1) - 1) ... 2^(bits - 1) - 1 with a step; 2 or more bits.
constexpr Grid weight_grid_of_step(float step, int bits) {
    const float half = steps_of(bits - 1);
    return make_grid(step, -half, half);
}
/// [-range, range] with these codes.
constexpr Grid weight_grid(float range, int bits) {
    return weight_grid_of_step(range / steps_of(bits - 1), bits);
}

/// What the weights of an output channel are measured by.
struct ChannelRange {
    float largest = 0; // max |w|
    float mean = 0;    // mean of |w|
};

/// Where the weights of a channel are clipped: with up to 4 bits where normally distributed weights of that
/// mean |w| have the smallest squared error (Max, Quantizing for Minimum Distortion, 1960, uniform
/// quantizers of 3, 7 and 15 levels), but not above the largest |w|; with more bits at the largest.
constexpr float clipped_range(ChannelRange channel, int bits) {
    // step x (levels - 1) / 2 / E|w|, where E|w| = sqrt(2 / pi) standard deviations
    constexpr float ratio[] = {0, 0, 1.2240f * 1 / 0.79788456f, 0.6508f * 3 / 0.79788456f,
                               0.3534f * 7 / 0.79788456f};
    if (bits > 4)
        return channel.largest;
    const float range = ratio[bits] * channel.mean;
    return range < channel.largest ? range : channel.largest;
}

} // namespace pliny

#if defined(__clang__)
#pragma float_control(pop)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC pop_options
#endif
