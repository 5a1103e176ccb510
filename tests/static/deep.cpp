// SPDX-License-Identifier: Apache-2.0
// A thousand rows are no trouble to any compiler: side by side in one block, or repeated.
#include <pliny/core.hpp>

#include <type_traits>
#include <utility>

using namespace pliny;

namespace {

using Ten = Sequential<ReLU, ReLU, ReLU, ReLU, ReLU, ReLU, ReLU, ReLU, Conv2d<8>, BatchNorm2d>;
template <int... Index>
auto flat(std::integer_sequence<int, Index...>) -> Sequential<
    std::conditional_t<Index % 3 == 0, Conv2d<8>, std::conditional_t<Index % 3 == 1, BatchNorm2d, ReLU>>...,
    Flatten, Linear<10>>;

struct Repeated
    : Network<Image<3, 8, 8>,
              Sequential<Repeat<70, Ten>, Repeat<100, Residual<Conv2d<8>>>, Flatten, Linear<10>>> {};
struct Flat : Network<Image<3, 8, 8>, decltype(flat(std::make_integer_sequence<int, 1000>()))> {};

static_assert(plan<Repeated>.size() == 1 + 700 + 300 + 2 && plan<Flat>.size() == 1003);
static_assert(cost_of<Flat, Params> == 32 + 333 * 72 + 512 * 10 + 10);
static_assert(Pit<Flat, Cost<Params, Ops>>::bounds[0].largest == cost_of<Flat, Params>);
static_assert(Pit<Repeated, Cost<Params>>::bounds[0].largest == cost_of<Repeated, Params>);
static_assert(Mps<Flat, Cost<ParamsBit>>::bounds[0].largest == 8 * cost_of<Flat, ParamsNoBias>);

} // namespace
