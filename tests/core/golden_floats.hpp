// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/golden.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace pliny::test {

/// The numbers of a tensor of a golden file, or of a plain list, or a single one.
inline std::vector<float> floats(const nlohmann::json& golden) {
    if (golden.is_number())
        return {golden.get<float>()};
    return (golden.is_object() ? golden.at("data") : golden).get<std::vector<float>>();
}

/// Equal bit for bit, but for the sign of 0, which golden files do not keep.
inline void check_equal(const std::vector<float>& found, const nlohmann::json& golden) {
    const std::vector<float> expected = floats(golden);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(found[i] == expected[i]);
    }
}

/// |found - expected| <= relative x |expected| + absolute.
inline void check_close(const std::vector<float>& found, const nlohmann::json& golden, double relative,
                        double absolute = 0) {
    const std::vector<float> expected = floats(golden);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CAPTURE(expected[i]);
        CAPTURE(found[i]);
        CHECK(std::fabs(double{found[i]} - expected[i]) <= relative * std::fabs(expected[i]) + absolute);
    }
}

} // namespace pliny::test
