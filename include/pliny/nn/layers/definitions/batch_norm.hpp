// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/graph/model_input.hpp>
#include <pliny/nn/layers/batch_norm.hpp>

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>

namespace pliny::detail {

PLINY_INLINE at::Tensor BatchNormRuntime::forward(const ForwardCall& call) {
    const LayerTensors& own = call.tensors;
    if (!own.running_mean.defined()) // folded away
        return call.x;
    if (call.training) {
        check_norm_batch(call.x, call.row.path.view(), "training");
        const_cast<at::Tensor&>(own.num_batches_tracked).add_(1);
    }
    return at::batch_norm(call.x, call.weight, call.bias, own.running_mean, own.running_var, call.training,
                          call.facts().momentum, call.facts().epsilon,
                          at::globalContext().userEnabledCuDNN());
}

PLINY_INLINE LayerTensors make_norm_tensors(torch::nn::Module& node, const Facts& facts,
                                            std::int64_t channels) {
    LayerTensors made;
    if (facts.norm > 0) {
        made.weight = node.register_parameter("weight", at::ones({channels}));
        made.bias = node.register_parameter("bias", at::zeros({channels}));
    }
    made.running_mean = node.register_buffer("running_mean", at::zeros({channels}));
    made.running_var = node.register_buffer("running_var", at::ones({channels}));
    made.num_batches_tracked = node.register_buffer("num_batches_tracked", at::zeros({}, at::kLong));
    return made;
}

} // namespace pliny::detail
