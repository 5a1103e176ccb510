// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <string>

namespace pliny::detail {
struct FlattenRuntime;
}

namespace pliny {

/// Makes a vector of an image, channel by channel (torch.nn.Flatten with its defaults).
struct Flatten {
    using runtime = detail::FlattenRuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::Flatten,
                .out = Shape{in.elements()},
                .channels = Channels::Flatten,
                .makes_values = false,
                .signs = Signs::AsInputs,
                .traits = {.is_view = true}};
    }
    static std::string spelled(std::int64_t) { return "Flatten"; }
};

} // namespace pliny
