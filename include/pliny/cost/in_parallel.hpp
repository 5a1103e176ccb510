// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace pliny {

/// As another cost, where the channels of a layer that have different weight bits run on accelerators of
/// their own at the same time: the layer costs what the slowest costs (Risso et al., ODiMO, 2023).
template <class CostType>
struct ParallelCost : CostType {
    static constexpr bool parallel = true;
};
template <auto Metric>
inline constexpr ParallelCost<std::remove_cvref_t<decltype(Metric)>> InParallel{};

template <class CostType>
inline constexpr bool runs_in_parallel = requires {
    CostType::parallel;
};

/// A maximum with a gradient to all: m x sum of p u, where u = number / m, m the largest, and p =
/// softmax(sharpness x u): of the same degree as its numbers, at most the largest, and equal to it where one
/// alone counts.
template <std::size_t Count>
struct SoftMaximum {
    static constexpr double sharpness = 10;
    double value = 0;
    std::array<double, Count> slopes{}; // by each number

    explicit SoftMaximum(const std::array<double, Count>& numbers) {
        std::size_t top = 0;
        for (std::size_t j = 1; j < Count; ++j)
            top = numbers[j] > numbers[top] ? j : top;
        const double most = numbers[top];
        if (!(most > 0))
            return;
        std::array<double, Count> share{};
        double sum = 0;
        for (std::size_t j = 0; j < Count; ++j)
            sum += share[j] = std::exp(sharpness * (numbers[j] / most - 1));
        double mean = 0;
        for (std::size_t j = 0; j < Count; ++j) {
            share[j] /= sum;
            mean += share[j] * numbers[j] / most;
        }
        value = most * mean;
        double rest = value; // Euler: sum of number x slope = value
        for (std::size_t j = 0; j < Count; ++j)
            if (j != top) {
                slopes[j] = share[j] * (1 + sharpness * (numbers[j] / most - mean));
                rest -= numbers[j] * slopes[j];
            }
        slopes[top] = rest / most;
    }
};

} // namespace pliny
