// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace pliny::detail {

struct AllAllowed {
    constexpr bool operator()(std::size_t) const { return true; }
};

/// softmax(alpha / temperature) of one decision in place of its alphas, over the candidates that are allowed;
/// 0 for the others.
template <class Allowed = AllAllowed>
constexpr void soften(std::span<double> one, double temperature, Allowed allowed = {}) {
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (std::size_t i = 0; i < one.size(); ++i)
        if (allowed(i) && one[i] > largest)
            largest = one[i];
    for (std::size_t i = 0; i < one.size(); ++i) {
        one[i] = allowed(i) ? std::exp((one[i] - largest) / temperature) : 0;
        sum += one[i];
    }
    for (double& theta : one)
        theta /= sum;
}

/// The candidate with the largest number of those that are allowed, the first of equals.
template <class Allowed = AllAllowed>
constexpr std::size_t largest(std::span<const double> one, Allowed allowed = {}) {
    double best = -std::numeric_limits<double>::infinity();
    std::size_t found = 0;
    for (std::size_t i = 0; i < one.size(); ++i)
        if (allowed(i) && one[i] > best) {
            best = one[i];
            found = i;
        }
    return found;
}

/// A number above another one, little but so much that rounding both to float32 keeps the order.
constexpr double just_above(double number) {
    const double size = number < 0 ? -number : number;
    return number + 1e-6 * (size > 1 ? size : 1);
}

/// d(theta)/d(alpha) of softmax, times `gradient`: theta_i / T x (g_i - sum of theta_j g_j).
constexpr void through_softmax(std::span<const double> theta, double temperature,
                               std::span<double> gradient) {
    double mean = 0;
    for (std::size_t i = 0; i < theta.size(); ++i)
        mean += theta[i] * gradient[i];
    for (std::size_t i = 0; i < theta.size(); ++i)
        gradient[i] = theta[i] / temperature * (gradient[i] - mean);
}

} // namespace pliny::detail
