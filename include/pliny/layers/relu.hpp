// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny::detail {
struct ReLURuntime;
}

namespace pliny {

/// max(x, 0).
struct ReLU {
    using runtime = detail::ReLURuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::ReLU,
                .out = in,
                .makes_values = false,
                .joins_chain = true,
                .signs = Signs::NotNegative,
                .traits = {.rectifies = true}};
    }
    static std::string spelled(std::int64_t) { return "ReLU"; }
};

} // namespace pliny
