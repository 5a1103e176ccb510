// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/methods/training_switch.hpp>

#include <vector>

namespace pliny {

PLINY_INLINE TrainingSwitch::TrainingSwitch(const TrainingSwitch& other, detail::TensorCopies& copies) {
    for (const at::Tensor& parameter : other.switched_off)
        switched_off.push_back(copies(parameter));
}

PLINY_INLINE void TrainingSwitch::set(const std::vector<at::Tensor>& parameters, bool on) {
    if (on) {
        for (at::Tensor& parameter : switched_off)
            parameter.requires_grad_(true);
        switched_off.clear();
        return;
    }
    for (at::Tensor parameter : parameters)
        if (parameter.requires_grad()) {
            parameter.requires_grad_(false);
            switched_off.push_back(parameter);
        }
}

} // namespace pliny
