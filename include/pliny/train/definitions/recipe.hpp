// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/recipe.hpp>

#include <utility>

namespace pliny {

PLINY_INLINE TrainerSettings Recipe::trainer() const {
    const auto kind = schedule == "cosine" ? Schedule::Kind::Cosine
                      : schedule == "step" ? Schedule::Kind::Step
                                           : Schedule::Kind::Constant;
    return {.batch = batch,
            .seed = seed,
            .quiet = quiet,
            .schedule = {.kind = kind, .step_epochs = lr_step, .gamma = lr_gamma},
            .clip_grad_norm = clip_grad_norm,
            .patience = patience,
            .augmentation = {.crop = crop, .flip = flip},
            .loss = loss};
}

PLINY_INLINE AnyOptimizer Recipe::make_optimizer(std::vector<at::Tensor> weights,
                                                 std::vector<at::Tensor> alphas,
                                                 std::vector<at::Tensor> scales) const {
    std::vector<ParameterGroup> groups{{std::move(weights), lr, weight_decay}};
    if (!alphas.empty())
        groups.push_back({std::move(alphas), lr_alpha, 0});
    if (!scales.empty())
        groups.push_back({std::move(scales), lr, 0});
    const auto kind = optimizer == "sgd"     ? OptimizerKind::Sgd
                      : optimizer == "adamw" ? OptimizerKind::AdamW
                                             : OptimizerKind::Adam;
    return {kind, momentum, std::move(groups)};
}

} // namespace pliny
