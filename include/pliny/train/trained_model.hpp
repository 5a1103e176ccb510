// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/methods/limit_terms.hpp>
#include <pliny/train/events.hpp>

#include <torch/nn/module.h>

#include <concepts>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace pliny::detail {

/// A model whose weights and architecture parameters can be trained apart.
template <class ModelType>
concept SearchModel = requires(ModelType& model) {
    model.train_architecture_only();
    model.train_weights_only();
};

/// The shares of the alternatives of a model's choices; none where it has no choices. Those of bits, maybe of
/// every channel, would be too many.
template <class ModelType>
Thetas thetas_of(ModelType& model) {
    Thetas thetas;
    if constexpr (requires { model.chosen(), model.thetas(); }) {
        thetas = model.thetas();
        thetas.resize(model.chosen().size()); // those of bits are behind
    }
    return thetas;
}

/// A model as training sees it, whatever its type: one virtual call a step, so that the loop is compiled once
/// for all models.
class TrainedModel {
public:
    TrainedModel() = default;
    TrainedModel(const TrainedModel&) = delete;
    TrainedModel& operator=(const TrainedModel&) = delete;
    virtual ~TrainedModel() = default;

    virtual torch::nn::Module& module() = 0;
    virtual at::Tensor forward(const at::Tensor& x) = 0;
    virtual void notify(const Event& event) = 0;
    virtual Thetas thetas() = 0;
    /// Its limits, where it has any.
    virtual std::vector<LimitReport> limits() = 0;
    /// Path and kind of the first layer whose output for x is not finite; empty where there is none.
    virtual std::string first_nonfinite_layer(const at::Tensor& x) = 0;
    /// Whether weights and architecture parameters can be trained apart.
    virtual bool is_search() const = 0;
    virtual void train_architecture_only() = 0;
    virtual void train_weights_only() = 0;
};

/// A model behind `Interface`, TrainedModel or what is derived from it. `Stored`: the model's type, or a
/// reference to it.
template <class Interface, class Stored, class... Hooks>
class ModelAdapter : public Interface {
public:
    using ModelType = std::remove_reference_t<Stored>;

    /// `make()` gives the model, or the reference; the hooks must outlive this.
    template <class Make>
    ModelAdapter(std::tuple<Hooks...>& its_hooks, const Make& make) : model(make()), hooks(its_hooks) {}

    torch::nn::Module& module() override { return model; }
    at::Tensor forward(const at::Tensor& x) override { return model(x); }
    void notify([[maybe_unused]] const Event& event) override {
        if constexpr (sizeof...(Hooks) > 0)
            std::visit(
                [&](const auto& one) {
                    std::apply([&](Hooks&... hook) { detail::notify(one, model, hook...); }, hooks);
                },
                event);
    }
    Thetas thetas() override { return thetas_of(model); }
    std::vector<LimitReport> limits() override {
        if constexpr (requires { model.limits(); })
            return model.limits();
        else
            return {};
    }
    std::string first_nonfinite_layer(const at::Tensor& x) override {
        if constexpr (requires { model.watch; })
            return nonfinite_layer(model, x);
        else
            return {};
    }
    bool is_search() const override { return SearchModel<ModelType>; }
    void train_architecture_only() override {
        if constexpr (SearchModel<ModelType>)
            model.train_architecture_only();
    }
    void train_weights_only() override {
        if constexpr (SearchModel<ModelType>)
            model.train_weights_only();
    }

protected:
    Stored model;
    std::tuple<Hooks...>& hooks;
};

} // namespace pliny::detail
