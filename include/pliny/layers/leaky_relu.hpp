// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

namespace pliny::detail {
struct LeakyReLURuntime;
}

namespace pliny {

/// x where positive, slope times x elsewhere, with options.
template <class... Options>
struct LeakyReLUWith {
    static_assert(known_options<List<Options...>, Sets::Slope> && distinct_options<Options...>,
                  "[leaky_relu.1] LeakyReLU takes one option: NegativeSlope<...>");

    using runtime = detail::LeakyReLURuntime;

    static constexpr Facts facts(const Shape& in) {
        return {.kind = Kind::LeakyReLU,
                .out = in,
                .joins_chain = true,
                .scalar = Option<Sets::Slope, NegativeSlope<0.01>, Options...>::value};
    }
    static std::string spelled(std::int64_t) {
        return sizeof...(Options) == 0 ? "LeakyReLU" : spelled_layer<Options...>("LeakyReLU::With", "");
    }
};

/// x where positive, 0.01 x elsewhere; `LeakyReLU::With<NegativeSlope<0.1>>` for another slope.
struct LeakyReLU : LeakyReLUWith<> {
    template <class... Options>
    using With = LeakyReLUWith<Options...>;
};

} // namespace pliny
