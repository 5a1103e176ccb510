// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/optimizer.hpp>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <optional>
#include <utility>
#include <vector>

namespace pliny {

PLINY_INLINE FusedOptimizer::FusedOptimizer(std::vector<ParameterGroup> parameter_groups)
    : groups(std::move(parameter_groups)) {
    std::size_t count = 0;
    for (const ParameterGroup& group : groups)
        count += group.parameters.size();
    state.resize(count);
}

PLINY_INLINE void FusedOptimizer::zero_grad() {
    for (ParameterGroup& group : groups)
        for (at::Tensor& parameter : group.parameters)
            parameter.mutable_grad().reset();
}

PLINY_INLINE FusedOptimizer::Ready FusedOptimizer::ready(std::size_t group) const {
    Ready ready;
    std::size_t first = 0;
    for (std::size_t g = 0; g < group; ++g)
        first += groups[g].parameters.size();
    for (std::size_t i = 0; i < groups[group].parameters.size(); ++i)
        if (const at::Tensor& parameter = groups[group].parameters[i]; parameter.grad().defined()) {
            ready.parameters.push_back(parameter);
            ready.gradients.push_back(parameter.grad());
            ready.slots.push_back(first + i);
        }
    return ready;
}

PLINY_INLINE void FusedOptimizer::step_adam(bool decoupled) {
    const at::NoGradGuard no_grad;
    using AdamStep = void (*)(at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList,
                              at::TensorList, double, double, double, double, double, bool, bool,
                              const std::optional<at::Tensor>&, const std::optional<at::Tensor>&);
    const AdamStep adam = at::_fused_adam_, adamw = at::_fused_adamw_;
    const AdamStep step = decoupled ? adamw : adam;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const Ready now = ready(g);
        if (now.parameters.empty())
            continue;
        std::vector<at::Tensor> means, squares, steps;
        for (std::size_t i = 0; i < now.slots.size(); ++i) {
            auto& [mean, square, count] = state[now.slots[i]];
            if (!mean.defined()) {
                mean = at::zeros_like(now.parameters[i]);
                square = at::zeros_like(now.parameters[i]);
                count = at::zeros({}, now.parameters[i].options().dtype(at::kFloat));
            }
            count.add_(1);
            means.push_back(mean);
            squares.push_back(square);
            steps.push_back(count);
        }
        step(now.parameters, now.gradients, means, squares, {}, steps, groups[g].lr * lr_factor, 0.9, 0.999,
             groups[g].weight_decay, 1e-8, false, false, {}, {});
    }
}

PLINY_INLINE void FusedOptimizer::step_sgd(double momentum) {
    const at::NoGradGuard no_grad;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const Ready now = ready(g);
        if (now.parameters.empty())
            continue;
        std::vector<at::Tensor> moving;
        if (momentum != 0)
            for (std::size_t i = 0; i < now.slots.size(); ++i) {
                at::Tensor& buffer = state[now.slots[i]][0];
                if (!buffer.defined())
                    buffer = at::zeros_like(now.parameters[i]);
                moving.push_back(buffer);
            }
        at::_fused_sgd_(now.parameters, now.gradients, moving, groups[g].weight_decay, momentum,
                        groups[g].lr * lr_factor, 0, false, false, false);
    }
}

} // namespace pliny
