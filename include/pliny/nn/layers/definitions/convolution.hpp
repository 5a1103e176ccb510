// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/convolution.hpp>

#include <ATen/ATen.h>

#include <array>
#include <cstdint>

namespace pliny::detail {

/// The numbers of a convolution as LibTorch takes them.
struct ConvolutionNumbers {
    AxisNumbers stride, padding, dilation;
    std::int64_t groups;
    // Where padding does not say it: before and after the last axis, the one before it, ...
    std::array<std::int64_t, 2 * Size::max_axes> zeros{};
    std::size_t zero_count = 0;

    ConvolutionNumbers(const Window& w, std::int64_t group_count)
        : stride(w.stride, w.axes), padding(w.before == w.after ? w.before : Size{0}, w.axes),
          dilation(w.dilation, w.axes), groups(group_count) {
        if (w.before != w.after) // an even kernel with SamePadding: more zeros behind than before
            for (int axis = w.axes - 1; axis >= 0; --axis) {
                zeros[zero_count++] = w.before[axis];
                zeros[zero_count++] = w.after[axis];
            }
    }
    ConvolutionNumbers(const Facts& facts, const at::Tensor& weight)
        : ConvolutionNumbers(facts.window, facts.depthwise ? weight.size(0) : facts.groups) {}
    at::Tensor padded(const at::Tensor& x) const {
        return zero_count == 0 ? x : at::constant_pad_nd(x, at::IntArrayRef(zeros.data(), zero_count));
    }
    at::Tensor cut(const at::Tensor& by_padded) const {
        if (zero_count == 0 || !by_padded.defined())
            return by_padded;
        auto negative = zeros;
        for (std::int64_t& each : negative)
            each = -each;
        return at::constant_pad_nd(by_padded, at::IntArrayRef(negative.data(), zero_count));
    }
};

PLINY_INLINE at::Tensor ConvolutionRuntime::forward(const ForwardCall& call) {
    const ConvolutionNumbers c(call.facts(), call.weight);
    const at::Tensor x = c.padded(call.x);
    const int axes = call.window().axes;
    return axes == 1   ? at::conv1d(x, call.weight, call.bias, c.stride, c.padding, c.dilation, c.groups)
           : axes == 2 ? at::conv2d(x, call.weight, call.bias, c.stride, c.padding, c.dilation, c.groups)
                       : at::conv3d(x, call.weight, call.bias, c.stride, c.padding, c.dilation, c.groups);
}

PLINY_INLINE LayerGradients ConvolutionRuntime::gradients(const at::Tensor& x, const at::Tensor& weight,
                                                          const at::Tensor& g, const Facts& facts,
                                                          const WantedGradients& wanted) {
    const ConvolutionNumbers c(facts, weight);
    const AxisNumbers no_output_padding(0, facts.window.axes);
    auto gradients =
        at::convolution_backward(g, c.padded(x), weight, at::IntArrayRef{weight.size(0)}, c.stride, c.padding,
                                 c.dilation, false, no_output_padding, c.groups, wanted);
    std::get<0>(gradients) = c.cut(std::get<0>(gradients));
    return gradients;
}

} // namespace pliny::detail
