// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/paths.hpp>
#include <pliny/methods/softmax.hpp>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace pliny {

/// The arithmetic of the choices of a network: vectors have a number for each alternative, in the order of
/// plan.alternatives.
template <class Net>
struct ChoiceShares {
    static constexpr const auto& graph = plan<Net>;
    using PlanType = std::remove_cvref_t<decltype(graph)>;
    static constexpr std::size_t size = alternative_count<PlanType>;
    using Chosen = ChosenOf<PlanType>;

    /// Calls f(numbers of the alternatives) for every choice.
    template <class Number, class Function>
    static constexpr void for_each_choice(std::span<Number> flat, Function f) {
        for (int row : graph.choices)
            f(flat.subspan(static_cast<std::size_t>(graph[row].first_alternative),
                           static_cast<std::size_t>(graph[row].inputs)));
    }

    /// softmax((alpha + noise) / temperature), choice by choice; no noise where it is empty.
    static std::vector<double> softmax(std::span<const double> alpha, std::span<const double> noise,
                                       double temperature) {
        std::vector<double> theta(alpha.begin(), alpha.end());
        for (std::size_t a = 0; a < noise.size(); ++a)
            theta[a] += noise[a];
        soften(theta, temperature);
        return theta;
    }
    /// The same in place of what it is of.
    static constexpr void soften(std::span<double> theta, double temperature) {
        for_each_choice(theta, [&](std::span<double> one) { detail::soften(one, temperature); });
    }
    /// Which alternative of each choice has the largest number; the first of equals.
    static constexpr Chosen largest(std::span<const double> flat) {
        Chosen chosen{};
        std::size_t c = 0;
        for_each_choice(
            flat, [&](std::span<const double> one) { chosen[c++] = static_cast<int>(detail::largest(one)); });
        return chosen;
    }
    /// d(theta)/d(alpha) of softmax, times `gradient`: theta_i / T x (g_i - sum of theta_j g_j).
    static constexpr void through_softmax(std::span<const double> theta, double temperature,
                                          std::span<double> gradient) {
        for (int row : graph.choices) {
            const auto first = static_cast<std::size_t>(graph[row].first_alternative);
            const auto count = static_cast<std::size_t>(graph[row].inputs);
            detail::through_softmax(theta.subspan(first, count), temperature, gradient.subspan(first, count));
        }
    }

    /// Sum over the choices of -sum of theta log(theta); its derivatives by theta, times `scale`, are added.
    static constexpr double entropy(std::span<const double> theta, double scale, std::span<double> by_theta) {
        double sum = 0;
        for (std::size_t a = 0; a < theta.size(); ++a)
            if (theta[a] > 0) {
                sum -= theta[a] * std::log(theta[a]);
                by_theta[a] -= scale * (std::log(theta[a]) + 1);
            }
        return sum;
    }
    /// Sum over the choices of mean^2 / (variance + epsilon), the variance with n - 1; derivatives as above.
    static constexpr double inverse_variation(std::span<const double> theta, double epsilon, double scale,
                                              std::span<double> by_theta) {
        double sum = 0;
        for (int row : graph.choices) {
            const auto first = static_cast<std::size_t>(graph[row].first_alternative);
            const double n = graph[row].inputs;
            if (n < 2)
                continue;
            const std::span<const double> one = theta.subspan(first, static_cast<std::size_t>(n));
            const double mean = std::accumulate(one.begin(), one.end(), 0.0) / n;
            double squares = 0;
            for (double t : one)
                squares += (t - mean) * (t - mean);
            const double spread = squares / (n - 1) + epsilon, value = mean * mean / spread;
            sum += value;
            for (std::size_t i = 0; i < one.size(); ++i)
                by_theta[first + i] += scale * 2 * (mean / n - value * (one[i] - mean) / (n - 1)) / spread;
        }
        return sum;
    }
};

} // namespace pliny
