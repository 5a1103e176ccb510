// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/params_bit.hpp>

namespace pliny {

/// Multiply-accumulates of one inference, each times the bits of its weight and of its activation; without
/// biases (definition, as in PLiNIO). Unit: MAC x bits x bits.
struct OpsBitCost {
    static constexpr std::string_view name = "ops_bit";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return ParamsBit(call) * call.activation_bits * call.positions();
    }
};
inline constexpr OpsBitCost OpsBit{};

} // namespace pliny
