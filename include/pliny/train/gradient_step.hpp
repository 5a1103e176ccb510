// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/optimizer.hpp>
#include <pliny/train/training_state.hpp>

#include <ATen/ATen.h>

#include <concepts>
#include <vector>

namespace pliny::detail {

/// A model whose weights and architecture parameters can be trained apart.
template <class M>
concept SearchModel = requires(M& model) {
    model.train_architecture_only();
    model.train_weights_only();
};

/// The shares of the alternatives of a model's choices; none where it has no choices. Those of bits, maybe of
/// every channel, would be too many.
template <class M>
Thetas thetas_of(M& model) {
    if constexpr (requires { model.chosen(), model.thetas(); })
        return model.thetas();
    return {};
}

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
template <class Optimizer>
void descend(Optimizer& optimizer, const at::Tensor& loss, double clip_norm) {
    loss.backward();
    if constexpr (std::derived_from<Optimizer, FusedOptimizer>)
        if (clip_norm > 0)
            clip_gradients(optimizer, clip_norm);
    optimizer.step();
}

} // namespace pliny::detail
