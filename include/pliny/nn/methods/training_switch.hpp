// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/nn/copy_of.hpp>

#include <ATen/ATen.h>

#include <vector>

namespace pliny {

/// Switches training of a group of parameters off and on again; those that the user froze stay frozen.
class TrainingSwitch {
public:
    TrainingSwitch() = default;
    TrainingSwitch(const TrainingSwitch& other, detail::TensorCopies& copies);
    void set(const std::vector<at::Tensor>& parameters, bool on);

private:
    std::vector<at::Tensor> switched_off;
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/methods/definitions/training_switch.hpp>
#endif
