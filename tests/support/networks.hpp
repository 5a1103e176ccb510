// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small networks that between them use every layer and every way of joining layers.

#include <pliny/core.hpp>

#include "support/joins.hpp"

namespace pliny::testing {

/// Three branches side by side, one of them a Sigmoid that makes 0.5 of a dead channel, one of them shared
/// with the layer before.
struct Branches
    : Network<Image<2, 9, 9>,
              Sequential<Conv2d<6, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
                         Concat<Sequential<Conv2d<4>, BatchNorm2d, ReLU>,
                                Sequential<Conv2d<5, Kernel<3>, SamePadding>, Sigmoid>,
                                MaxPool2d<3, Stride<1>, Padding<1>>>,
                         BatchNorm2d, Conv2d<7, Kernel<3>>, ReLU, AdaptiveAvgPool2d<2>, Flatten, Linear<3>>> {
};

/// Depthwise separable blocks, as in MLPerf Tiny's keyword spotting.
struct DepthwiseSeparable
    : Network<
          Image<1, 49, 10>,
          Sequential<Named<"stem", Sequential<Conv2d<12, Kernel<10, 4>, Stride<2>, Padding<5, 1>>,
                                              BatchNorm2d, ReLU, Dropout::With<Probability<0.2>>>>,
                     Named<"blocks", Repeat<3, Sequential<Conv2d<12, Kernel<3>, Padding<1>, Depthwise>,
                                                          BatchNorm2d, ReLU, Conv2d<12>, BatchNorm2d, ReLU>>>,
                     AvgPool2d<Size{25, 5}>, Flatten, Linear<12>>> {};

/// A sum whose branches have different borders between their groups, inside a concatenation that a depthwise
/// convolution (written with Groups) reads.
struct Nested
    : Network<Image<3, 8, 8>,
              Sequential<Conv2d<8, Kernel<3>, Padding<1>>, LeakyReLU,
                         Concat<Residual<Sequential<Concat<Conv2d<3>, Conv2d<5, Kernel<3>, Padding<1>>>,
                                                    BatchNorm2d, Tanh>,
                                         Conv2d<8, NoBias>>,
                                Residual<Sequential<Conv2d<6>, ReLU, Conv2d<8, Kernel<2>, SamePadding>>>>,
                         Conv2d<16, Kernel<3>, Stride<2>, Padding<1>, Groups<16>>, SiLU,
                         Add<Conv2d<4, Kernel<3>, Padding<1>>, Conv2d<4>, Sequential<Conv2d<4>, BatchNorm2d>>,
                         ReLU6, Flatten, Linear<5>>> {};

/// A batch norm that reads the sum of a residual block, and one behind an activation (pre-activation order).
struct NormAfterAdd
    : Network<Image<3, 8, 8>,
              Sequential<Conv2d<6, Kernel<3>, Padding<1>>,
                         Residual<Sequential<BatchNorm2d, ReLU, Conv2d<10, Kernel<3>, Padding<1>, NoBias>,
                                             ReLU, BatchNorm2d, Conv2d<6, Kernel<3>, Padding<1>>>>,
                         BatchNorm2d, ReLU, Residual<Conv2d<6, Kernel<3>, Padding<1>>>, BatchNorm2d,
                         AdaptiveAvgPool2d<1>, Flatten, Linear<4>>> {};

/// Batch norm behind pooling, without scale and shift, and over flattened channels.
struct NormAfterPool
    : Network<Image<2, 12, 12>, Sequential<Conv2d<6, Kernel<3>>, MaxPool2d<2>, BatchNorm2d::With<NoAffine>,
                                           Conv2d<5, Kernel<3>, Padding<1>, NoBias>, AvgPool2d<2>,
                                           BatchNorm2d::With<Epsilon<1e-3>, Momentum<0.3>>, Flatten,
                                           BatchNorm1d, ReLU, Linear<9, NoBias>, BatchNorm1d::With<NoAffine>,
                                           LeakyReLU::With<NegativeSlope<0.2>>, Linear<4>, Sigmoid>> {};

/// Activations that do not keep zero, biases everywhere, one tensor read twice.
struct Sigmoids
    : Network<
          Image<2, 7, 7>,
          Sequential<Conv2d<5, Kernel<3>>, Sigmoid,
                     Add<Conv2d<6>, Sequential<Conv2d<5, Kernel<3>, Padding<1>, Depthwise>, Conv2d<6>>>,
                     Sigmoid, Conv2d<4, Kernel<3>, Dilation<2>>, Flatten, Linear<8>, Sigmoid, Linear<2>>> {};

/// A grouped convolution, which freezes the channels before and behind it.
struct Grouped
    : Network<Image<3, 6, 6>, Sequential<Conv2d<8>, ReLU, Conv2d<8, Kernel<3>, Padding<1>, Groups<4>>,
                                         BatchNorm2d, ReLU, Conv2d<6>, ReLU6, Flatten, Linear<2>>> {};

/// Vectors only, without biases before the batch norm.
struct Perceptron
    : Network<Features<10>, Sequential<Linear<16, NoBias>, BatchNorm1d, ReLU, Linear<12>, Dropout, Identity,
                                       Linear<11>, Tanh, Linear<3, NoBias>>> {};

/// Channels that appear twice in one tensor, and once more at other places of a sum.
struct Echo
    : Network<Image<2, 6, 6>,
              Sequential<Conv2d<3, Kernel<3>>, Concat<Identity, Tanh>,
                         Add<Concat<Identity, Conv2d<2>>, Concat<Conv2d<2>, ReLU>>, BatchNorm2d,
                         Conv2d<8, Kernel<3>, Padding<1>, Depthwise>, Conv2d<5>, Flatten, Linear<2>>> {};

/// A layer of the user's own: x + 1.
struct PlusOne {
    static constexpr Facts facts(const Shape& in) { return {.out = in, .keeps_zero = false}; }
    static std::string spelled(std::int64_t) { return "PlusOne"; }
    template <class Tensor>
    static Tensor forward(const Tensor& x) {
        return x + 1;
    }
};

struct WithOwnLayer
    : Network<Image<1, 5, 5>,
              Sequential<Conv2d<4, Kernel<2>>, PlusOne, Conv2d<6>, ReLU, PlusOne, Flatten, Linear<3>>> {};

/// Joins of the user's own, one after the other.
struct WithOwnJoins
    : Network<Image<2, 6, 6>,
              Sequential<Conv2d<5, Kernel<3>>, ReLU,
                         JoinedBy<GatedProduct, Conv2d<6>, Sequential<Conv2d<4>, ReLU, Conv2d<6>>>,
                         JoinedBy<MeanPlusOne, Identity, Conv2d<6>, Tanh>, BatchNorm2d,
                         JoinedBy<ScaledChannels, Identity,
                                  Sequential<AdaptiveAvgPool2d<1>, Conv2d<3>, ReLU, Conv2d<6>, Sigmoid>>,
                         JoinedBy<MeanPlusOne, Conv2d<7>, Conv2d<7>>, Conv2d<4>,
                         JoinedBy<Reversed, Conv2d<3>, Conv2d<3>>, Flatten, Linear<3>>> {};

struct SmallVgg16 : Vgg16On<Image<1, 32, 32>, 10> {};

} // namespace pliny::testing
