// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/tensor_views.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/model.hpp>

#include <torch/nn/module.h>

#include <string>
#include <vector>

namespace pliny::detail {

/// All parameters and buffers in the order of a state dict of Python: those of a module, then its children.
inline void add_weights(NamedTensors& tensors, const torch::nn::Module& module, const std::string& path) {
    for (const auto& own : module.named_parameters(/*recurse=*/false))
        tensors.emplace_back(path + own.key(), own.value());
    for (const auto& own : module.named_buffers(/*recurse=*/false))
        tensors.emplace_back(path + own.key(), own.value());
    for (const auto& child : module.named_children())
        add_weights(tensors, *child.value(), path + child.key() + ".");
}
inline NamedTensors weights_of(const torch::nn::Module& module) {
    NamedTensors tensors;
    add_weights(tensors, module, "");
    return tensors;
}
/// Of the model of a search, the weights of its layers.
template <AnySearchDescription Search>
NamedTensors weights_of(const Model<Search>& model) {
    NamedTensors tensors = weights_of(static_cast<const torch::nn::Module&>(model));
    std::erase_if(tensors, [&](const auto& tensor) { return model.states().contains(tensor.first); });
    return tensors;
}

} // namespace pliny::detail
