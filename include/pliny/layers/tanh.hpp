// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny {

/// Hyperbolic tangent.
struct Tanh {
    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::Tanh, .out = in, .joins_chain = true};
    }
    static std::string spelled(std::int64_t) { return "Tanh"; }
};

} // namespace pliny
