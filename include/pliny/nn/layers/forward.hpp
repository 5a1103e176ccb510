// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/tensors.hpp>

#include <ATen/ATen.h>

namespace pliny {

inline at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const Facts& facts) {
    const Window& w = facts.window;
    const std::int64_t groups = facts.depthwise ? weight.size(0) : facts.groups;
    const std::array<std::int64_t, 2> stride{w.stride.height, w.stride.width},
        dilation{w.dilation.height, w.dilation.width};
    std::array<std::int64_t, 2> padding{w.before.height, w.before.width};
    if (w.before == w.after)
        return at::conv2d(x, weight, bias, stride, padding, dilation, groups);
    // An even kernel with Same: one more row or column behind than before.
    padding = {0, 0};
    return at::conv2d(
        at::constant_pad_nd(x, {w.before.width, w.after.width, w.before.height, w.after.height}), weight,
        bias, stride, padding, dilation, groups);
}

inline at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             const LayerTensors& tensors, const Facts& facts, bool training) {
    if (training)
        const_cast<at::Tensor&>(tensors.num_batches_tracked).add_(1);
    return at::batch_norm(x, weight, bias, tensors.running_mean, tensors.running_var, training,
                          facts.momentum, facts.epsilon, at::globalContext().userEnabledCuDNN());
}

/// Runs a layer without weights. `in_place` where nobody else reads x.
template <class L, Kind K>
at::Tensor forward_plain(const at::Tensor& x, const Facts& facts, bool training, bool in_place) {
    const Window& w = facts.window;
    const std::array<std::int64_t, 2> kernel{w.kernel.height, w.kernel.width},
        stride{w.stride.height, w.stride.width}, padding{w.before.height, w.before.width},
        dilation{w.dilation.height, w.dilation.width};
    if constexpr (K == Kind::ReLU)
        return in_place ? at::relu_(const_cast<at::Tensor&>(x)) : at::relu(x);
    else if constexpr (K == Kind::ReLU6)
        return at::hardtanh(x, 0, 6);
    else if constexpr (K == Kind::SiLU)
        return at::silu(x);
    else if constexpr (K == Kind::Sigmoid)
        return at::sigmoid(x);
    else if constexpr (K == Kind::Tanh)
        return at::tanh(x);
    else if constexpr (K == Kind::LeakyReLU)
        return at::leaky_relu(x, facts.scalar);
    else if constexpr (K == Kind::MaxPool2d)
        return at::max_pool2d(x, kernel, stride, padding, dilation);
    else if constexpr (K == Kind::AvgPool2d)
        return at::avg_pool2d(x, kernel, stride, padding);
    else if constexpr (K == Kind::AdaptiveAvgPool2d)
        return at::adaptive_avg_pool2d(x, {facts.out[1], facts.out[2]});
    else if constexpr (K == Kind::Flatten)
        return x.flatten(1);
    else if constexpr (K == Kind::Dropout)
        return at::dropout(x, facts.scalar, training);
    else if constexpr (K == Kind::Identity)
        return x;
    else if constexpr (K == Kind::None)
        return at::zeros_like(x);
    else
        return L::forward(x); // a layer of the user's own
}

/// Runs a row on its inputs with the given weight and bias (its own, or those that a method makes of them).
template <class L, Kind K>
at::Tensor forward_row(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const LayerTensors& tensors, const Facts& facts, bool training, bool in_place) {
    if constexpr (K == Kind::Conv2d)
        return conv2d(x, weight, bias, facts);
    else if constexpr (K == Kind::Linear)
        return at::linear(x, weight, bias);
    else if constexpr (K == Kind::BatchNorm1d || K == Kind::BatchNorm2d)
        return tensors.running_mean.defined() ? batch_norm(x, weight, bias, tensors, facts, training)
                                              : x; // x: folded away
    else
        return forward_plain<L, K>(x, facts, training, in_place);
}

} // namespace pliny
