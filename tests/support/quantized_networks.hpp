// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small networks, each with what a search for bits makes of it, said by hand: which layers share precisions,
// which tensors are quantized, by which quantizer, and whether they can be negative.

#include <pliny/core.hpp>

#include "support/joins.hpp"
#include "support/mps_reference.hpp"

namespace pliny::testing {

struct Chain : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
                                                  MaxPool2d<2>, Conv2d<5>, ReLU, Flatten, Linear<4>>> {
    static inline const std::vector<std::vector<int>> components{{6}, {5}, {4}};
    static at::Tensor by_hand(MpsReference& r, const at::Tensor& x) {
        OnGrid y = r.conv(r.input(x), "0", 0, 0, 1);
        y = r.activation(at::max_pool2d(at::relu(y.values), 2), 0, false);
        y = r.activation(at::relu(r.conv(y, "4", 1).values), 1, false);
        y.values = y.values.flatten(1);
        return r.linear(y, "7", 2).values;
    }
};

/// A depthwise convolution has the precisions of the channels it reads; a mean has those of its own.
struct Separable
    : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>, Padding<1>, NoBias>, BatchNorm2d, ReLU,
                                         Conv2d<6, Kernel<3>, Padding<1>, Depthwise>, BatchNorm2d, ReLU,
                                         Conv2d<7, NoBias>, ReLU, AvgPool2d<3>, Flatten, Linear<4>>> {
    static inline const std::vector<std::vector<int>> components{{6}, {7}, {4}};
    static at::Tensor by_hand(MpsReference& r, const at::Tensor& x) {
        OnGrid y = r.activation(at::relu(r.conv(r.input(x), "0", 0, 0, 1).values), 0, false);
        y = r.activation(at::relu(r.conv(y, "3", 0, 0, 1, y.values.size(1)).values), 0, false);
        y = r.activation(at::relu(r.conv(y, "6", 1).values), 1, false);
        y = r.activation(at::avg_pool2d(y.values, 3), 1, false);
        y.values = y.values.flatten(1);
        return r.linear(y, "10", 2).values;
    }
};

/// What is added, signed and not, and the sum share precisions.
struct Skip
    : Network<Image<2, 6, 6>,
              Sequential<Conv2d<6, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
                         Residual<Sequential<Conv2d<5, Kernel<3>, Padding<1>>, ReLU, Conv2d<6>, BatchNorm2d>>,
                         ReLU, MaxPool2d<3>, Flatten, Linear<4>>> {
    static inline const std::vector<std::vector<int>> components{{6}, {5}, {4}};
    static at::Tensor by_hand(MpsReference& r, const at::Tensor& x) {
        const OnGrid skip = r.activation(at::relu(r.conv(r.input(x), "0", 0, 0, 1).values), 0, false);
        OnGrid y = r.activation(at::relu(r.conv(skip, "3.body.0", 1, 0, 1).values), 1, false);
        y = r.activation(r.conv(y, "3.body.2", 0).values, 0, true);
        y = r.activation(at::max_pool2d(at::relu(skip.values + y.values), 3), 0, false);
        y.values = y.values.flatten(1);
        return r.linear(y, "7", 2).values;
    }
};

/// Layers of different widths side by side, one of them signed.
struct Joined : Network<Image<2, 6, 6>, Sequential<Concat<Sequential<Conv2d<3, Kernel<3>, Padding<1>>, ReLU>,
                                                          Sequential<Conv2d<5>, BatchNorm2d>>,
                                                   Conv2d<6, Kernel<3>>, Tanh, Flatten, Linear<4>>> {
    static inline const std::vector<std::vector<int>> components{{3, 5}, {6}, {4}};
    static at::Tensor by_hand(MpsReference& r, const at::Tensor& x) {
        const OnGrid in = r.input(x);
        const OnGrid a = r.activation(at::relu(r.conv(in, "0.0.0", 0, 0, 1).values), 0, false);
        OnGrid y = r.concat(a, r.activation(r.conv(in, "0.1.0", 0, 3).values, 0, true));
        y = r.activation(at::tanh(r.conv(y, "1", 1).values), 1, true);
        y.values = y.values.flatten(1);
        return r.linear(y, "4", 2).values;
    }
};

/// A join of the user's own: what it makes of two branches is quantized with these, as a sum is.
struct GatedPaths
    : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>, Padding<1>>, ReLU,
                                         JoinedBy<GatedProduct, Conv2d<5>,
                                                  Sequential<Conv2d<5, Kernel<3>, Padding<1>>, BatchNorm2d>>,
                                         Flatten, Linear<4>>> {
    static inline const std::vector<std::vector<int>> components{{6}, {5}, {4}};
    static at::Tensor by_hand(MpsReference& r, const at::Tensor& x) {
        const OnGrid stem = r.activation(at::relu(r.conv(r.input(x), "0", 0, 0, 1).values), 0, false);
        const OnGrid a = r.activation(r.conv(stem, "2.0", 1).values, 1, true);
        const OnGrid b = r.activation(r.conv(stem, "2.1.0", 1, 0, 1).values, 1, true);
        OnGrid y = r.activation(a.values * b.values.sigmoid(), 1, true);
        y.values = y.values.flatten(1);
        return r.linear(y, "4", 2).values;
    }
};

/// Norms that are kept while training. Those of two samples have no gradient, nor have biases before a norm.
struct Normed : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>, Padding<1>, NoBias>, BatchNorm2d,
                                                   ReLU, Conv2d<5, Kernel<3>, NoBias>, BatchNorm2d, ReLU,
                                                   Flatten, Linear<6, NoBias>, BatchNorm1d, Linear<4>>> {
    static constexpr int samples = 6;
    static inline const std::vector<std::vector<int>> components{{6}, {5}, {6}, {4}};
    static at::Tensor by_hand(MpsReference& r, const at::Tensor& x) {
        OnGrid y = r.input(x);
        r.norm_behind = true;
        y = r.activation(at::relu(r.norm(r.conv(y, "0", 0, 0, 1).values, "1", 0)), 0, false);
        y = r.activation(at::relu(r.norm(r.conv(y, "3", 1).values, "4", 1)), 1, false);
        y.values = y.values.flatten(1);
        y = r.activation(r.norm(r.linear(y, "7", 2).values, "8", 2), 2, true);
        r.norm_behind = false;
        return r.linear(y, "9", 3).values;
    }
};

/// Windows of every kind: an even one with one more column behind than before, a stride, groups, holes.
struct Windows
    : Network<Image<2, 6, 5>,
              Sequential<Conv2d<4, Kernel<2>, SamePadding>, ReLU,
                         Conv2d<6, Kernel<3>, Stride<2>, Padding<1>, Groups<2>>, ReLU,
                         Conv2d<5, Kernel<3>, Padding<2>, Dilation<2>>, ReLU, Flatten, Linear<4>>> {
    static inline const std::vector<std::vector<int>> components{{4}, {6}, {5}, {4}};
    static at::Tensor by_hand(MpsReference& r, const at::Tensor& x) {
        OnGrid y = r.input(x);
        y.values = at::constant_pad_nd(y.values, {0, 1, 0, 1});
        y = r.activation(at::relu(r.conv(y, "0", 0).values), 0, false);
        y = r.activation(at::relu(r.conv(y, "2", 1, 0, 1, 2, 2).values), 1, false);
        y = r.activation(at::relu(r.conv(y, "4", 2, 0, 2, 1, 1, 2).values), 2, false);
        y.values = y.values.flatten(1);
        return r.linear(y, "7", 3).values;
    }
};

} // namespace pliny::testing
