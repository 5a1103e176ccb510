// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <vector>

namespace pliny::test {

/// Of a list of numbers, or of an object with data and shape: float32.
inline at::Tensor golden_tensor(const nlohmann::json& golden) {
    if (!golden.is_object())
        return at::tensor(golden.get<std::vector<double>>(), at::kDouble).to(at::kFloat);
    return at::tensor(golden.at("data").get<std::vector<double>>(), at::kDouble)
        .to(at::kFloat)
        .view(golden.at("shape").get<std::vector<std::int64_t>>());
}

/// Entry by entry within rtol * |expected| + atol.
inline void check_close(const at::Tensor& found, const at::Tensor& expected, double rtol, double atol = 0) {
    REQUIRE(found.sizes() == expected.sizes());
    const at::Tensor a = found.detach().to(at::kDouble), b = expected.to(at::kDouble);
    const double excess = (at::abs(a - b) - (rtol * at::abs(b) + atol)).max().item<double>();
    CHECK_MESSAGE(excess <= 0, "found ", a.reshape({-1}).slice(0, 0, 8), " expected ",
                  b.reshape({-1}).slice(0, 0, 8), " too far by ", excess);
}

} // namespace pliny::test
