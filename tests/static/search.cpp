// SPDX-License-Identifier: Apache-2.0
// What PIT may prune: trainable groups, bounds and limits, sites of the masks.
#include <pliny/core.hpp>

using namespace pliny;

// clang-format off
/// 1 conv, 2 norm, 3 relu, 4 conv, 5 relu, 6 flatten, 7 linear; groups: 0 input, 1 and 2 convolutions, 3 output.
struct Small : Network<Image<3, 4, 4>, Sequential<
    Conv2d<16>, BatchNorm2d, ReLU,
    Conv2d<12>, ReLU,
    Flatten, Linear<10>>> {};
// clang-format on
template <class... Options>
using Of = Pit<Small, Cost<Params, Ops>, NoRegularizer, Options...>;
template <class Search>
inline constexpr auto& analysis = Search::space::analysis;

static_assert(analysis<Of<>>.trainable == std::array{false, true, true, false});
static_assert(analysis<Of<>>.offset == std::array{0, 0, 16, 28} && analysis<Of<>>.alphas == 28);
static_assert(analysis<Of<>>.smallest == std::array{3, 1, 1, 10});
static_assert(Of<>::bounds[0].largest == 64 + 204 + 1930 && Of<>::bounds[0].smallest == 4 + 2 + 170);
static_assert(Of<>::bounds[1].largest == 16 * 268 + 1930 && Of<>::bounds[1].smallest == 16 * 6 + 170);
static_assert(Of<>::limits.empty() && !Of<>::relaxed && Of<RelaxedCost>::relaxed);

// Multiple: groups whose width is none of it, or just one, keep it.
static_assert(analysis<Of<Multiple<8>>>.trainable == std::array{false, true, false, false});
static_assert(analysis<Of<Multiple<8>>>.smallest == std::array{3, 8, 12, 10});
static_assert(analysis<Of<Multiple<4>>>.trainable == std::array{false, true, true, false});
static_assert(analysis<Of<Multiple<6>>>.trainable == std::array{false, false, true, false});
static_assert(analysis<Of<Multiple<6>>>.alphas == 12 && analysis<Of<Multiple<6>>>.offset[2] == 0);
static_assert(Of<Multiple<4>>::bounds[0].smallest == 16 + 20 + 650);

// Exclude: the groups before and behind a layer.
static_assert(analysis<Of<Exclude<"0">>>.trainable == std::array{false, false, true, false});
static_assert(analysis<Of<Exclude<"6">>>.trainable == std::array{false, true, false, false});
static_assert(analysis<Of<Exclude<Kind::Linear>>>.trainable == std::array{false, true, false, false});
static_assert(analysis<Of<Exclude<Kind::BatchNorm2d>>>.trainable == std::array{false, false, true, false});
static_assert(analysis<Of<Exclude<"0">, Multiple<4>>>.smallest == std::array{3, 16, 4, 10});
static_assert(Exclude<"0", Kind::Linear>::all_found(plan<Small>) &&
              Exclude<"features">::all_found(plan<Vgg16>));
static_assert(!Exclude<"9">::all_found(plan<Small>) && !Exclude<"1">::all_found(plan<Small>));
static_assert(!Exclude<"0", "9">::all_found(plan<Small>) && !Exclude<"feat">::all_found(plan<Vgg16>));
static_assert(!Exclude<Kind::Tanh>::all_found(plan<Small>) && !Exclude<Kind::Input>::all_found(plan<Small>));
// With "classifier" only the features are searched: 13 convolutions but the last, which feeds it.
using Features16 = Pit<Vgg16, Cost<Params>, NoRegularizer, Exclude<"classifier">>;
static_assert(analysis<Features16>.alphas == 64 * 2 + 128 * 2 + 256 * 3 + 512 * 5);

// Limits.
using Limited = Pit<Small, Cost<Params, Ops>, Duccio<Limit<Ops, Percent<25>>, Limit<Params, 1000>>>;
static_assert(Limited::limits == std::array{0.25 * 6218, 1000.0});
static_assert(Pit<Small, Cost<Params>, Duccio<Limit<176>>>::limits[0] == 176); // the smallest possible
static_assert(Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<25>>>>::limits[0] == 105'410.5);
static_assert(Pit<Small, Cost<Params>, Strength<1e-3>>::limits.empty());
static_assert(RegularizerTraits<Duccio<Limit<Ops, 5>>>::knows_its_costs<Cost<Params, Ops>>);
static_assert(!RegularizerTraits<Duccio<Limit<Ops, 5>>>::knows_its_costs<Cost<Params>>);
static_assert(!RegularizerTraits<Duccio<Limit<5>>>::knows_its_costs<Cost<Params, Ops>>);
static_assert(!RegularizerTraits<Strength<0.5>>::knows_its_costs<Cost<Params, Ops>>);
static_assert(RegularizerTraits<Strength<0.5, Ops>>::knows_its_costs<Cost<Params, Ops>>);
static_assert(RegularizerTraits<NoRegularizer>::known && !RegularizerTraits<Limit<5>>::known);

// Sites: a norm takes the mask for nothing, a layer before it needs none.
using enum MaskSite;
static_assert(analysis<Of<>>.sites ==
              std::array{Nowhere, Nowhere, Affine, Nowhere, Weight, Nowhere, Nowhere, Nowhere});
static_assert(analysis<Of<Exclude<"0">>>.sites ==
              std::array{Nowhere, Nowhere, Nowhere, Nowhere, Weight, Nowhere, Nowhere, Nowhere});

template <class... Blocks>
struct Made : Network<Image<3, 4, 4>, Sequential<Blocks...>> {};
template <class... Blocks>
inline constexpr auto sites = PitSpace<Made<Blocks...>>::analysis.sites;
static_assert(sites<Conv2d<8>, Sigmoid, Conv2d<2>> == std::array{Nowhere, Nowhere, Output, Nowhere});
static_assert(sites<Conv2d<8>, BatchNorm2d::With<NoAffine>, Conv2d<2>> ==
              std::array{Nowhere, Nowhere, Output, Nowhere});
static_assert(sites<Conv2d<8>, BatchNorm2d, Sigmoid, Conv2d<2>> ==
              std::array{Nowhere, Nowhere, Affine, Output, Nowhere});
static_assert(sites<Conv2d<8>, Conv2d<8, Kernel<3>, Padding<1>, Depthwise>, Conv2d<2>> ==
              std::array{Nowhere, Nowhere, Weight, Nowhere});
// The stem is read by a layer that mixes and by a sum: it is masked itself, and so is the body.
static_assert(sites<Conv2d<8>, Residual<Conv2d<8>>, Conv2d<2>> ==
              std::array{Nowhere, Weight, Weight, Nowhere, Nowhere, Nowhere});
static_assert(sites<Conv2d<8>, Residual<Conv2d<8>>, BatchNorm2d, Conv2d<2>> ==
              std::array{Nowhere, Weight, Nowhere, Nowhere, Nowhere, Affine, Nowhere});
// More weights than outputs of 32 samples: the output is masked.
static_assert(sites<Flatten, Linear<64>, ReLU, Linear<2>> ==
              std::array{Nowhere, Nowhere, Output, Nowhere, Nowhere});
static_assert(sites<Conv2d<1, Stride<2>>, Flatten, Linear<64>, ReLU, Linear<2>> ==
              std::array{Nowhere, Nowhere, Nowhere, Weight, Nowhere, Nowhere});
