// SPDX-License-Identifier: Apache-2.0
// What is known of a network whose weights a method makes: its layers, its costs, the widths that it may
// have.
#include <pliny/core.hpp>

#include <string>
#include <type_traits>

using namespace pliny;

namespace {

// clang-format off
struct Mixed : Network<Image<3, 8, 8>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, Conv2d<16, Kernel<3>, Padding<1>, Groups<2>>, ReLU,
    Conv2d<16, Depthwise>, Conv2d<6>, ReLU, Flatten, Linear<10>>> {};
// clang-format on
using Sparse = NmSparse<2, 4, Mixed>;
struct Named : NmSparse<1, 4, Mixed, Exclude<Kind::Linear>> {};

static_assert(DescribedNetwork<Sparse> && TransformedNetwork<Sparse> && TransformedNetwork<Named>);
static_assert(DescribedNetwork<Mixed> && !TransformedNetwork<Mixed>);
static_assert(WeightTransform<NmPattern<2, 4>> && !WeightTransform<Mixed>);
static_assert(plan<Sparse>.size() == plan<Mixed>.size());

// 3 inputs, depthwise: dense; 4 inputs in each group, 16 inputs, 384 inputs: of every 4 weights 2.
static_assert(!plan<Sparse>[1].facts.transformed && !plan<Sparse>[6].facts.transformed);
static_assert(plan<Sparse>[4].facts.transformed && plan<Sparse>[4].facts.density == Density{2, 4});
static_assert(cost_of<Sparse, ParamsNoBias> ==
              3 * 8 * 9 + 4 * 16 * 9 / 2 + 16 + 16 * 6 / 2 + 6 * 64 * 10 / 2);
static_assert(cost_of<Sparse, Params> == cost_of<Sparse, ParamsNoBias> + 8 + 16 + 16 + 6 + 10);
static_assert(cost_of<Sparse, OpsNoBias> ==
              (3 * 8 * 9 + 4 * 16 * 9 / 2 + 16 + 16 * 6 / 2) * 64 + 6 * 64 * 10 / 2);
static_assert(cost_of<Named, ParamsNoBias> == 3 * 8 * 9 + 4 * 16 * 9 / 4 + 16 + 16 * 6 / 4 + 6 * 64 * 10);
static_assert(cost_of<Sparse, MpicLatency> == cost_of<Mixed, MpicLatency>); // computes with zeros as well

// Widths are multiples, all limits are of what is left.
struct Plain : Network<Image<3, 8, 8>, Sequential<Conv2d<8>, ReLU, Conv2d<16>, ReLU, Conv2d<4>>> {};
using Half = Pit<NmSparse<2, 4, Plain>, Cost<ParamsNoBias>, Duccio<Limit<Percent<50>>>>;
static_assert(Half::space::multiple == 4);
static_assert(Pit<NmSparse<2, 4, Plain>, Cost<Params>, Multiple<6>>::space::multiple == 12);
static_assert(Pit<Plain, Cost<Params>>::space::multiple == 1);
static_assert(Pit<NmSparse<2, 64, Plain>, Cost<Params>>::space::multiple == 1); // no layer that it is for
static_assert(Half::bounds[0].largest == 24 + 64 + 32 && Half::bounds[0].smallest == 12 + 8 + 8);
static_assert(Half::limits[0] == 60);
using Bits = Mps<NmSparse<2, 4, Plain>>;
static_assert(Bits::bounds[0].largest == (24 + 64 + 32) * 8 &&
              Bits::bounds[0].smallest == (24 + 64 + 32) * 2);
static_assert(std::is_same_v<Lowered<Mps<Pit<NmSparse<2, 4, Plain>>>>,
                             Lowered<Pit<Mps<NmSparse<2, 4, Plain>>, Cost<ParamsBit>>>>);

} // namespace
