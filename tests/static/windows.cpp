// SPDX-License-Identifier: Apache-2.0
// Windows along 1, 2 and 3 axes: sizes, outputs, areas, counts. Shapes are those of the examples of PyTorch's
// documentation (torch.nn.Conv1d, Conv3d, MaxPool1d, MaxPool3d, AvgPool1d, AvgPool3d).
#include "../support/windows.hpp"

#include <type_traits>

using namespace pliny;
using namespace pliny::testing;

// One number for all axes, or one for each.
static_assert(Size{3} == Size{3, 3} && Size{3} == Size{3, 3, 3} && Size{3, 5} != Size{5, 3});
static_assert(Size{3}[0] == 3 && Size{3}[2] == 3 && Size{3, 5}[1] == 5 && Size{3, 5, 2}[2] == 2);
static_assert(Size{3, 3, 5}[1] == 3 && Size{3, 3, 5}[2] == 5 && Size{3, 5, 5} != Size{3, 5});
static_assert(Size{3}.fits(1) && Size{3}.fits(3) && Size{3, 5}.fits(2) && !Size{3, 5}.fits(1));
static_assert(!Size{3, 5}.fits(3) && Size{3, 5, 2}.fits(3) && !Size{3, 5, 2}.fits(2) && Size{0, 1}.fits(2));
static_assert(Kernel<3>::size == Kernel<3, 3>::size && Kernel<3, 5>::size == Size{3, 5});
static_assert(Padding<0, 1>::size[0] == 0 && Padding<0, 1>::size[1] == 1);
static_assert(Stride<2>::fits(1) && Stride<2>::fits(3) && Stride<2, 2>::fits(2) && !Stride<2, 2>::fits(3));
static_assert(std::is_same_v<MaxPool2d<2>, MaxPool2d<Size{2, 2}>>);
static_assert(!std::is_same_v<MaxPool2d<Size{2, 3}>, MaxPool2d<Size{3, 2}>>);

template <class LayerType>
constexpr Facts on(const Shape& in) {
    return LayerType::facts(in);
}

// One axis.
constexpr Shape signal{16, 50};
static_assert(on<Conv1d<33, Kernel<3>, Stride<2>>>(signal).out == Shape{33, 24});
static_assert(on<Conv1d<33, Kernel<3>, Stride<2>>>(signal).window.area() == 3);
static_assert(on<Conv1d<33, Kernel<3>, Stride<2>>>(signal).weights == 33 * 16 * 3);
static_assert(on<Conv1d<33, Kernel<3>, Stride<2>>>(signal).macs() == 33 * 16 * 3 * 24);
static_assert(on<Conv1d<16, Kernel<4>, Dilation<3>, SamePadding, Depthwise>>(signal).out == signal);
static_assert(on<Conv1d<16, Kernel<4>, Dilation<3>, SamePadding>>(signal).window.before == Size{4});
static_assert(on<Conv1d<16, Kernel<4>, Dilation<3>, SamePadding>>(signal).window.after == Size{5});
static_assert(on<Conv1d<16, Kernel<4>, Depthwise>>(signal).weights == 16 * 4);
static_assert(on<Conv1d<16, Kernel<4>, Depthwise>>(signal).channels == Channels::Keep);
static_assert(on<MaxPoolAlong<1, 3, Stride<2>>>(signal).out == Shape{16, 24});
static_assert(on<AvgPoolAlong<1, 3, Stride<2>>>({1, 7}).out == Shape{1, 3});
static_assert(on<Conv1d<4, Kernel<51>>>(signal).problem.fault == Fault::ConvKernel);
static_assert(on<Conv1d<4, Kernel<51>>>(signal).problem.expected == Shape{51});
static_assert(on<Conv1d<4>>({16, 5, 5}).problem.fault == Fault::ConvNeedsImage);
static_assert(on<MaxPoolAlong<1, 51>>(signal).problem.expected == Shape{51});

// Two axes.
constexpr Shape image{16, 50, 100};
static_assert(on<Conv2d<33, Kernel<3>, Stride<2>>>(image).out == Shape{33, 24, 49});
static_assert(on<Conv2d<33, Kernel<3, 5>, Stride<2, 1>, Padding<4, 2>>>(image).out == Shape{33, 28, 100});
static_assert(on<Conv2d<33, Kernel<3, 5>, Stride<2, 1>, Padding<4, 2>, Dilation<3, 1>>>(image).out ==
              Shape{33, 26, 100});
static_assert(on<Conv2d<33, Kernel<3, 5>>>(image).window.area() == 15);
static_assert(on<Conv2d<33, Kernel<51, 1>>>(image).problem.expected == Shape{51, 1});

// Three axes.
constexpr Shape volume{16, 10, 50, 100};
static_assert(on<Conv3d<33, Kernel<3>, Stride<2>>>(volume).out == Shape{33, 4, 24, 49});
static_assert(on<Conv3d<33, Kernel<3, 5, 2>, Stride<2, 1, 1>, Padding<4, 2, 0>>>(volume).out ==
              Shape{33, 8, 50, 99});
static_assert(on<Conv3d<33, Kernel<3, 5, 2>>>(volume).window.area() == 30);
static_assert(on<Conv3d<33, Kernel<3, 5, 2>>>(volume).weights == 33 * 16 * 30);
static_assert(on<Conv3d<33, Kernel<3>, Stride<2>>>(volume).macs() == 33 * 16 * 27 * (4 * 24 * 49));
static_assert(on<Conv3d<16, Kernel<2, 3, 4>, SamePadding>>(volume).out == volume);
static_assert(on<Conv3d<16, Kernel<2, 3, 4>, SamePadding>>(volume).window.before == Size{0, 1, 1});
static_assert(on<Conv3d<16, Kernel<2, 3, 4>, SamePadding>>(volume).window.after == Size{1, 1, 2});
static_assert(on<MaxPoolAlong<3, 3, Stride<2>>>({16, 50, 44, 31}).out == Shape{16, 24, 21, 15});
static_assert(on<MaxPoolAlong<3, Size{3, 2, 2}, Stride<2, 1, 2>>>({16, 50, 44, 31}).out ==
              Shape{16, 24, 43, 15});
static_assert(on<AvgPoolAlong<3, 3, Stride<2>>>({16, 50, 44, 31}).out == Shape{16, 24, 21, 15});

// Counts of networks: weights and biases, multiply-accumulates of weights, and of biases.
struct Heard : Network<Signal<2, 40>, Sequential<Conv1d<8, Kernel<5>, Stride<2>>, ReLU, MaxPoolAlong<1, 2>,
                                                 Conv1d<8, Kernel<3>, Depthwise>, Flatten, Linear<4>>> {};
static_assert(plan<Heard>.output().in == Shape{8 * 7});
static_assert(cost_of<Heard, Params> == (2 * 5 + 1) * 8 + (3 + 1) * 8 + (56 + 1) * 4);
static_assert(cost_of<Heard, OpsNoBias> == 2 * 5 * 8 * 18 + 3 * 8 * 7 + 56 * 4);
struct Scanned : Network<Volume<2, 6, 8, 10>, Sequential<Conv3d<8, Kernel<3, 1, 3>, Padding<1, 0, 1>>, ReLU,
                                                         AvgPoolAlong<3, 2>, Flatten, Linear<4>>> {};
static_assert(plan<Scanned>.output().in == Shape{8 * 3 * 4 * 5});
static_assert(cost_of<Scanned, Params> == (2 * 9 + 1) * 8 + (480 + 1) * 4);
static_assert(cost_of<Scanned, Ops> == (2 * 9 + 1) * 8 * 480 + (480 + 1) * 4);
static_assert(Pit<Heard, Cost<Params>>::space::analysis.trainable[1]);

// Kernels lie in kernels along all axes.
template <class Part, class Base>
constexpr bool taps_at(const Shape& in, std::initializer_list<std::int64_t> begin,
                       std::initializer_list<std::int64_t> step) {
    TapGrid taps;
    if (!merges(Part::facts(in), Base::facts(in), in, taps))
        return false;
    return std::equal(begin.begin(), begin.end(), taps.begin) &&
           std::equal(step.begin(), step.end(), taps.step);
}
using Nine = Conv1d<16, Kernel<9>, SamePadding>;
static_assert(taps_at<Conv1d<16, Kernel<3>, Padding<1>>, Nine>(signal, {3}, {1}));
static_assert(taps_at<Conv1d<16, Kernel<3>, Dilation<4>, SamePadding>, Nine>(signal, {0}, {4}));
static_assert(taps_at<Identity, Nine>(signal, {4}, {1}));
static_assert(taps_at<AvgPoolAlong<1, 3, Stride<1>, Padding<1>>, Nine>(signal, {3}, {1}));
static_assert(!taps_at<Conv1d<16, Kernel<11>, SamePadding>, Nine>(signal, {}, {}));
static_assert(!taps_at<Identity, Nine>(image, {}, {}));
using Cube = Conv3d<16, Kernel<3, 5, 7>, SamePadding>;
static_assert(taps_at<Conv3d<16>, Cube>(volume, {1, 2, 3}, {1, 1, 1}));
static_assert(taps_at<Conv3d<16, Kernel<3>, Dilation<1, 2, 3>, SamePadding>, Cube>(volume, {0, 0, 0},
                                                                                   {1, 2, 3}));
static_assert(!taps_at<Conv3d<16, Kernel<5, 3, 3>, SamePadding>, Cube>(volume, {}, {}));
