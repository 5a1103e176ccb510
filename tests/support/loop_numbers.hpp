// SPDX-License-Identifier: Apache-2.0
// Numbers for loops over floats, and how their results are compared.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace pliny::testing {

inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Whole lanes, a rest, neither; more than one block.
inline constexpr std::int64_t counts[] = {0, 1, 15, 16, 17, 512, 1000, 1553};

/// Normally distributed, reproducible.
inline std::vector<float> normal_numbers(std::int64_t count, unsigned seed, float deviation = 1) {
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal(0, deviation);
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (float& number : numbers)
        number = normal(engine);
    return numbers;
}

/// Such numbers with zeros of both signs among them.
inline std::vector<float> numbers_with_zeros(std::int64_t count, unsigned seed, float deviation = 1) {
    auto numbers = normal_numbers(count, seed, deviation);
    for (std::size_t i = 0; i < numbers.size(); i += 5)
        numbers[i] = i % 2 == 0 ? 0.0f : -0.0f;
    return numbers;
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

inline doctest::Approx about(double expected, double scale = 1) {
    return doctest::Approx(expected).epsilon(2e-6).scale(scale);
}

} // namespace pliny::testing
