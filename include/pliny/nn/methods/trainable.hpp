// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace pliny {

/// Switches training of a group of parameters off and on again; those that the user froze stay frozen.
class TrainingSwitch {
public:
    void set(const std::vector<at::Tensor>& parameters, bool on) {
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

private:
    std::vector<at::Tensor> switched_off;
};

} // namespace pliny
