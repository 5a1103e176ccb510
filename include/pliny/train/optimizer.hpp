// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <array>
#include <utility>
#include <vector>

namespace pliny {

/// Parameters that share a learning rate.
struct ParameterGroup {
    std::vector<at::Tensor> parameters;
    double lr = 1e-3;
    double weight_decay = 0;
};

/// What the optimisers share: groups of parameters and what is remembered of each. The steps are LibTorch's
/// fused operators: one pass over parameters and state.
class FusedOptimizer {
public:
    explicit FusedOptimizer(std::vector<ParameterGroup> parameter_groups)
        : groups(std::move(parameter_groups)) {
        std::size_t count = 0;
        for (const ParameterGroup& group : groups)
            count += group.parameters.size();
        state.resize(count);
    }

    /// Drops all gradients.
    void zero_grad() {
        for (ParameterGroup& group : groups)
            for (at::Tensor& parameter : group.parameters)
                parameter.mutable_grad().reset();
    }

    std::vector<ParameterGroup> groups;
    double lr_factor = 1; // of a schedule; multiplies the learning rate of every group
    /// Moments of every parameter in the order of the groups (Adam: mean, square, number of steps; SGD:
    /// momentum); undefined before its first step.
    using Moments = std::array<at::Tensor, 3>;
    std::vector<Moments> state;

protected:
    /// Parameters of a group that have a gradient, their gradients, and where their state is.
    struct Ready {
        std::vector<at::Tensor> parameters, gradients;
        std::vector<std::size_t> slots;
    };
    Ready ready(std::size_t group) const {
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

    /// One step of Adam (Kingma and Ba, 2015) or, decoupled, of AdamW (Loshchilov and Hutter, 2019).
    void step_adam(bool decoupled) {
        const at::NoGradGuard no_grad;
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
            step(now.parameters, now.gradients, means, squares, {}, steps, groups[g].lr * lr_factor, 0.9,
                 0.999, groups[g].weight_decay, 1e-8, false, false, {}, {});
        }
    }

    /// One step of stochastic gradient descent with momentum, as torch.optim.SGD.
    void step_sgd(double momentum) {
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

private:
    using AdamStep = void (*)(at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList,
                              at::TensorList, double, double, double, double, double, bool, bool,
                              const std::optional<at::Tensor>&, const std::optional<at::Tensor>&);
};

/// Adam (Kingma and Ba, 2015); updates as torch.optim.Adam.
class Adam : public FusedOptimizer {
public:
    using FusedOptimizer::FusedOptimizer;
    void step() { step_adam(false); }
};

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019); updates as torch.optim.AdamW.
class AdamW : public FusedOptimizer {
public:
    using FusedOptimizer::FusedOptimizer;
    void step() { step_adam(true); }
};

/// Stochastic gradient descent; updates as torch.optim.SGD.
class Sgd : public FusedOptimizer {
public:
    explicit Sgd(std::vector<ParameterGroup> parameter_groups, double momentum_factor = 0)
        : FusedOptimizer(std::move(parameter_groups)), momentum(momentum_factor) {}
    void step() { step_sgd(momentum); }

private:
    double momentum;
};

enum class OptimizerKind { Sgd, Adam, AdamW };

/// One of the three, chosen when the program starts.
class AnyOptimizer : public FusedOptimizer {
public:
    AnyOptimizer(OptimizerKind chosen, double momentum_factor, std::vector<ParameterGroup> parameter_groups)
        : FusedOptimizer(std::move(parameter_groups)), kind(chosen), momentum(momentum_factor) {}
    void step() {
        if (kind == OptimizerKind::Sgd)
            step_sgd(momentum);
        else
            step_adam(kind == OptimizerKind::AdamW);
    }

private:
    OptimizerKind kind;
    double momentum;
};

} // namespace pliny
