// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/nn/layers/tensors.hpp>

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <tuple>

namespace pliny {

namespace detail {

/// Whether the tensor that a row reads may be overwritten by it: nobody else reads it, and its maker does not
/// need it in backward.
template <class AnyPlan>
constexpr bool can_overwrite_input(const AnyPlan& plan, int row) {
    const int input = plan.input(row);
    const Kind kind = plan[input].facts.kind; // a Choice may give what its alternatives only pass on
    return plan.only_reader(input) &&
           (kind == Kind::Conv2d || kind == Kind::Linear || is_norm(kind) || kind == Kind::Add);
}

} // namespace detail

PLINY_INLINE at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                               const Facts& facts);

/// The gradients of conv2d by input, weight and bias, of those that are wanted.
PLINY_INLINE std::tuple<at::Tensor, at::Tensor, at::Tensor>
conv2d_gradients(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& g, const Facts& facts,
                 const std::array<bool, 3>& wanted);

PLINY_INLINE at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   const LayerTensors& tensors, const Facts& facts, bool training);

/// Runs a layer without weights. `in_place` where nobody else reads x.
template <class LayerType, Kind LayerKind>
at::Tensor forward_plain(const at::Tensor& x, const Facts& facts, bool training, bool in_place) {
    const Window& w = facts.window;
    const std::array<std::int64_t, 2> kernel{w.kernel.height, w.kernel.width},
        stride{w.stride.height, w.stride.width}, padding{w.before.height, w.before.width},
        dilation{w.dilation.height, w.dilation.width};
    if constexpr (LayerKind == Kind::ReLU)
        return in_place ? at::relu_(const_cast<at::Tensor&>(x)) : at::relu(x);
    else if constexpr (LayerKind == Kind::ReLU6)
        return at::hardtanh(x, 0, 6);
    else if constexpr (LayerKind == Kind::SiLU)
        return at::silu(x);
    else if constexpr (LayerKind == Kind::Sigmoid)
        return at::sigmoid(x);
    else if constexpr (LayerKind == Kind::Tanh)
        return at::tanh(x);
    else if constexpr (LayerKind == Kind::LeakyReLU)
        return at::leaky_relu(x, facts.scalar);
    else if constexpr (LayerKind == Kind::MaxPool2d)
        return at::max_pool2d(x, kernel, stride, padding, dilation);
    else if constexpr (LayerKind == Kind::AvgPool2d)
        return at::avg_pool2d(x, kernel, stride, padding);
    else if constexpr (LayerKind == Kind::AdaptiveAvgPool2d)
        return at::adaptive_avg_pool2d(x, {facts.out[1], facts.out[2]});
    else if constexpr (LayerKind == Kind::Flatten)
        return x.flatten(1);
    else if constexpr (LayerKind == Kind::Dropout)
        return at::dropout(x, facts.scalar, training);
    else if constexpr (LayerKind == Kind::Identity)
        return x;
    else if constexpr (LayerKind == Kind::Zero)
        return at::zeros_like(x);
    else
        return LayerType::forward(x); // a layer of the user's own
}

/// Runs a row on its inputs with the given weight and bias (its own, or those that a method makes of them).
template <class LayerType, Kind LayerKind>
at::Tensor forward_row(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const LayerTensors& tensors, const Facts& facts, bool training, bool in_place) {
    if constexpr (LayerKind == Kind::Conv2d)
        return conv2d(x, weight, bias, facts);
    else if constexpr (LayerKind == Kind::Linear)
        return at::linear(x, weight, bias);
    else if constexpr (detail::is_norm(LayerKind))
        return tensors.running_mean.defined() ? batch_norm(x, weight, bias, tensors, facts, training)
                                              : x; // x: folded away
    else
        return forward_plain<LayerType, LayerKind>(x, facts, training, in_place);
}

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/layers/definitions/forward.hpp>
#endif
