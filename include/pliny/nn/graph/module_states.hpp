// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <string>
#include <vector>

namespace pliny {

/// The names of what methods keep in a module beside the weights of its layers: alpha, clips, temperature.
/// What is learned of them is a parameter, numbers are buffers in float64.
class ModuleStates {
public:
    const std::vector<std::string>& names() const { return names_; }
    bool contains(const std::string& name) const {
        return std::find(names_.begin(), names_.end(), name) != names_.end();
    }
    void add(const std::string& name) { names_.push_back(name); }

    /// The type that learned states have at the start: float32, or float64 where that is the default type.
    static at::TensorOptions type() {
        const bool precise = at::get_default_dtype_as_scalartype() == at::kDouble;
        return at::TensorOptions(precise ? at::kDouble : at::kFloat);
    }

    /// Calls `change`, which turns all tensors of the module into those of a type, and then gives states
    /// their numbers back, unrounded: parameters in float32 or float64, whichever was asked for last, buffers
    /// in float64.
    template <class Change>
    void keep(const torch::nn::Module& module, at::ScalarType type, const Change& change) const {
        struct State {
            at::Tensor own, before;
            at::ScalarType type;
        };
        std::vector<State> kept;
        const bool precise = type == at::kFloat || type == at::kDouble;
        for (const auto& item : module.named_parameters(false))
            if (contains(item.key()))
                kept.push_back(
                    {item.value(), item.value().detach(), precise ? type : item.value().scalar_type()});
        for (const auto& item : module.named_buffers(false))
            if (contains(item.key()))
                kept.push_back({item.value(), item.value().detach(), at::kDouble});
        change();
        for (State& state : kept)
            state.own.set_data(state.before.to(state.own.device(), state.type));
    }

private:
    std::vector<std::string> names_;
};

} // namespace pliny
