// SPDX-License-Identifier: Apache-2.0
// Which layers share a mask. In the comments: rows of the plan by number.
#include "networks.hpp"

using namespace pliny;
using namespace pliny::test;

// A chain: every layer that mixes channels has a group of its own; input and output are frozen.
using ChainBody = Sequential<Conv2d<8>, BatchNorm2d, ReLU, Conv2d<6>, MaxPool2d<2>, Flatten, Linear<10>>;
struct Chain : Network<Image<3, 4, 4>, ChainBody> {};
static_assert(plan<Chain>.groups.size() == 4);
static_assert(group_of<Chain>(1) == 1 && group_of<Chain>(2) == 1 && group_of<Chain>(3) == 1);
static_assert(group_of<Chain>(4) == 2 && group_of<Chain>(5) == 2 && group_of<Chain>(6) == 2);
static_assert(frozen<Chain>(0) && !frozen<Chain>(1) && !frozen<Chain>(4) && frozen<Chain>(7));
static_assert(plan<Chain>.groups[1].width == 8 && plan<Chain>.groups[1].first_row == 1);
// Flatten: each channel becomes a run of 2 x 2 features.
static_assert(plan<Chain>.channels(5)[0].repeat == 1 && plan<Chain>.channels(6)[0].repeat == 4);
static_assert(alive_channels(plan<Chain>, 6, std::span<const int>(std::array{3, 8, 5, 10})) == 20);
static_assert(full_widths<int>(plan<Chain>) == std::array{3, 8, 6, 10});

// A residual block unites body and shortcut: 1 stem, 2 and 3 body, 4 identity, 5 sum.
struct Skip
    : Network<Image<3, 4, 4>, Sequential<Conv2d<8>, Residual<Sequential<Conv2d<5>, Conv2d<8>>>, Conv2d<2>>> {
};
static_assert(group_of<Skip>(1) == group_of<Skip>(3) && group_of<Skip>(3) == group_of<Skip>(5));
static_assert(group_of<Skip>(2) != group_of<Skip>(1) && !frozen<Skip>(5) && !frozen<Skip>(2));
static_assert(plan<Skip>.groups[static_cast<std::size_t>(group_of<Skip>(5))].first_row == 1);

// A convolution as shortcut cuts the stem off: 1 stem, 2 body, 3 shortcut, 4 sum.
struct Projected : Network<Image<3, 4, 4>, Sequential<Conv2d<8>, Residual<Conv2d<6>, Conv2d<6>>, Conv2d<2>>> {
};
static_assert(group_of<Projected>(2) == group_of<Projected>(3));
static_assert(group_of<Projected>(2) == group_of<Projected>(4));
static_assert(group_of<Projected>(1) != group_of<Projected>(2) && !frozen<Projected>(1));

// A shortcut that is the input, and a sum that is the output, freeze what is added to them.
struct AroundAll : Network<Image<3, 4, 4>, Residual<Sequential<Conv2d<5>, Conv2d<3>>>> {};
static_assert(frozen<AroundAll>(2) && group_of<AroundAll>(2) == 0 && !frozen<AroundAll>(1));
struct SumOut : Network<Image<3, 4, 4>, Sequential<Conv2d<8>, Residual<Conv2d<8>>>> {};
static_assert(frozen<SumOut>(1) && frozen<SumOut>(2));

// Depthwise convolutions share the mask of their input; on the input of the network it is frozen.
struct Separable
    : Network<Image<3, 4, 4>,
              Sequential<Conv2d<8>, Conv2d<8, Kernel<3>, Padding<1>, Depthwise>, Conv2d<4>, Conv2d<2>>> {};
static_assert(group_of<Separable>(1) == group_of<Separable>(2) && !frozen<Separable>(2));
struct DepthwiseFirst : Network<Image<3, 4, 4>, Sequential<Conv2d<3, Depthwise>, Conv2d<2>>> {};
static_assert(frozen<DepthwiseFirst>(1));

// Grouped convolutions freeze both their sides.
struct Grouped : Network<Image<3, 4, 4>, Sequential<Conv2d<8>, ReLU, Conv2d<6, Groups<2>>, Conv2d<2>>> {};
static_assert(frozen<Grouped>(1) && frozen<Grouped>(3) && group_of<Grouped>(1) != group_of<Grouped>(3));

// Concatenation strings groups together: 1 stem, 2 and 3 branches, 4 concat.
struct Cat : Network<Image<3, 4, 4>, Sequential<Conv2d<8>, Concat<Conv2d<4>, Conv2d<6>>, ReLU, Conv2d<2>>> {};
static_assert(runs_are<Cat>(4, 4, 6) && runs_are<Cat>(5, 4, 6));
static_assert(plan<Cat>.channels(4)[0].group == group_of<Cat>(2));
static_assert(plan<Cat>.channels(4)[1].group == group_of<Cat>(3));
static_assert(!frozen<Cat>(2) && !frozen<Cat>(3) && plan<Cat>[4].out() == Shape{10, 4, 4});

// A concat at the output freezes all its branches; nested concats are flat.
struct CatOut : Network<Image<3, 4, 4>, Concat<Conv2d<4>, Concat<Conv2d<2>, Conv2d<6>>>> {};
static_assert(frozen<CatOut>(1) && frozen<CatOut>(2) && frozen<CatOut>(3) && runs_are<CatOut>(5, 4, 2, 6));
struct Nested : Network<Image<3, 4, 4>,
                        Sequential<Concat<Conv2d<4>, Concat<Conv2d<2>, Conv2d<6>>>, Flatten, Linear<2>>> {};
static_assert(runs_are<Nested>(5, 4, 2, 6) && runs_are<Nested>(6, 4, 2, 6) && !frozen<Nested>(3));
static_assert(plan<Nested>.channels(6)[2].repeat == 16);

// A convolution added to a concat takes its borders: 2 and 3 branches, 5 the convolution that is split.
struct Split : Network<Image<3, 4, 4>,
                       Sequential<Conv2d<8>, Add<Concat<Conv2d<4>, Conv2d<6>>, Conv2d<10>>, Conv2d<2>>> {};
static_assert(runs_are<Split>(5, 4, 6) && runs_are<Split>(6, 4, 6));
static_assert(plan<Split>.channels(5)[0].group == group_of<Split>(2));
static_assert(plan<Split>.channels(5)[1].group == group_of<Split>(3));
static_assert(plan<Split>.groups.size() == 5 && !frozen<Split>(5));

// Two concats in other order: borders at 4 and 6 of 10 make runs of 4, 2, 4.
struct Crossed
    : Network<
          Image<3, 4, 4>,
          Sequential<Conv2d<8>, Add<Concat<Conv2d<4>, Conv2d<6>>, Concat<Conv2d<6>, Conv2d<4>>>, Conv2d<2>>> {
};
static_assert(runs_are<Crossed>(2, 4) && runs_are<Crossed>(3, 2, 4) && runs_are<Crossed>(5, 4, 2));
static_assert(runs_are<Crossed>(6, 4) && runs_are<Crossed>(8, 4, 2, 4));
static_assert(plan<Crossed>.channels(3)[0].group == plan<Crossed>.channels(5)[1].group);
static_assert(plan<Crossed>.groups.size() == 6);

// A group against itself, shifted: concat(a, b) + concat(b, a) leaves one group of width 4 for both.
struct Shifted
    : Network<Image<3, 4, 4>,
              Sequential<Conv2d<8>, Concat<Identity, Conv2d<4>>, Add<Identity, Conv2d<12>>, Conv2d<2>>> {};
static_assert(runs_are<Shifted>(6, 8, 4));

// Part of a concat frozen by the input: the rest stays free.
struct CatInput : Network<Image<3, 4, 4>, Sequential<Concat<Identity, Conv2d<4>>, Conv2d<2>>> {};
static_assert(plan<CatInput>.channels(3)[0].group == 0 && !frozen<CatInput>(2) &&
              runs_are<CatInput>(3, 3, 4));

// A flattened image plus a vector have no channels in common: both frozen.
struct Mixed : Network<Image<3, 2, 2>, Sequential<Conv2d<4>, Flatten, Add<Identity, Linear<16>>, Linear<2>>> {
};
static_assert(frozen<Mixed>(1) && frozen<Mixed>(4));

// Copies of a repeated block have groups of their own.
struct Copies : Network<Image<3, 4, 4>, Sequential<Repeat<3, Conv2d<8>>, Conv2d<2>>> {};
static_assert(plan<Copies>.groups.size() == 5 && group_of<Copies>(1) != group_of<Copies>(2));
static_assert(!frozen<Copies>(3));

// ResNet8: stem and first stack share, then one group per body and one per stack.
static_assert(plan<ResNet8>.groups.size() == 8);
static_assert(plan<DsCnn>.groups.size() == 7); // input, stem, 4 pointwise, classifier
