// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny {

/// max(x, 0).
struct ReLU {
    static constexpr Facts facts(const Shape& in) { return {.kind = Kind::ReLU, .out = in}; }
    static std::string spelled(std::int64_t) { return "ReLU"; }
};

} // namespace pliny
