// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/named_weights.hpp>
#include <pliny/deploy/tensor_views.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/model.hpp>

#include <torch/nn/module.h>

#include <string>

namespace pliny::detail {

PLINY_INLINE void add_weights(NamedTensors& tensors, const torch::nn::Module& module,
                              const std::string& path) {
    for (const auto& own : module.named_parameters(/*recurse=*/false))
        tensors.emplace_back(path + own.key(), own.value());
    for (const auto& own : module.named_buffers(/*recurse=*/false))
        tensors.emplace_back(path + own.key(), own.value());
    for (const auto& child : module.named_children())
        add_weights(tensors, *child.value(), path + child.key() + ".");
}

PLINY_INLINE NamedTensors weights_of(const torch::nn::Module& module) {
    NamedTensors tensors;
    add_weights(tensors, module, "");
    return tensors;
}

} // namespace pliny::detail
