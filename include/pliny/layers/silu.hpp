// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny::detail {
struct SiLURuntime;
}

namespace pliny {

/// x / (1 + exp(-x)).
struct SiLU {
    using runtime = detail::SiLURuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::SiLU, .out = in, .joins_chain = true};
    }
    static std::string spelled(std::int64_t) { return "SiLU"; }
};

} // namespace pliny
