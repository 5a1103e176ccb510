// SPDX-License-Identifier: Apache-2.0
// Pit<SuperNet<Net>>: which channels of alternatives are searched, and where their masks are applied.
#include "choice_networks.hpp"

using namespace pliny;
using test::Around;
using test::Nested;
using enum MaskSite;

template <class Search>
inline constexpr auto& analysis = Search::space::analysis;
template <class Net, class... Options>
inline constexpr auto sites = analysis<Pit<SuperNet<Net>, Cost<Params>, NoRegularizer, Options...>>.sites;

// Nested: the norm masks what all alternatives give; the stem is read by layers that mix, and so is row 4.
static_assert(sites<Nested> == std::array{Nowhere, Weight, Nowhere, Weight, Nowhere, Nowhere, Nowhere,
                                          Nowhere, Nowhere, Affine, Nowhere, Nowhere, Nowhere});
// Excluded: the layer's own channels and those before it, which all alternatives share.
static_assert(sites<Nested, Exclude<"1.0">> == std::array{Nowhere, Nowhere, Nowhere, Weight, Nowhere, Nowhere,
                                                          Nowhere, Nowhere, Nowhere, Nowhere, Nowhere,
                                                          Nowhere, Nowhere});
// The path of a choice names the layers of all its alternatives.
static_assert(PitSpace<Nested, Exclude<"1.2.2">>::analysis.alphas == 0);
static_assert(PitSpace<Around, Exclude<"1.body">>::analysis.trainable ==
              std::array{false, false, true, false});

template <class... Blocks>
struct Made : Network<Image<3, 4, 4>, Sequential<Blocks...>> {};
template <class... Blocks>
inline constexpr auto made = sites<Made<Blocks...>>;

// Without a norm behind the choice every alternative masks itself: two convolutions and their choice.
static_assert(made<Choice<Conv2d<8>, Conv2d<8, NoBias>>, Conv2d<2>> ==
              std::array{Nowhere, Weight, Weight, Nowhere, Nowhere});
static_assert(made<Choice<Conv2d<8>, Conv2d<8, NoBias>>, BatchNorm2d, Conv2d<2>> ==
              std::array{Nowhere, Nowhere, Nowhere, Nowhere, Affine, Nowhere});
// What makes something of 0 is masked behind it; what keeps 0 needs nothing.
static_assert(made<Choice<Sequential<Conv2d<8>, Sigmoid>, Sequential<Conv2d<8>, ReLU>>, Conv2d<2>> ==
              std::array{Nowhere, Nowhere, Output, Weight, Nowhere, Nowhere, Nowhere});
// Nothing, nothing but a copy, and a depthwise convolution: the stem masks itself, and the last of them, too.
static_assert(made<Conv2d<8>, Choice<Zero, Identity, Conv2d<8, Depthwise>, Sequential<>>, Conv2d<2>> ==
              std::array{Nowhere, Weight, Nowhere, Nowhere, Weight, Nowhere, Nowhere});
static_assert(made<Conv2d<8>, Choice<Zero, Identity, Sequential<>>, BatchNorm2d, Conv2d<2>> ==
              std::array{Nowhere, Nowhere, Nowhere, Nowhere, Nowhere, Affine, Nowhere});
// One alternative ends in a norm, which masks it; the convolution before it need not.
static_assert(made<Choice<Sequential<Conv2d<8>, BatchNorm2d>, Conv2d<8>>, Conv2d<2>> ==
              std::array{Nowhere, Nowhere, Affine, Weight, Nowhere, Nowhere});
// More weights than outputs of 32 samples: masked at the output, unless it becomes part of another one.
using Stem = Conv2d<64>;
using Heavy = Conv2d<64, Kernel<3>, Padding<1>>; // 36,864 against 32 x 64 x 16
static_assert(made<Stem, Choice<Sequential<ReLU, Heavy>, Heavy>, Conv2d<2>> ==
              std::array{Nowhere, Weight, Nowhere, Output, Output, Nowhere, Nowhere});
static_assert(made<Stem, Choice<Heavy, Heavy>, Conv2d<2>> ==
              std::array{Nowhere, Weight, Weight, Weight, Nowhere, Nowhere});
static_assert(made<Stem, Choice<Heavy, MaxPool2d<3, Stride<1>, Padding<1>>>, Conv2d<2>> ==
              std::array{Nowhere, Weight, Output, Nowhere, Nowhere, Nowhere});

// Around: groups of the stem (4), of the first branch (2), and both of them behind.
static_assert(analysis<Pit<SuperNet<Around>, Cost<Params>>>.trainable ==
              std::array{false, true, true, false});
static_assert(Pit<SuperNet<Around>, Cost<Params>>::space::first_choice_alpha == 4 + 2);
static_assert(Pit<SuperNet<Around>, Cost<Params>>::space::alphas == 6 + 8);
static_assert(sites<Around> == std::array{Nowhere, Weight, Weight,  Nowhere, Nowhere, Nowhere, Nowhere,
                                          Weight,  Weight, Nowhere, Nowhere, Nowhere, Weight,  Nowhere,
                                          Nowhere, Weight, Nowhere, Nowhere, Nowhere, Nowhere});

// SuperNet alone masks nothing.
static_assert(analysis<SuperNet<Around>>.alphas == 0 &&
              analysis<SuperNet<Around>>.sites == std::array<MaskSite, 20>{});
static_assert(analysis<SuperNet<Around>>.smallest == std::array{3, 4, 2, 2});
