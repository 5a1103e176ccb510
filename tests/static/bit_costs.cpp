// SPDX-License-Identifier: Apache-2.0
// Costs with bits as constants: networks at 8 bits (golden/costs.json), other bits by layer.
#include "networks.hpp"

using namespace pliny;
using test::DsCnn;

static_assert(LayerCost<decltype(ParamsBit)> && LayerCost<decltype(OpsBit)>);
static_assert(LayerCost<decltype(MpicLatency)> && LayerCost<decltype(MpicEnergy)>);
static_assert(LayerCost<decltype(Ne16Latency)> && LayerCost<decltype(DianaLatency)>);

constexpr bool nearly(double found, double expected) {
    const double ratio = found / expected;
    return ratio > 1 - 1e-10 && ratio < 1 + 1e-10;
}

static_assert(cost_of<Vgg16, ParamsBit> == 1'074'303'488);
static_assert(cost_of<Vgg16, OpsBit> == 986'138'017'792);
static_assert(nearly(cost_of<Vgg16, MpicLatency>, 15'421'962'250 / 2.1));
static_assert(nearly(cost_of<Vgg16, MpicEnergy>, 15'421'962'250 / 2.1 * 2.153e-11));
static_assert(cost_of<Vgg16, Ne16Latency> == 140'483'290);
static_assert(cost_of<Vgg16, DianaLatency> == 75'953'601.25);

static_assert(cost_of<ResNet8, ParamsBit> == 618'880);
static_assert(cost_of<ResNet8, OpsBit> == 800'104'448);
static_assert(nearly(cost_of<ResNet8, MpicLatency>, 12'587'658 / 2.1));
static_assert(cost_of<ResNet8, Ne16Latency> == 155'241);
static_assert(cost_of<ResNet8, DianaLatency> == 81'545.25);

static_assert(cost_of<DsCnn, ParamsBit> == 176'128);
static_assert(cost_of<DsCnn, DianaLatency> == 51'969.125);

// Bits of weights and activations multiply.
template <auto C>
constexpr auto at_bits(int weight_bits, int activation_bits) {
    const Facts facts = Conv2d<32, Kernel<3>, Padding<1>>::facts(Shape{16, 8, 8});
    return C(LayerCall<std::int64_t>{facts, 16, 32, weight_bits, activation_bits});
}
static_assert(at_bits<ParamsBit>(1, 8) == 9 * 16 * 32 && at_bits<OpsBit>(1, 1) == 64 * 9 * 16 * 32);
static_assert(at_bits<ParamsBit>(3, 2) == 3 * at_bits<ParamsBit>(1, 8));
static_assert(at_bits<OpsBit>(3, 5) == 15 * at_bits<OpsBit>(1, 1));
static_assert(at_bits<MpicLatency>(2, 2) < at_bits<MpicLatency>(2, 4));
static_assert(at_bits<Ne16Latency>(2, 8) < at_bits<Ne16Latency>(3, 8));

// What hardware takes is a constant of a layer.
constexpr const Facts& stem = plan<DsCnn>[1].facts; // 10x4
constexpr Facts depthwise = Conv2d<64, Kernel<3>, Depthwise>::facts(Shape{64, 25, 5});
static_assert(!Ne16Latency.supports(stem, 8, 8) && DianaLatency.supports(stem, 2, 8));
static_assert(Ne16Latency.supports(depthwise, 5, 8) && !DianaLatency.supports(depthwise, 2, 8));
static_assert(MpicLatency.supports(stem, 4, 2) && !MpicEnergy.supports(stem, 5, 2));

// They bound searches as other costs do.
using Search = Pit<Cnn, Cost<Ne16Latency, ParamsBit>, Duccio<Limit<Ne16Latency, Percent<50>>>>;
static_assert(Search::bounds[0].largest == cost_of<Cnn, Ne16Latency>);
static_assert(Search::bounds[0].smallest < Search::bounds[0].largest / 2);
