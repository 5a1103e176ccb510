// SPDX-License-Identifier: Apache-2.0
// Output shapes and numbers of weights, layer by layer.
#include <pliny/core.hpp>

using namespace pliny;

template <class L>
constexpr Facts on(Shape in) {
    return L::facts(in);
}

// Convolution: out = floor((n + padding - dilation (kernel - 1) - 1) / stride) + 1.
static_assert(on<Conv2d<4>>({3, 8, 8}).out == Shape{4, 8, 8});
static_assert(on<Conv2d<4, Kernel<3>>>({3, 8, 8}).out == Shape{4, 6, 6});
static_assert(on<Conv2d<4, Kernel<3>, Padding<1>>>({3, 8, 8}).out == Shape{4, 8, 8});
static_assert(on<Conv2d<4, Kernel<3>, Stride<2>, Padding<1>>>({3, 8, 8}).out == Shape{4, 4, 4});
static_assert(on<Conv2d<4, Kernel<3>, Stride<2>, Padding<1>>>({3, 9, 8}).out == Shape{4, 5, 4});
static_assert(on<Conv2d<4, Kernel<3>, Dilation<2>>>({3, 8, 8}).out == Shape{4, 4, 4});
static_assert(on<Conv2d<4, Kernel<3>, Dilation<2, 3>, Stride<1, 2>>>({3, 8, 9}).out == Shape{4, 4, 2});
static_assert(on<Conv2d<4, Kernel<10, 4>, Stride<2>, Padding<5, 1>>>({1, 49, 10}).out == Shape{4, 25, 5});
static_assert(on<Conv2d<4, Kernel<8>>>({3, 8, 8}).out == Shape{4, 1, 1});

// SamePadding: the zeros missing to an even number stand behind.
static_assert(on<Conv2d<4, Kernel<3>, SamePadding>>({3, 8, 8}).out == Shape{4, 8, 8});
static_assert(on<Conv2d<4, Kernel<4, 5>, SamePadding>>({3, 8, 8}).out == Shape{4, 8, 8});
static_assert(on<Conv2d<4, Kernel<4>, SamePadding>>({3, 8, 8}).window.before == Size{1});
static_assert(on<Conv2d<4, Kernel<4>, SamePadding>>({3, 8, 8}).window.after == Size{2});
static_assert(on<Conv2d<4, Kernel<4>, Dilation<3>, SamePadding>>({3, 8, 8}).out == Shape{4, 8, 8});
static_assert(on<Conv2d<4, Kernel<4>, Dilation<3>, SamePadding>>({3, 8, 8}).window.before == Size{4});
static_assert(on<Conv2d<4, Kernel<4>, Dilation<3>, SamePadding>>({3, 8, 8}).window.after == Size{5});
static_assert(on<Conv2d<4, Kernel<2>, Padding<1>>>({3, 8, 8}).window.after == Size{1});

// Weights, biases, groups; options in any order.
static_assert(on<Conv2d<4, Kernel<3, 5>>>({3, 8, 8}).weights == 4 * 3 * 15);
static_assert(on<Conv2d<4, Kernel<3>>>({3, 8, 8}).biases == 4);
static_assert(on<Conv2d<4, NoBias, Kernel<3>>>({3, 8, 8}).biases == 0);
static_assert(on<Conv2d<4, Kernel<3>>>({3, 8, 8}).macs() == 4 * 3 * 9 * 36);
static_assert(on<Conv2d<32, Kernel<3>, Groups<4>>>({32, 8, 8}).weights == 32 * 8 * 9);
static_assert(on<Conv2d<32, Kernel<3>, Groups<4>>>({32, 8, 8}).channels == Channels::Fixed);
static_assert(on<Conv2d<32, Kernel<3>, Groups<32>>>({32, 8, 8}).depthwise);
static_assert(on<Conv2d<32, Kernel<3>, Depthwise>>({32, 8, 8}).weights == 32 * 9);
static_assert(on<Conv2d<32, Kernel<3>, Depthwise>>({32, 8, 8}).channels == Channels::Keep);
static_assert(on<Conv2d<64, Kernel<3>, Depthwise>>({32, 8, 8}).weights == 64 * 9);
static_assert(on<Conv2d<64, Kernel<3>, Depthwise>>({32, 8, 8}).channels == Channels::Fixed);
static_assert(!on<Conv2d<64, Kernel<3>, Depthwise>>({32, 8, 8}).depthwise);
static_assert(on<Conv2d<4>>({3, 8, 8}).channels == Channels::Mix);
static_assert(on<Conv2d<4, NoBias>>({3, 8, 8}).keeps_zero && !on<Conv2d<4>>({3, 8, 8}).keeps_zero);

static_assert(on<Linear<10>>({128}).out == Shape{10});
static_assert(on<Linear<10>>({128}).weights == 1280 && on<Linear<10>>({128}).biases == 10);
static_assert(on<Linear<10, NoBias>>({128}).biases == 0);
static_assert(on<Linear<10>>({128}).macs() == 1280);

// Pooling: stride = kernel unless given.
static_assert(on<MaxPool2d<2>>({4, 8, 9}).out == Shape{4, 4, 4});
static_assert(on<MaxPool2d<3, Stride<2>, Padding<1>>>({4, 8, 8}).out == Shape{4, 4, 4});
static_assert(on<MaxPool2d<3, Dilation<2>>>({4, 8, 8}).out == Shape{4, 2, 2});
static_assert(on<AvgPool2d<Size{25, 5}>>({64, 25, 5}).out == Shape{64, 1, 1});
static_assert(on<AvgPool2d<3, Stride<1>>>({4, 8, 8}).out == Shape{4, 6, 6});
static_assert(on<AvgPool2d<2>>({4, 8, 8}).weights == 0);
static_assert(on<AdaptiveAvgPool2d<7>>({4, 3, 11}).out == Shape{4, 7, 7});
static_assert(on<AdaptiveAvgPool2d<Size{1, 5}>>({4, 8, 8}).out == Shape{4, 1, 5});

static_assert(on<BatchNorm2d>({4, 8, 8}).norm == 8 && on<BatchNorm2d>({4, 8, 8}).weights == 0);
static_assert(on<BatchNorm2d>({4, 8, 8}).epsilon == 1e-5 && on<BatchNorm2d>({4, 8, 8}).momentum == 0.1);
static_assert(on<BatchNorm2d::With<Momentum<0.01>, Epsilon<1e-3>>>({4, 8, 8}).epsilon == 1e-3);
static_assert(on<BatchNorm2d::With<Momentum<0.01>, Epsilon<1e-3>>>({4, 8, 8}).momentum == 0.01);
static_assert(on<BatchNorm2d::With<NoAffine>>({4, 8, 8}).norm == 0);
static_assert(on<BatchNorm1d>({4}).kind == Kind::BatchNorm1d && on<BatchNorm1d>({4}).norm == 8);
static_assert(!on<BatchNorm1d>({4}).keeps_zero);

static_assert(on<Flatten>({4, 3, 2}).out == Shape{24} && on<Flatten>({4}).out == Shape{4});
static_assert(on<Dropout>({4}).scalar == 0.5 && on<Dropout::With<Probability<0.2>>>({4}).scalar == 0.2);
static_assert(on<LeakyReLU>({4}).scalar == 0.01);
static_assert(on<LeakyReLU::With<NegativeSlope<0.1>>>({4}).scalar == 0.1);
static_assert(on<ReLU>({4, 8, 8}).keeps_zero && on<ReLU6>({4}).keeps_zero && on<SiLU>({4}).keeps_zero);
static_assert(on<Tanh>({4}).keeps_zero && on<Identity>({4}).keeps_zero && !on<Sigmoid>({4}).keeps_zero);
static_assert(on<ReLU>({4, 8, 8}).out == Shape{4, 8, 8});

// What cannot be: the fault and the two shapes.
static_assert(on<Conv2d<4, Kernel<9>>>({3, 8, 8}).problem.fault == Fault::ConvKernel);
static_assert(on<Conv2d<4, Kernel<9>>>({3, 8, 8}).problem.expected == Shape{9, 9});
static_assert(on<Conv2d<4, Kernel<5>, Dilation<2>>>({3, 8, 8}).problem.fault == Fault::ConvKernel);
static_assert(on<Conv2d<4>>({3}).problem.fault == Fault::ConvNeedsImage);
static_assert(on<Conv2d<4, Groups<2>>>({3, 8, 8}).problem.fault == Fault::ConvGroups);
static_assert(on<Conv2d<4, Depthwise>>({3, 8, 8}).problem.fault == Fault::ConvGroups);
static_assert(on<Linear<4>>({3, 8, 8}).problem.fault == Fault::LinearNeedsFeatures);
static_assert(on<BatchNorm1d>({3, 8, 8}).problem.fault == Fault::NormNeedsFeatures);
static_assert(on<BatchNorm2d>({3}).problem.fault == Fault::NormNeedsImage);
static_assert(on<MaxPool2d<9>>({3, 8, 8}).problem.fault == Fault::PoolKernel);
static_assert(on<AvgPool2d<2>>({3}).problem.fault == Fault::PoolNeedsImage);
static_assert(on<AdaptiveAvgPool2d<2>>({3}).problem.fault == Fault::PoolNeedsImage);
static_assert(!on<Conv2d<4, Kernel<3>>>({3, 8, 8}).problem);

static_assert(Shape{3, 8, 9}.elements() == 216 && Shape{3, 8, 9}.positions() == 72);
static_assert(Shape{5}.positions() == 1 && Shape{}.elements() == 0);
static_assert(Shape{3, 8, 9}.same_positions(Shape{4, 8, 9}) &&
              !Shape{3, 8, 9}.same_positions(Shape{3, 9, 8}));
static_assert(Shape{3, 1}.same_positions(Shape{4, 1}) && !Shape{3}.same_positions(Shape{3, 1}));
