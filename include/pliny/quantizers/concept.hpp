// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/quantizers/grid.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>

namespace pliny {

/// What puts the weights of an output channel on values that so many bits can tell apart: a struct of
/// constants and of functions that compute with numbers alone. A channel has a scale, a weight a code, a
/// whole number that fits into its bits in two's complement (of 1 bit: -1 or 1), and a code a value.
///
///     struct Thirds {
///         static constexpr std::string_view name = "thirds"; // in files
///         // From the largest and the mean |w| of the channel; above 0 where a weight is not 0.
///         static constexpr float scale(ChannelRange channel, int bits) { return channel.largest; }
///         static constexpr int code(float w, float scale, int bits) { ... }
///         static constexpr float value(int code, float scale, int bits) { ... }
///     };
///
/// The value of a code has that code again. It may have `step(scale, bits)`, of which all values are whole
/// multiples: biases stand on the grid of that times the step of the input, and stay as they are without it.
template <class Type>
concept WeightQuantizer = std::is_empty_v<Type> && requires(ChannelRange channel, float number, int whole) {
    { Type::name } -> std::convertible_to<std::string_view>;
    { Type::scale(channel, whole) } -> std::same_as<float>;
    { Type::code(number, number, whole) } -> std::same_as<int>;
    { Type::value(whole, number, whole) } -> std::same_as<float>;
    // constant expressions:
    typename std::bool_constant<(Type::scale(ChannelRange{1, 0.5f}, 2) > 0)>;
    typename std::bool_constant<(Type::code(0.5f, 1.0f, 2) > 0)>;
    typename std::bool_constant<(Type::value(1, 1.0f, 2) > 0)>;
};

/// The smallest and the largest code of so many bits.
constexpr int lowest_code(int bits) { return bits == 1 ? -1 : -(1 << (bits - 1)); }
constexpr int highest_code(int bits) { return bits == 1 ? 1 : (1 << (bits - 1)) - 1; }

namespace detail {

/// Whether a type means to be a quantizer of weights, right or wrong.
template <class Type>
concept NamesCodes = requires(float number, int whole) {
    Type::code(number, number, whole);
}
|| requires(ChannelRange channel, int whole) { Type::scale(channel, whole); };

/// Whether a channel has values: all are 0 without a scale, or with one too small to divide by.
constexpr bool is_usable_scale(float scale) { return is_finite(scale) && scale >= 1.2e-38f; }

/// Whether a weight gets a code that fits, and its value has that code again.
template <WeightQuantizer Quantizer>
constexpr bool keeps_its_code(float w, float scale, int bits) {
    const int code = Quantizer::code(w, scale, bits);
    if (code < lowest_code(bits) || code > highest_code(bits) || (bits == 1 && code == 0))
        return false;
    const float value = Quantizer::value(code, scale, bits);
    return is_finite(value) && Quantizer::code(value, scale, bits) == code;
}

/// Whether a quantizer does what its contract says, tried with weights of all sizes.
template <WeightQuantizer Quantizer>
constexpr bool keeps_codes(int bits) {
    if (bits == 0)
        return true;
    const float scale = Quantizer::scale(ChannelRange{1, 0.4f}, bits);
    bool all = is_usable_scale(scale) && keeps_its_code<Quantizer>(0, scale, bits);
    for (float w = 2; all && w > 1e-6f; w *= 0.83f)
        all = keeps_its_code<Quantizer>(w, scale, bits) && keeps_its_code<Quantizer>(-w, scale, bits);
    return all;
}

/// The step of which all values of a channel are multiples; 0 where there is none.
template <WeightQuantizer Quantizer>
constexpr float step_of_scale(float scale, int bits) {
    if constexpr (requires { Quantizer::step(scale, bits); })
        return bits > 0 && is_usable_scale(scale) ? Quantizer::step(scale, bits) : 0;
    else
        return 0;
}

} // namespace detail
} // namespace pliny
