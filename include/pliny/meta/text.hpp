// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>

namespace pliny {

/// A number with that many decimal places, the same in every locale; more than 40 places are not written.
inline std::string decimals(double number, int places) {
    char digits[400]; // the largest double has 309 before its point
    const int most = places < 0 ? 0 : places > 40 ? 40 : places;
    return {digits,
            std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed, most).ptr};
}

/// A number with six digits that count, as a stream or printf's %g writes it in the C locale: "0.1",
/// "1.5e-07", "nan".
inline std::string six_digits(double number) {
    char digits[40];
    return {digits, std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general, 6).ptr};
}

namespace detail {

inline void append(std::string& text, std::string_view words) { text += words; }
template <std::same_as<char> Char>
void append(std::string& text, Char letter) {
    text += letter;
}
template <std::integral Number>
    requires(!std::same_as<Number, char>)
void append(std::string& text, Number number) {
    if constexpr (std::same_as<Number, bool>)
        text += number ? '1' : '0';
    else
        text += std::to_string(number);
}
template <std::floating_point Number>
void append(std::string& text, Number number) {
    text += six_digits(static_cast<double>(number));
}

} // namespace detail

/// Words and numbers, one after the other, the same in every locale: whole numbers in full, others with six
/// digits.
template <class... Parts>
std::string joined(const Parts&... parts) {
    std::string text;
    (detail::append(text, parts), ...);
    return text;
}

/// Seconds for reading: "0.25 s", "41.1 s", "2 min 01 s", "1 h 02 min"; "-" for what is no time.
inline std::string duration(double seconds) {
    if (!(seconds >= 0 && seconds < 1e12))
        return "-";
    if (seconds < 59.95)
        return decimals(seconds, seconds < 0.995 ? 2 : 1) + " s";
    const auto two = [](long long number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    const long long whole = std::llround(seconds), minutes = std::llround(seconds / 60);
    return whole < 3600 ? std::to_string(whole / 60) + " min " + two(whole % 60) + " s"
                        : std::to_string(minutes / 60) + " h " + two(minutes % 60) + " min";
}

/// A cell of a table, filled up with spaces behind or, for `right`, before.
inline std::string left(std::string_view cell, std::size_t width) {
    return std::string(cell) + std::string(cell.size() < width ? width - cell.size() : 0, ' ');
}
inline std::string right(std::string_view cell, std::size_t width) {
    return std::string(cell.size() < width ? width - cell.size() : 0, ' ') + std::string(cell);
}

} // namespace pliny
