// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/folded_norm.hpp>
#include <pliny/nn/layers/tensors.hpp>

#include <vector>

namespace pliny::detail {

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
    rows[0] = -1;
    layer.weight.mul_(scale.view(rows));
    if (layer.bias.defined())
        layer.bias.copy_(shift);
    else
        layer.bias = module_at(root, layer_row.path.view()).register_parameter("bias", shift.clone());
    remove_module(root, norm_row.path.view());
    norm = {};
}

} // namespace pliny::detail
