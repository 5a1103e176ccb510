// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/tensor_views.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/model.hpp>

#include <torch/nn/module.h>

#include <string>

namespace pliny::detail {

/// All parameters and buffers in the order of a state dict of Python: those of a module, then its children.
PLINY_INLINE void add_weights(NamedTensors& tensors, const torch::nn::Module& module,
                              const std::string& path);
PLINY_INLINE NamedTensors weights_of(const torch::nn::Module& module);
/// Of the model of a search, the weights of its layers.
template <SearchDescription Search>
NamedTensors weights_of(const Model<Search>& model) {
    NamedTensors tensors = weights_of(static_cast<const torch::nn::Module&>(model));
    std::erase_if(tensors, [&](const auto& tensor) { return model.states().contains(tensor.first); });
    return tensors;
}

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/named_weights.hpp>
#endif
