// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>

#include <ATen/core/Tensor.h>

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
    PLINY_INLINE explicit FusedOptimizer(std::vector<ParameterGroup> parameter_groups);

    /// Drops all gradients.
    PLINY_INLINE void zero_grad();

    std::vector<ParameterGroup> groups;
    double lr_factor = 1; // of a schedule; multiplies the learning rate of every group
    /// Moments of every parameter in the order of the groups (Adam: mean, square, number of steps; SGD:
    /// momentum); undefined before its first step.
    using Moments = std::array<at::Tensor, 3>;
    std::vector<Moments> state;

protected:
    /// One step of Adam (Kingma and Ba, 2015) or, decoupled, of AdamW (Loshchilov and Hutter, 2019).
    PLINY_INLINE void step_adam(bool decoupled);
    /// One step of stochastic gradient descent with momentum, as torch.optim.SGD.
    PLINY_INLINE void step_sgd(double momentum);

private:
    /// Parameters of a group that have a gradient, their gradients, and where their state is.
    struct Ready {
        std::vector<at::Tensor> parameters, gradients;
        std::vector<std::size_t> slots;
    };
    PLINY_INLINE Ready ready(std::size_t group) const;
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

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/train/definitions/optimizer.hpp>
#endif
