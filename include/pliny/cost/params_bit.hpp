// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/call.hpp>

#include <string_view>

namespace pliny {

/// Weights of the output channels of a call, which may be only those at one precision. As call.weights(), but
/// a depthwise convolution counts by its output.
template <class Number>
constexpr Number weights_of_output(const LayerCall<Number>& call) {
    return call.depthwise() ? call.out * call.kernel_area() : call.weights();
}

/// Memory of the weights, without biases (definition, as in PLiNIO). Unit: bits.
struct ParamsBitCost {
    static constexpr std::string_view name = "params_bit";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return weights_of_output(call) * call.weight_bits;
    }
};
inline constexpr ParamsBitCost ParamsBit{};

} // namespace pliny
