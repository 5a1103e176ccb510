// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/graph/model_input.hpp>
#include <pliny/nn/layers/batch_norm.hpp>

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <vector>

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

PLINY_INLINE at::Tensor norm_scale(const Row& norm_row, const LayerTensors& norm) {
    const at::NoGradGuard no_grad;
    const at::Tensor scale = (norm.running_var + norm_row.facts.epsilon).rsqrt();
    return norm.weight.defined() ? scale * norm.weight : scale;
}

PLINY_INLINE void fold_norm(torch::nn::Module& root, const Row& norm_row, LayerTensors& norm,
                            const Row& layer_row, LayerTensors& layer) {
    const at::NoGradGuard no_grad;
    const at::Tensor scale = norm_scale(norm_row, norm);
    at::Tensor shift = norm.running_mean.neg();
    if (layer.bias.defined())
        shift = shift + layer.bias;
    shift = shift * scale;
    if (norm.bias.defined())
        shift = shift + norm.bias;
    std::vector<std::int64_t> rows(static_cast<std::size_t>(layer.weight.dim()), 1);
    rows[static_cast<std::size_t>(layer_row.facts.axes.out)] = -1;
    layer.weight.mul_(scale.view(rows));
    if (layer.bias.defined())
        layer.bias.copy_(shift);
    else
        layer.bias = module_at(root, layer_row.path.view()).register_parameter("bias", shift.clone());
    remove_module(root, norm_row.path.view());
    norm = {};
}

} // namespace pliny::detail
