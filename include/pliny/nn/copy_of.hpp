// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/nn/model_error.hpp>

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
    at::Tensor operator()(const at::Tensor& original);

private:
    std::map<const void*, at::Tensor> known;
};

/// Registers copies of all that is registered in a module, and its training mode; children that are no part
/// of a network are cloned.
PLINY_INLINE void copy_modules(const torch::nn::Module& from, torch::nn::Module& to, TensorCopies& copies);

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

[[noreturn]] PLINY_INLINE void refuse_derived();
[[noreturn]] PLINY_INLINE void refuse_clone(const torch::nn::Module& found, const torch::nn::Module& place);

/// Gives a model what LibTorch asks of a module that can be cloned.
template <class Self, class Base>
class Cloned : public Base {
public:
    using Base::Base;

    /// As copy_of; on another device where one is given.
    std::shared_ptr<torch::nn::Module>
    clone(const std::optional<at::Device>& device = std::nullopt) const override {
        if (typeid(*this) != typeid(Self))
            refuse_derived();
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
            refuse_clone(other, *this);
        static_cast<Self&>(*this) = std::move(*copy);
    }
};

} // namespace detail
} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/definitions/copy_of.hpp>
#endif
