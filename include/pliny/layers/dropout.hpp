// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

namespace pliny::detail {
struct DropoutRuntime;
}

namespace pliny {

/// Sets values to zero while training, with options.
template <class... Options>
struct DropoutWith {
    static_assert(known_options<List<Options...>, Sets::Probability> && distinct_options<Options...>,
                  "[dropout.1] Dropout takes one option: Probability<...>");

    using runtime = detail::DropoutRuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::Dropout,
                .out = in,
                .makes_values = false,
                .signs = Signs::AsInputs,
                .traits = {.has_mode = true},
                .scalar = Option<Sets::Probability, Probability<0.5>, Options...>::value};
    }
    static std::string spelled(std::int64_t) {
        return sizeof...(Options) == 0 ? "Dropout" : spelled_layer<Options...>("Dropout::With", "");
    }
};

/// Sets half of the values to zero while training and doubles the others; `Dropout::With<Probability<0.2>>`
/// for another share.
struct Dropout : DropoutWith<> {
    template <class... Options>
    using With = DropoutWith<Options...>;
};

} // namespace pliny
