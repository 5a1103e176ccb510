// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace pliny::test {

/// (f(x + h) - f(x - h)) / 2h for each number.
inline std::vector<double> differences(const std::vector<double>& at,
                                       const std::function<double(const std::vector<double>&)>& f,
                                       double h = 1e-5) {
    std::vector<double> slopes;
    for (std::size_t i = 0; i < at.size(); ++i) {
        auto more = at, less = at;
        more[i] += h;
        less[i] -= h;
        slopes.push_back((f(more) - f(less)) / (2 * h));
    }
    return slopes;
}

inline void check_numbers(const std::vector<double>& found, const std::vector<double>& expected,
                          double epsilon = 1e-12) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(found[i] == doctest::Approx(expected[i]).epsilon(epsilon).scale(1));
    }
}

} // namespace pliny::test
