// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny::detail {
struct SigmoidRuntime;
}

namespace pliny {

/// 1 / (1 + exp(-x)); does not map 0 to 0.
struct Sigmoid {
    using runtime = detail::SigmoidRuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::Sigmoid,
                .out = in,
                .keeps_zero = false,
                .joins_chain = true,
                .signs = Signs::NotNegative};
    }
    static std::string spelled(std::int64_t) { return "Sigmoid"; }
};

} // namespace pliny
