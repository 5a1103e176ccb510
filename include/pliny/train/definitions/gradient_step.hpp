// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/training_loop.hpp>

#include <ATen/ATen.h>

#include <vector>

namespace pliny::detail {

/// Scales all gradients so that their common norm is at most `largest`, as torch.nn.utils.clip_grad_norm_,
/// without waiting for the device.
inline void clip_gradients(const FusedOptimizer& optimizer, double largest) {
    std::vector<at::Tensor> gradients;
    for (const ParameterGroup& group : optimizer.groups)
        for (const at::Tensor& parameter : group.parameters)
            if (parameter.grad().defined())
                gradients.push_back(parameter.grad());
    if (gradients.empty())
        return;
    const at::Tensor norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
    at::_foreach_mul_(gradients, (largest / (norm + 1e-6)).clamp_max(1));
}

/// Moves the parameters that require a gradient down a loss. `clip_norm`: largest norm of all gradients
/// together; 0: no limit.
inline void descend(OptimizerView optimizer, const at::Tensor& loss, double clip_norm) {
    loss.backward();
    if (optimizer.fused && clip_norm > 0)
        clip_gradients(*optimizer.fused, clip_norm);
    optimizer.step(optimizer.optimizer);
}

} // namespace pliny::detail
