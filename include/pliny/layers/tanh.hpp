// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny::detail {
struct TanhRuntime;
}

namespace pliny {

/// Hyperbolic tangent.
struct Tanh {
    using runtime = detail::TanhRuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::Tanh, .out = in, .joins_chain = true};
    }
    static std::string spelled(std::int64_t) { return "Tanh"; }
};

} // namespace pliny
