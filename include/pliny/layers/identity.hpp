// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny::detail {
struct IdentityRuntime;
}

namespace pliny {

/// Passes its input on.
struct Identity {
    using runtime = detail::IdentityRuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::Identity,
                .out = in,
                .makes_values = false,
                .joins_chain = true,
                .signs = Signs::AsInputs,
                .traits = {.taps = Taps::One, .is_view = true, .commutes_with_relu = true}};
    }
    static std::string spelled(std::int64_t) { return "Identity"; }
};

} // namespace pliny
