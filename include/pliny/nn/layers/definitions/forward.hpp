// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/forward.hpp>
#include <pliny/nn/layers/tensors.hpp>

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <tuple>

namespace pliny::detail {

/// The numbers of a convolution as LibTorch takes them.
struct ConvNumbers {
    std::array<std::int64_t, 2> stride, padding, dilation;
    std::int64_t groups;
    std::array<std::int64_t, 4> pad; // left, right, top, bottom; where padding does not say it

    ConvNumbers(const Facts& facts, const at::Tensor& weight)
        : stride{facts.window.stride.height, facts.window.stride.width}, padding{facts.window.before.height,
                                                                                 facts.window.before.width},
          dilation{facts.window.dilation.height, facts.window.dilation.width},
          groups(facts.depthwise ? weight.size(0) : facts.groups), pad{} {
        const Window& w = facts.window;
        if (w.before != w.after) { // an even kernel with SamePadding: more zeros behind than before
            padding = {0, 0};
            pad = {w.before.width, w.after.width, w.before.height, w.after.height};
        }
    }
    bool pads() const { return pad != std::array<std::int64_t, 4>{}; }
};

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                               const Facts& facts) {
    const detail::ConvNumbers conv(facts, weight);
    return at::conv2d(conv.pads() ? at::constant_pad_nd(x, conv.pad) : x, weight, bias, conv.stride,
                      conv.padding, conv.dilation, conv.groups);
}

PLINY_INLINE std::tuple<at::Tensor, at::Tensor, at::Tensor>
conv2d_gradients(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& g, const Facts& facts,
                 const std::array<bool, 3>& wanted) {
    const detail::ConvNumbers conv(facts, weight);
    auto gradients = at::convolution_backward(
        g, conv.pads() ? at::constant_pad_nd(x, conv.pad) : x, weight, at::IntArrayRef{weight.size(0)},
        conv.stride, conv.padding, conv.dilation, false, at::IntArrayRef{0, 0}, conv.groups, wanted);
    if (auto& by_x = std::get<0>(gradients); conv.pads() && by_x.defined()) {
        auto cut = conv.pad;
        for (std::int64_t& each : cut)
            each = -each;
        by_x = at::constant_pad_nd(by_x, cut);
    }
    return gradients;
}

PLINY_INLINE at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   const LayerTensors& tensors, const Facts& facts, bool training) {
    if (training)
        const_cast<at::Tensor&>(tensors.num_batches_tracked).add_(1);
    return at::batch_norm(x, weight, bias, tensors.running_mean, tensors.running_var, training,
                          facts.momentum, facts.epsilon, at::globalContext().userEnabledCuDNN());
}

} // namespace pliny
