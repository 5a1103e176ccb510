// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <stdexcept>
#include <string>

namespace pliny {

/// A real number as a template argument, `Epsilon<1e-3>`: digits / 10^places, which compilers print legibly
/// (and clang takes classes there before it takes doubles).
struct Real {
    long long digits = 0;
    int places = 0;

    constexpr Real() = default;
    constexpr Real(int number) : digits(number) {}
    constexpr Real(long long all_digits, int decimal_places)
        : digits(all_digits), places(decimal_places) {} // how nvcc spells one
    constexpr Real(double number) {
        for (places = 0; places <= 18; ++places) {
            const double scaled = number * power(places);
            if (scaled > 9e18 || scaled < -9e18)
                break;
            digits = static_cast<long long>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
            if (value() == number)
                return;
        }
        throw std::invalid_argument("a Real has at most 18 decimal places");
    }
    constexpr double value() const { return static_cast<double>(digits) / power(places); }
    constexpr operator double() const { return value(); }

private:
    static constexpr double power(int places) {
        double power = 1;
        for (int i = 0; i < places; ++i)
            power *= 10;
        return power;
    }
};

/// As C++ source: `0.25`, `1e-6`.
inline std::string spelled(Real number) {
    char text[32];
    std::string spelled(text, std::to_chars(text, text + sizeof text, number.value()).ptr);
    if (const std::size_t zero = spelled.find("e-0"); zero != spelled.npos)
        spelled.erase(zero + 2, 1);
    return spelled;
}

} // namespace pliny
