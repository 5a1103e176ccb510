// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

namespace pliny {

/// A number with its derivatives by the two channel counts of a layer call (forward-mode differentiation).
struct Dual {
    double value = 0;
    double by_in = 0;
    double by_out = 0;

    constexpr Dual() = default;
    constexpr Dual(double constant) : value(constant) {}
    static constexpr Dual in(double value) { return {value, 1, 0}; }
    static constexpr Dual out(double value) { return {value, 0, 1}; }

    friend constexpr Dual operator+(Dual a, Dual b) {
        return {a.value + b.value, a.by_in + b.by_in, a.by_out + b.by_out};
    }
    friend constexpr Dual operator-(Dual a, Dual b) {
        return {a.value - b.value, a.by_in - b.by_in, a.by_out - b.by_out};
    }
    friend constexpr Dual operator*(Dual a, Dual b) {
        return {a.value * b.value, a.by_in * b.value + a.value * b.by_in,
                a.by_out * b.value + a.value * b.by_out};
    }
    friend constexpr Dual operator/(Dual a, Dual b) {
        const double quotient = a.value / b.value;
        return {quotient, (a.by_in - quotient * b.by_in) / b.value,
                (a.by_out - quotient * b.by_out) / b.value};
    }

private:
    constexpr Dual(double number, double in, double out) : value(number), by_in(in), by_out(out) {}
};

} // namespace pliny
