// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/layer.hpp>

namespace pliny::detail {

struct LinearRuntime {
    static at::Tensor forward(const ForwardCall& call) { return at::linear(call.x, call.weight, call.bias); }
    /// x: [N, in], g: [N, out].
    static LayerGradients gradients(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& g,
                                    const Facts&, const WantedGradients& wanted) {
        return {wanted[0] ? g.mm(weight) : at::Tensor{}, wanted[1] ? g.t().mm(x) : at::Tensor{},
                wanted[2] ? g.sum(0) : at::Tensor{}};
    }
};

} // namespace pliny::detail
