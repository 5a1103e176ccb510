// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <utility>
#include <vector>

namespace pliny {

/// Parameters that share a learning rate.
struct ParameterGroup {
    std::vector<at::Tensor> parameters;
    double lr = 1e-3;
    double weight_decay = 0;
};

/// Zeroes, or rather drops, all gradients; `step` is what differs between optimisers.
class FusedOptimizer {
public:
    explicit FusedOptimizer(std::vector<ParameterGroup> parameter_groups)
        : groups(std::move(parameter_groups)) {}

    void zero_grad() {
        for (ParameterGroup& group : groups)
            for (at::Tensor& parameter : group.parameters)
                parameter.mutable_grad().reset();
    }
    std::vector<ParameterGroup> groups;

protected:
    /// Parameters that have a gradient, their gradients, and a slot of state for each, made on first use.
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
    std::size_t slots() const {
        std::size_t count = 0;
        for (const ParameterGroup& group : groups)
            count += group.parameters.size();
        return count;
    }
};

/// Adam (Kingma and Ba, 2015) by LibTorch's fused operator: one pass over parameters and state; updates as
/// torch.optim.Adam.
class Adam : public FusedOptimizer {
public:
    using FusedOptimizer::FusedOptimizer;

    void step() {
        const at::NoGradGuard no_grad;
        state.resize(slots());
        for (std::size_t g = 0; g < groups.size(); ++g) {
            const Ready now = ready(g);
            if (now.parameters.empty())
                continue;
            std::vector<at::Tensor> means, squares, steps;
            for (std::size_t i = 0; i < now.slots.size(); ++i) {
                State& s = state[now.slots[i]];
                if (!s.mean.defined())
                    s = {at::zeros_like(now.parameters[i]), at::zeros_like(now.parameters[i]),
                         at::zeros({}, now.parameters[i].options().dtype(at::kFloat))};
                s.step.add_(1);
                means.push_back(s.mean);
                squares.push_back(s.square);
                steps.push_back(s.step);
            }
            at::_fused_adam_(now.parameters, now.gradients, means, squares, {}, steps, groups[g].lr, 0.9,
                             0.999, groups[g].weight_decay, 1e-8, false, false);
        }
    }

private:
    struct State {
        at::Tensor mean, square, step;
    };
    std::vector<State> state;
};

/// Stochastic gradient descent by LibTorch's fused operator; updates as torch.optim.SGD.
class Sgd : public FusedOptimizer {
public:
    explicit Sgd(std::vector<ParameterGroup> parameter_groups, double momentum_factor = 0)
        : FusedOptimizer(std::move(parameter_groups)), momentum(momentum_factor) {}

    void step() {
        const at::NoGradGuard no_grad;
        const bool first = buffers.empty();
        buffers.resize(slots());
        for (std::size_t g = 0; g < groups.size(); ++g) {
            const Ready now = ready(g);
            if (now.parameters.empty())
                continue;
            std::vector<at::Tensor> moving;
            if (momentum != 0)
                for (std::size_t i = 0; i < now.slots.size(); ++i) {
                    at::Tensor& buffer = buffers[now.slots[i]];
                    if (!buffer.defined())
                        buffer = at::zeros_like(now.parameters[i]);
                    moving.push_back(buffer);
                }
            at::_fused_sgd_(now.parameters, now.gradients, moving, groups[g].weight_decay, momentum,
                            groups[g].lr, 0, false, false, first);
        }
    }

private:
    double momentum;
    std::vector<at::Tensor> buffers;
};

} // namespace pliny
