// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/call.hpp>

#include <string_view>

namespace pliny {

/// Weights and biases of convolutions and linear layers; those of batch norm do not count. Unit: parameters.
struct ParamsCost {
    static constexpr std::string_view name = "params";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return call.weights() + call.biases();
    }
};
inline constexpr ParamsCost Params{};

/// As Params, without the biases. Unit: weights.
struct ParamsNoBiasCost {
    static constexpr std::string_view name = "params_no_bias";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return call.weights();
    }
};
inline constexpr ParamsNoBiasCost ParamsNoBias{};

} // namespace pliny
