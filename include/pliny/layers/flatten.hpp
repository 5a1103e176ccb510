// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny {

/// Makes a vector of an image, channel by channel (torch.nn.Flatten with its defaults).
struct Flatten {
    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::Flatten,
                .out = Shape{in.elements()},
                .channels = Channels::Flatten,
                .makes_values = false,
                .signs = Signs::AsInputs};
    }
    static std::string spelled(std::int64_t) { return "Flatten"; }
};

} // namespace pliny
