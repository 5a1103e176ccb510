// SPDX-License-Identifier: Apache-2.0
// Where the shares of alternatives are applied, which alternatives run as one convolution, and where masks
// are applied inside alternatives.
#include "choice_networks.hpp"

using namespace pliny;

// Kernel in kernel: the smaller one's taps are among those of the larger one.
inline constexpr Shape images{8, 16, 16};
template <class Part, class Base, Shape In = images>
inline constexpr bool fits = Mergeable<Part, Base, In>;
template <class Part, class Base, Shape In = images>
constexpr std::array<std::int64_t, 4> taps() { // begin, then step
    TapGrid taps;
    merges(Part::facts(In), Base::facts(In), In, taps);
    return {taps.begin[0], taps.begin[1], taps.step[0], taps.step[1]};
}
using One = Conv2d<8>;
using Three = Conv2d<8, Kernel<3>, Padding<1>>;
using Five = Conv2d<8, Kernel<5>, Padding<2>>;
static_assert(fits<One, Three> && fits<One, Five> && fits<Three, Five> && fits<Five, Five>);
static_assert(!fits<Three, One> && !fits<Five, Three>);
static_assert(taps<One, Three>() == std::array{1L, 1L, 1L, 1L} &&
              taps<One, Five>() == std::array{2L, 2L, 1L, 1L});
static_assert(taps<Three, Five>() == std::array{1L, 1L, 1L, 1L} &&
              taps<Five, Five>() == std::array{0L, 0L, 1L, 1L});
static_assert(fits<Conv2d<8, NoBias>, Three> && fits<One, Conv2d<8, Kernel<3>, Padding<1>, NoBias>>);
static_assert(fits<Conv2d<8, Kernel<1, 3>, Padding<0, 1>>, Three> &&
              taps<Conv2d<8, Kernel<1, 3>, Padding<0, 1>>, Three>() == std::array{1L, 0L, 1L, 1L});
static_assert(!fits<Conv2d<8, Kernel<1, 5>, Padding<0, 2>>, Three>);
static_assert(!fits<Conv2d<9>, Three> && !fits<Conv2d<8, Kernel<3>>, Three>); // another shape

// The window of the smaller one may lie off the middle, but not outside.
using Corner = Conv2d<8, Kernel<3>, Padding<2>, Stride<2>>; // 16 -> 9
static_assert(taps<Conv2d<8, Kernel<2>, Padding<1>, Stride<2>>, Corner>() == std::array{1L, 1L, 1L, 1L});
static_assert(fits<Conv2d<8, Kernel<2>, Padding<1>, Stride<2>>, Corner>);
static_assert(!fits<Conv2d<8, Stride<2>>, Corner>); // 8 of 9 pixels
static_assert(!fits<Conv2d<8, Kernel<2>, Padding<2>, Stride<2>>, Conv2d<8, Kernel<5>, Padding<1>>>);
static_assert(!fits<Conv2d<8, Kernel<3>, Padding<2>>, Conv2d<8, Kernel<5>, Padding<3>, Dilation<2>>>);
static_assert(!fits<Conv2d<8, Kernel<2>, Padding<0>, Stride<2>>, Conv2d<8, Kernel<3>, Padding<0>, Stride<2>>,
                    Shape{8, 16, 16}>); // 8 and 7 pixels
static_assert(fits<Conv2d<8, Kernel<2>, Padding<0>, Stride<2>>, Conv2d<8, Kernel<3>, Padding<0>, Stride<2>>,
                   Shape{8, 17, 17}>);
static_assert(!fits<Conv2d<8, Kernel<2>, Padding<1>, Stride<2>>, Conv2d<8, Kernel<3>, Padding<0>, Stride<2>>,
                    Shape{8, 17, 17}>); // left of the base

// Strides.
using ThreeAtTwo = Conv2d<8, Kernel<3>, Stride<2>, Padding<1>>;
static_assert(fits<Conv2d<8, Stride<2>>, ThreeAtTwo> &&
              fits<Conv2d<8, Stride<2>>, ThreeAtTwo, Shape{8, 9, 9}>);
static_assert(taps<Conv2d<8, Stride<2>>, ThreeAtTwo>() == std::array{1L, 1L, 1L, 1L});
static_assert(!fits<One, ThreeAtTwo> && !fits<Conv2d<8, Stride<2>>, Three>);
// As many pixels from other strides: 1 pixel, or 2 rows of 16.
static_assert(!fits<Conv2d<8, Stride<3>>, Conv2d<8, Kernel<3>, Stride<2>, Padding<1>>, Shape{8, 4, 4}>);
static_assert(!fits<Conv2d<8, Kernel<2>, Stride<1>>, Conv2d<8, Kernel<2>, Stride<2>>, Shape{8, 2, 2}>);

// Dilations: multiples of the base's, unless there is one tap only.
template <int Kernels, int Dilate>
using Dilated = Conv2d<8, Kernel<Kernels>, Dilation<Dilate>, Padding<Dilate*(Kernels - 1) / 2>>;
static_assert(fits<Dilated<3, 2>, Five> && taps<Dilated<3, 2>, Five>() == std::array{0L, 0L, 2L, 2L});
static_assert(fits<Dilated<3, 2>, Dilated<7, 1>> && taps<Dilated<3, 2>, Dilated<7, 1>>()[0] == 1);
static_assert(fits<Dilated<3, 3>, Dilated<7, 1>> && !fits<Dilated<3, 4>, Dilated<7, 1>>);
static_assert(fits<Dilated<3, 2>, Dilated<5, 2>> && taps<Dilated<3, 2>, Dilated<5, 2>>()[2] == 1);
static_assert(fits<Dilated<3, 4>, Dilated<5, 2>> && taps<Dilated<3, 4>, Dilated<5, 2>>()[2] == 2);
static_assert(!fits<Three, Dilated<3, 2>> && !fits<Dilated<3, 3>, Dilated<5, 2>>);
static_assert(fits<One, Dilated<3, 2>> && taps<One, Dilated<3, 2>>() == std::array{1L, 1L, 1L, 1L});
static_assert(fits<Conv2d<8, Dilation<3>>, Dilated<3, 2>>); // a single tap has no steps
static_assert(!fits<Conv2d<8, Kernel<2>, SamePadding>, Dilated<3, 2>>);
static_assert(!fits<One, Conv2d<8, Kernel<2>, Dilation<2>, Padding<1>>>); // its taps are at -1 and 1

// SamePadding: even kernels reach one pixel farther behind than before.
using Two = Conv2d<8, Kernel<2>, SamePadding>;
using Four = Conv2d<8, Kernel<4>, SamePadding>;
static_assert(fits<Two, Three> && taps<Two, Three>()[0] == 1 && fits<Two, Four> && taps<Two, Four>()[0] == 1);
static_assert(fits<Three, Four> && taps<Three, Four>()[0] == 0 && fits<Four, Five> &&
              taps<Four, Five>()[0] == 1);
static_assert(fits<One, Two> && taps<One, Two>()[0] == 0 && !fits<Four, Three>);

// Groups: as many in both. Identity and AvgPool2d are kernels on the diagonal.
template <class Grouping>
using ThreeIn = Conv2d<8, Kernel<3>, Padding<1>, Grouping>;
static_assert(fits<Conv2d<8, Groups<2>>, ThreeIn<Groups<2>>> && !fits<Conv2d<8, Groups<2>>, Three>);
static_assert(!fits<One, ThreeIn<Groups<2>>> && !fits<Conv2d<8, Groups<4>>, ThreeIn<Groups<2>>>);
static_assert(fits<Conv2d<8, Depthwise>, ThreeIn<Depthwise>> &&
              fits<Conv2d<8, Groups<8>>, ThreeIn<Depthwise>>);
static_assert(!fits<One, ThreeIn<Depthwise>> && !fits<Conv2d<8, Depthwise>, Three>);
static_assert(fits<Identity, Three> && taps<Identity, Five>() == std::array{2L, 2L, 1L, 1L});
static_assert(fits<Identity, ThreeIn<Groups<2>>> && fits<Identity, ThreeIn<Depthwise>> &&
              fits<Identity, One>);
static_assert(!fits<Identity, Conv2d<16, Kernel<3>, Padding<1>>> && !fits<Identity, ThreeAtTwo>);
static_assert(!fits<Identity, Conv2d<16, Kernel<3>, Padding<1>, Depthwise>>); // two channels of each
static_assert(!fits<Identity, Conv2d<8, Kernel<2>, Dilation<2>, Padding<1>>>);
template <int Side, class... Options>
using Mean = AvgPool2d<Side, Options...>;
static_assert(fits<Mean<3, Stride<1>, Padding<1>>, Three> && fits<Mean<3, Stride<1>, Padding<1>>, Five>);
static_assert(taps<Mean<3, Stride<1>, Padding<1>>, Five>() == std::array{1L, 1L, 1L, 1L});
static_assert(fits<Mean<2>, ThreeAtTwo> && taps<Mean<2>, ThreeAtTwo>()[0] == 1);
static_assert(fits<Mean<3, Stride<2>, Padding<1>>, ThreeAtTwo> && !fits<Mean<2>, Three>);
static_assert(!fits<Mean<3, Stride<1>, Padding<1>>, Dilated<3, 2>>); // its taps lie side by side
static_assert(!fits<Mean<2>, Conv2d<16, Kernel<3>, Stride<2>, Padding<1>>>);
// What is not linear, or not a convolution, stays by itself.
static_assert(!fits<MaxPool2d<3, Stride<1>, Padding<1>>, Three> && !fits<ReLU, Three> && !fits<Zero, Three>);
static_assert(!fits<BatchNorm2d, Three> && !fits<Dropout, Three> && !fits<Three, Identity>);
static_assert(!fits<Identity, Linear<8>, Shape{8}> && !fits<Linear<8>, Linear<8>, Shape{8}>);

// Places. All alternatives are asked for in one network: place<0> is that of the first, and so on.
template <class... Alternatives>
struct Made : Network<Image<8, 16, 16>, Sequential<Choice<Alternatives...>>> {};
template <bool Merge, class Net>
constexpr auto sites() {
    std::array<ThetaSite, alternative_count<decltype(plan<Net>)>> sites{};
    const auto places = theta_places(plan<Net>, Merge);
    for (std::size_t a = 0; a < sites.size(); ++a)
        sites[a] = places[a].site;
    return sites;
}
template <class... Alternatives>
inline constexpr auto merged = sites<true, Made<Alternatives...>>();
template <class... Alternatives>
inline constexpr auto apart = sites<false, Made<Alternatives...>>();
using enum ThetaSite;

static_assert(merged<One, Three, Five> == std::array{Merged, Merged, Merged});
static_assert(apart<One, Three, Five> == std::array{Weight, Weight, Weight});
static_assert(merged<One, Identity, Mean<3, Stride<1>, Padding<1>>, Zero> ==
              std::array{Merged, Merged, Output, Nothing});
static_assert(apart<One, Identity, Zero> == std::array{Weight, Output, Nothing});
// The base is the largest kernel, the first of equals, and one that is a whole alternative.
static_assert(theta_places(plan<Made<One, Five, Three>>, true)[0].base == 2);
static_assert(theta_places(plan<Made<One, Three, Three>>, true)[2].base == 2);
static_assert(theta_places(plan<Made<One, Three, Three>>, true)[1].row == 2); // of the base itself
static_assert(theta_places(plan<Made<Identity, Three>>, true)[0].row == 1);
static_assert(theta_places(plan<Made<Identity, Three>>, true)[0].base == 2);
static_assert(merged<Sequential<Five>, Three> == std::array{Merged, Merged});
static_assert(merged<Sequential<ReLU, Five>, Three, One> == std::array{Weight, Merged, Merged});
static_assert(merged<Sequential<ReLU, Five>, Three, ReLU> == std::array{Weight, Weight, Output}); // alone
// What does not fit into the base keeps a place of its own.
static_assert(merged<ThreeIn<Depthwise>, Five, Identity> == std::array{Weight, Merged, Merged});
static_assert(merged<Dilated<3, 4>, Five, One> == std::array{Weight, Merged, Merged});
static_assert(merged<Three, MaxPool2d<3, Stride<1>, Padding<1>>, Sequential<>> ==
              std::array{Weight, Output, Output});
// A norm at the end takes it for nothing; one without scale and shift cannot.
static_assert(merged<Sequential<Three, BatchNorm2d>, One, Identity> == std::array{Affine, Merged, Merged});
static_assert(merged<BatchNorm2d, BatchNorm2d::With<NoAffine>> == std::array{Affine, Output});
static_assert(merged<Sequential<Three, ReLU>, Sequential<Three, ReLU, One>> == std::array{Output, Weight});
// Zeros: nothing, but one of them where there is nothing else.
static_assert(merged<Zero, Zero> == std::array{Output, Nothing} && merged<Zero> == std::array{Output});
static_assert(merged<Zero, Sequential<>> == std::array{Nothing, Output});
static_assert(merged<Sequential<Three, Zero>, One> == std::array{Nothing, Weight});
// An empty one has no layer; blocks that join have no weight.
static_assert(theta_places(plan<Made<One, Sequential<>>>, true)[1].row == -1);
static_assert(merged<Residual<One>, Concat<Conv2d<4>, Conv2d<4>>> == std::array{Output, Output});
static_assert(merged<Choice<One, Three>, One> == std::array{Merged, Merged, Output, Weight}); // inner, outer
// More weights than outputs of 32 samples.
struct Heavy : Network<Features<64>, Choice<Linear<64>, Sequential<Linear<16>, Linear<64>>>> {};
static_assert(sites<true, Heavy>() == std::array{Output, Weight}); // 64 x 64 and 16 x 64 against 32 x 64
// Each choice by itself.
static_assert(sites<true, test::Nested>() == std::array{Merged, Merged, Weight, Output, Output});
static_assert(sites<true, test::Around>() ==
              std::array{Weight, Nothing, Merged, Merged, Merged, Merged, Merged, Merged});
static_assert(theta_places(plan<test::Around>, true)[6].base == 15 &&
              theta_places(plan<test::Around>, true)[4].base == 12);
