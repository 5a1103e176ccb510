// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/layer.hpp>

namespace pliny::detail {

struct MaxPoolRuntime {
    static at::Tensor forward(const ForwardCall& call) {
        const Window& w = call.window();
        const AxisNumbers kernel(w.kernel, w.axes), stride(w.stride, w.axes), padding(w.before, w.axes),
            dilation(w.dilation, w.axes);
        return w.axes == 1   ? at::max_pool1d(call.x, kernel, stride, padding, dilation)
               : w.axes == 2 ? at::max_pool2d(call.x, kernel, stride, padding, dilation)
                             : at::max_pool3d(call.x, kernel, stride, padding, dilation);
    }
};

struct AvgPoolRuntime {
    static at::Tensor forward(const ForwardCall& call) {
        const Window& w = call.window();
        const AxisNumbers kernel(w.kernel, w.axes), stride(w.stride, w.axes), padding(w.before, w.axes);
        return w.axes == 1   ? at::avg_pool1d(call.x, kernel, stride, padding)
               : w.axes == 2 ? at::avg_pool2d(call.x, kernel, stride, padding)
                             : at::avg_pool3d(call.x, kernel, stride, padding);
    }
};

struct AdaptiveAvgPoolRuntime {
    static at::Tensor forward(const ForwardCall& call) {
        const Shape& out = call.facts().out;
        const at::IntArrayRef sizes(out.extent + 1, static_cast<std::size_t>(out.rank - 1));
        return out.rank == 2   ? at::adaptive_avg_pool1d(call.x, sizes)
               : out.rank == 3 ? at::adaptive_avg_pool2d(call.x, sizes)
                               : at::adaptive_avg_pool3d(call.x, sizes);
    }
};

} // namespace pliny::detail
