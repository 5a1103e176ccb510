// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny::detail {
struct ZeroRuntime;
}

namespace pliny {

/// Zeros in the shape of its input: as an alternative inside a Residual, it takes the body away (the "none"
/// operation of Liu et al., DARTS, 2019).
struct Zero {
    using runtime = detail::ZeroRuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::Zero,
                .out = in,
                .makes_values = false,
                .signs = Signs::NotNegative,
                .traits = {.gives_zeros = true}};
    }
    static std::string spelled(std::int64_t) { return "Zero"; }
};

} // namespace pliny
