// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny::detail {
struct ReLU6Runtime;
}

namespace pliny {

/// min(max(x, 0), 6).
struct ReLU6 {
    using runtime = detail::ReLU6Runtime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::ReLU6, .out = in, .joins_chain = true, .signs = Signs::NotNegative};
    }
    static std::string spelled(std::int64_t) { return "ReLU6"; }
};

} // namespace pliny
