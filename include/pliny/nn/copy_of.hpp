// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/text.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/nn/model_error.hpp>

#include <c10/core/InferenceMode.h>
#include <torch/nn/module.h>

#include <concepts>
#include <map>
#include <memory>
#include <optional>
#include <typeinfo>
#include <utility>

namespace pliny {
namespace detail {

/// The copies of the tensors of a model, each made once, however many members name it.
class TensorCopies {
public:
    at::Tensor operator()(const at::Tensor& original) {
        if (!original.defined())
            return {};
        const c10::InferenceMode normal(false); // copies can be trained, wherever they are made
        const at::NoGradGuard no_grad;
        at::Tensor& copy = known[original.unsafeGetTensorImpl()];
        if (!copy.defined())
            copy = original.clone().requires_grad_(original.requires_grad());
        return copy;
    }

private:
    std::map<const void*, at::Tensor> known;
};

/// Registers copies of all that is registered in a module, and its training mode; children that are no part
/// of a network are cloned.
inline void copy_modules(const torch::nn::Module& from, torch::nn::Module& to, TensorCopies& copies) {
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

} // namespace detail

/// A copy of a model that shares nothing with it: weights, statistics, alpha, strengths, temperature, whether
/// it is settled, learned steps, bits, what is trained, training mode; no gradients, and not `watch`. Draws
/// no random numbers. It computes, and learns, what the model does, bit for bit.
template <class ModelType>
ModelType copy_of(const ModelType& model) requires
    std::constructible_from<ModelType, const ModelType&, detail::TensorCopies&> {
    detail::TensorCopies copies;
    return ModelType(model, copies);
}

namespace detail {

/// Gives a model what LibTorch asks of a module that can be cloned.
template <class Self, class Base>
class Cloned : public Base {
public:
    using Base::Base;

    /// As copy_of; on another device where one is given.
    std::shared_ptr<torch::nn::Module>
    clone(const std::optional<at::Device>& device = std::nullopt) const override {
        if (typeid(*this) != typeid(Self))
            throw ModelError("clone: found a class derived from a model; expected it to override clone()");
        auto copy = std::make_shared<Self>(copy_of(static_cast<const Self&>(*this)));
        if (device)
            copy->to(*device);
        return copy;
    }

private:
    /// What a module that has this one as its child calls while it is cloned.
    void clone_(torch::nn::Module& other, const std::optional<at::Device>& device) final {
        const auto copy = std::dynamic_pointer_cast<Self>(other.clone(device));
        if (!copy)
            throw ModelError(joined("clone: found ", other.name(), " in the place of ", this->name()));
        static_cast<Self&>(*this) = std::move(*copy);
    }
};

} // namespace detail
} // namespace pliny
