// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/meta/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace pliny::report {

using pliny::duration;

/// A number with that many decimal places, the same in every locale; "-" for what is not finite.
inline std::string fixed(double number, int places) {
    if (!is_finite(number))
        return "-";
    std::array<char, 400> text; // the largest double has 309 digits
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed,
                                   std::clamp(places, 0, 20));
    std::string digits(text.data(), end.ptr);
    const bool zero = digits.find_first_not_of("-0.") == std::string::npos;
    return zero && digits.front() == '-' ? digits.substr(1) : digits;
}

/// The same with commas between thousands: "105,265".
inline std::string grouped(double number, int places = 0) {
    std::string digits = fixed(number, places);
    const std::size_t first = digits.front() == '-' ? 1 : 0;
    std::size_t comma = std::min(digits.find('.'), digits.size());
    while (comma > first + 3)
        digits.insert(comma -= 3, 1, ',');
    return digits;
}

/// Decimal places that leave about `significant` digits of a number.
inline int places_for(double number, int significant) {
    if (number == 0 || !is_finite(number))
        return 0;
    return std::clamp(significant - 1 - static_cast<int>(std::floor(std::log10(std::abs(number)))), 0, 12);
}

/// Digits without the zeros at the end of a fraction: "1.50" as "1.5".
inline std::string without_trailing_zeros(std::string digits) {
    if (digits.find('.') != std::string::npos) {
        digits.erase(digits.find_last_not_of('0') + 1);
        if (digits.back() == '.')
            digits.pop_back();
    }
    return digits;
}

/// A number as a table has it: whole ones in full, others with at most `significant` digits.
inline std::string figure(double number, int significant = 4) {
    if (is_finite(number) && std::abs(number) < 1e15 && number == std::round(number))
        return grouped(number);
    if (number != 0 && (std::abs(number) < 1e-4 || std::abs(number) >= 1e15) && is_finite(number)) {
        std::array<char, 40> text;
        const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                       std::chars_format::scientific, significant - 1);
        return {text.data(), end.ptr};
    }
    return without_trailing_zeros(grouped(number, places_for(number, significant)));
}

/// A number with that many digits that count, zeros at the end included: "5.00", "0.207", "131".
inline std::string rounded(double number, int significant) {
    return grouped(number, places_for(number, significant));
}

/// A few digits and a letter: "422 k", "4.28 M".
inline std::string compact(double number, int significant = 3) {
    static constexpr std::array letters{"", " k", " M", " G", " T", " P"};
    std::size_t letter = 0;
    while (std::abs(number) >= 999.5 && letter + 1 < letters.size()) {
        number /= 1000;
        ++letter;
    }
    return (letter == 0 ? figure(number, significant)
                        : without_trailing_zeros(fixed(number, places_for(number, significant)))) +
           letters[letter];
}

/// In full up to a million, with a letter above.
inline std::string in_short(double number, int significant = 4) {
    return std::abs(number) < 1e6 ? grouped(number) : compact(number, significant);
}

/// A number with its sign, for differences: "+0.42", "-0.09", "0.00".
inline std::string signed_number(double number, int places) {
    const std::string digits = fixed(number, places);
    return digits.find_first_of("123456789") != std::string::npos && number > 0 ? "+" + digits : digits;
}

/// Bytes in units of 2^20 bytes.
inline double mebibytes(double bytes) { return bytes / (1 << 20); }

/// Size of a file in MiB: three digits at least for small ones.
inline std::string file_size(double bytes) {
    const double size = mebibytes(bytes);
    return grouped(size, size < 1 ? 3 : 2);
}

} // namespace pliny::report
