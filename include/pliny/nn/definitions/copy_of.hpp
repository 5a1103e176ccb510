// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/text.hpp>
#include <pliny/nn/copy_of.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/nn/model_error.hpp>

#include <c10/core/InferenceMode.h>
#include <torch/nn/module.h>

#include <concepts>
#include <memory>

namespace pliny::detail {

PLINY_INLINE at::Tensor TensorCopies::operator()(const at::Tensor& original) {
    if (!original.defined())
        return {};
    const c10::InferenceMode normal(false); // copies can be trained, wherever they are made
    const at::NoGradGuard no_grad;
    at::Tensor& copy = known[original.unsafeGetTensorImpl()];
    if (!copy.defined())
        copy = original.clone().requires_grad_(original.requires_grad());
    return copy;
}

PLINY_INLINE void copy_modules(const torch::nn::Module& from, torch::nn::Module& to, TensorCopies& copies) {
    to.train(from.is_training());
    for (const auto& item : from.named_parameters(false))
        to.register_parameter(item.key(), copies(item.value()), item.value().requires_grad());
    for (const auto& item : from.named_buffers(false))
        to.register_buffer(item.key(), copies(item.value()));
    for (const auto& item : from.named_children())
        if (dynamic_cast<const PathNode*>(item.value().get()))
            copy_modules(*item.value(), *to.register_module(item.key(), std::make_shared<PathNode>()),
                         copies);
        else
            to.register_module(item.key(), item.value()->clone());
}

PLINY_INLINE void refuse_derived() {
    throw ModelError("clone: found a class derived from a model; expected it to override clone()");
}

PLINY_INLINE void refuse_clone(const torch::nn::Module& found, const torch::nn::Module& place) {
    throw ModelError(joined("clone: found ", found.name(), " in the place of ", place.name()));
}

} // namespace pliny::detail
