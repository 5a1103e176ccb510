// SPDX-License-Identifier: Apache-2.0
// What pliny writes: tables, and networks as C++ types.
#include <pliny/graph/layer_text.hpp>

#include "static/networks.hpp"

#include <pliny/meta/type_name.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace pliny;

namespace {

// clang-format off
struct Net : Network<Image<3, 8, 8>, Sequential<
    Named<"stem", Conv2d<8, Kernel<3>, Padding<1>>>,
    Residual<Sequential<Conv2d<6>, ReLU, Conv2d<8>>>,
    Concat<MaxPool2d<2>, Conv2d<4, Stride<2>>>,
    Flatten, Linear<10>>> {};
// clang-format on
using TextSearch =
    Pit<Net, Cost<Params, Ops>, Duccio<Limit<Params, 2250>, Limit<Ops, Percent<90>>>, Exclude<"2.1">>;

} // namespace

TEST_CASE("describe a network") {
    CHECK(describe<Net>() ==
          R"(layer       kind                     output       weights             MACs  mask group
----------------------------------------------------------------------------------------------
input       Input                     3x8x8                                 input*
stem        Conv2d                    8x8x8           224            14336  stem
1.body.0    Conv2d                    6x8x8            54             3456  1.body.0
1.body.1    ReLU                      6x8x8                                 1.body.0
1.body.2    Conv2d                    8x8x8            56             3584  stem
1.shortcut  Identity                  8x8x8                                 stem
1           Add                       8x8x8                                 stem
2.0         MaxPool2d                 8x4x4                                 stem
2.1         Conv2d                    4x4x4            36              576  2.1
2           Concat                   12x4x4                                 stem + 2.1
3           Flatten                     192                                 stem x16 + 2.1 x16
4           Linear                       10          1930             1930  4*
total                                                2300            23882  * = frozen
)");
}

TEST_CASE("describe counts MACs as Ops does") {
    const auto ends_in = [](const std::string& text, auto macs) {
        return text.ends_with("  " + std::to_string(macs) + "  * = frozen\n");
    };
    CHECK(ends_in(describe<Net>(), cost_of<Net, Ops>));
    CHECK(ends_in(describe<Cnn>(), cost_of<Cnn, Ops>));
    CHECK(ends_in(describe<ResNet8>(), cost_of<ResNet8, Ops>));
}

TEST_CASE("describe a search") {
    const std::string text = describe<TextSearch>();
    CHECK(
        text.find("\n1.body.2    Conv2d                    8x8x8            56             3584  stem*\n") !=
        std::string::npos);
    CHECK(text.find(
              "\n1.body.0    Conv2d                    6x8x8            54             3456  1.body.0\n") !=
          std::string::npos);
    CHECK(text.ends_with("* = frozen\n"
                         "cost params: 2300 at most, 2215 at least\n"
                         "cost ops: 23882 at most, 18442 at least\n"
                         "limit params: 2250\n"
                         "limit ops: 21494\n"));
}

TEST_CASE("networks as C++") {
    CHECK(spelled_network<Cnn>() == "Network<Image<1, 28, 28>, Sequential<"
                                    "Conv2d<32, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, MaxPool2d<2>, "
                                    "Conv2d<64, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, MaxPool2d<2>, "
                                    "Flatten, Linear<128>, ReLU, Linear<10>>>");
    CHECK(spelled_network<ResNet8>() ==
          "Network<Image<3, 32, 32>, Sequential<Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, "
          "Sequential<Residual<Sequential<Conv2d<16, Kernel<3>, Stride<1>, Padding<1>>, BatchNorm2d, ReLU, "
          "Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d>, Identity>, ReLU>, "
          "Sequential<Residual<Sequential<Conv2d<32, Kernel<3>, Stride<2>, Padding<1>>, BatchNorm2d, ReLU, "
          "Conv2d<32, Kernel<3>, Padding<1>>, BatchNorm2d>, Conv2d<32, Stride<2>>>, ReLU>, "
          "Sequential<Residual<Sequential<Conv2d<64, Kernel<3>, Stride<2>, Padding<1>>, BatchNorm2d, ReLU, "
          "Conv2d<64, Kernel<3>, Padding<1>>, BatchNorm2d>, Conv2d<64, Stride<2>>>, ReLU>, "
          "AvgPool2d<8>, Flatten, Linear<10>>>");
    const std::string two =
        "Conv2d<512, Kernel<3>, Padding<1>>, ReLU, Conv2d<512, Kernel<3>, Padding<1>>, ReLU, ";
    const std::string last = "Conv2d<512, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>";
    CHECK(spelled_network<Vgg16>() ==
          "Network<Image<1, 224, 224>, Sequential<Named<\"features\", Sequential<"
          "Conv2d<64, Kernel<3>, Padding<1>>, ReLU, Conv2d<64, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>, "
          "Conv2d<128, Kernel<3>, Padding<1>>, ReLU, Conv2d<128, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>, "
          "Conv2d<256, Kernel<3>, Padding<1>>, ReLU, Conv2d<256, Kernel<3>, Padding<1>>, ReLU, "
          "Conv2d<256, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>, " +
              two + last + ", " + two + last +
              ">>, Named<\"avgpool\", AdaptiveAvgPool2d<7>>, Flatten, Named<\"classifier\", "
              "Sequential<Linear<4096>, ReLU, Dropout, Linear<4096>, ReLU, Dropout, Linear<10>>>>>");
    CHECK(spelled_network<test::DsCnn>().find("AvgPool2d<Size{25, 5}>, Flatten, Linear<12>>>") !=
          std::string::npos);
}

TEST_CASE("pruned networks as C++") {
    struct Plain
        : Network<Image<3, 8, 8>,
                  Sequential<Conv2d<8, Kernel<3>, SamePadding>, Conv2d<8, Groups<8>>,
                             Add<Conv2d<6>, Conv2d<6, NoBias>>, Concat<Identity, ReLU>, Flatten, Linear<2>>> {
    };
    CHECK(plan<Plain>.groups.size() == 4);
    CHECK(spelled_network<Plain>(std::array<std::int64_t, 4>{3, 5, 2, 2}) ==
          "Network<Image<3, 8, 8>, Sequential<Conv2d<5, Kernel<3>, SamePadding>, Conv2d<5, Groups<5>>, "
          "Add<Conv2d<2>, Conv2d<2, NoBias>>, Concat<Identity, ReLU>, Flatten, Linear<2>>>");
    struct Found
        : Network<Image<3, 8, 8>,
                  Sequential<Conv2d<5, Kernel<3>, SamePadding>, Conv2d<5, Groups<5>>,
                             Add<Conv2d<2>, Conv2d<2, NoBias>>, Concat<Identity, ReLU>, Flatten, Linear<2>>> {
    };
    const std::array<std::int64_t, 4> widths{3, 5, 2, 2};
    CHECK(cost_of<Found, Params> == total_cost(Params, plan<Plain>, std::span<const std::int64_t>(widths)));
    CHECK(row_channels<Plain>(widths) == std::vector<std::int64_t>{3, 5, 5, 2, 2, 2, 2, 2, 4, 256, 2});
    // The copies of a repeated block get widths of their own.
    struct Copies : Network<Features<3>, Sequential<Repeat<2, Sequential<Linear<4>, ReLU>>, Linear<2>>> {};
    CHECK(spelled_network<Copies>(std::array<std::int64_t, 4>{3, 1, 2, 2}) ==
          "Network<Features<3>, Sequential<Sequential<Sequential<Linear<1>, ReLU>, Sequential<Linear<2>, "
          "ReLU>>, "
          "Linear<2>>>");
}

TEST_CASE("options as C++") {
    const auto text = []<class L>(std::type_identity<L>, std::int64_t width = 4) {
        return L::spelled(width);
    };
    CHECK(text(std::type_identity<Conv2d<4>>{}) == "Conv2d<4>");
    CHECK(text(std::type_identity<Conv2d<4, NoBias, Kernel<10, 4>, Stride<2, 1>, Dilation<3>>>{}, 7) ==
          "Conv2d<7, NoBias, Kernel<10, 4>, Stride<2, 1>, Dilation<3>>");
    CHECK(text(std::type_identity<Conv2d<8, Groups<2>>>{}, 8) == "Conv2d<8, Groups<2>>");
    CHECK(text(std::type_identity<Conv2d<8, Depthwise, Padding<1, 0>>>{}, 5) ==
          "Conv2d<5, Depthwise, Padding<1, 0>>");
    CHECK(text(std::type_identity<Linear<4, NoBias>>{}, 3) == "Linear<3, NoBias>");
    CHECK(text(std::type_identity<MaxPool2d<3, Stride<2>, Padding<1>, Dilation<1>>>{}) ==
          "MaxPool2d<3, Stride<2>, Padding<1>, Dilation<1>>");
    CHECK(text(std::type_identity<AvgPool2d<Size{25, 5}>>{}) == "AvgPool2d<Size{25, 5}>");
    CHECK(text(std::type_identity<AdaptiveAvgPool2d<Size{1, 5}>>{}) == "AdaptiveAvgPool2d<Size{1, 5}>");
    CHECK(text(std::type_identity<BatchNorm2d>{}) == "BatchNorm2d");
    CHECK(text(std::type_identity<BatchNorm1d>{}) == "BatchNorm1d");
    CHECK(text(std::type_identity<BatchNorm2d::With<Epsilon<1e-3>, Momentum<0.01>, NoAffine>>{}) ==
          "BatchNorm2d::With<Epsilon<0.001>, Momentum<0.01>, NoAffine>");
    CHECK(text(std::type_identity<Dropout>{}) == "Dropout");
    CHECK(text(std::type_identity<Dropout::With<Probability<0.2>>>{}) == "Dropout::With<Probability<0.2>>");
    CHECK(text(std::type_identity<LeakyReLU::With<NegativeSlope<0.1>>>{}) ==
          "LeakyReLU::With<NegativeSlope<0.1>>");
    CHECK(text(std::type_identity<ReLU>{}) + text(std::type_identity<ReLU6>{}) +
              text(std::type_identity<SiLU>{}) + text(std::type_identity<Sigmoid>{}) +
              text(std::type_identity<Tanh>{}) + text(std::type_identity<Flatten>{}) +
              text(std::type_identity<Identity>{}) + text(std::type_identity<LeakyReLU>{}) ==
          "ReLUReLU6SiLUSigmoidTanhFlattenIdentityLeakyReLU");
}

namespace {

struct MyOpsCost {}; // of a user, who gives Cost<...> its value and no constant

struct Choosing
    : Network<Image<3, 8, 8>, Sequential<Conv2d<8>, Choice<Conv2d<8>, Identity>, Flatten, Linear<4>>> {};

} // namespace

TEST_CASE("types are spelled as users write them") {
#ifndef __clang__ // which leaves out the costs
    CHECK(spelled_type<Pit<Net, Cost<Params>, Strength<1e-6>, Multiple<2>>>().ends_with(
        "Net, Cost<Params>, Strength<1e-6>, Multiple<2>>"));
    CHECK(spelled_type<Pit<Cnn, Cost<Params, Ops>, Strength<0.5, Ops>, Exclude<"4", "9.a">>>() ==
          "Pit<Cnn, Cost<Params, Ops>, Strength<0.5, Ops>, Exclude<\"4\", \"9.a\">>");
    CHECK(spelled_type<Pit<Cnn, Cost<InParallel<Ops>>, Strength<0>, Exclude<Kind::Conv2d>>>() ==
          "Pit<Cnn, Cost<InParallel<Ops>>, Strength<0>, Exclude<Kind::Conv2d>>");
    CHECK(spelled_type<Cost<ParamsNoBias, OpsNoBias, ParamsBit, OpsBit, MpicEnergy, MyOpsCost{}>>() ==
          "Cost<ParamsNoBias, OpsNoBias, ParamsBit, OpsBit, MpicEnergy, {anonymous}::MyOpsCost>");
    CHECK(spelled_type<Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<12.5>>, Gain<4>>>>() ==
          "Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<12.5>>, Gain<4>>>");
    CHECK(spelled_type<Temperature<5, 0.1>>() == "Temperature<5, 0.1>");
    CHECK(spelled_type<Mps<Cnn, Weights<0, 8>, PerChannel, Only<"4", Weights<8>>, Strength<3e-10>,
                           Cost<MpicLatency, Ne16Latency>>>() ==
          "Mps<Cnn, Weights<0, 8>, PerChannel, Only<\"4\", Weights<8>>, Strength<3e-10>, "
          "Cost<MpicLatency, Ne16Latency>>");
    CHECK(spelled_type<SuperNet<Choosing, Entropy<0.25>, InverseVariation<1e-3, 1e-12>>>().ends_with(
        "Choosing, Entropy<0.25>, InverseVariation<0.001, 1e-12>>"));
#endif
    CHECK(spelled_type<Sequential<Named<"stem", Conv2d<8, Kernel<3>, Padding<1, 2>>>, MaxPool2d<2>>>() ==
          "Sequential<Named<\"stem\", Conv2d<8, Kernel<3>, Padding<1, 2>>>, MaxPool2d<2>>");
    CHECK(spelled_type<Sequential<BatchNorm2d::With<Epsilon<1e-5>>, Dropout::With<Probability<0.2>>,
                                  AvgPool2d<Size{25, 5}>>>() ==
          "Sequential<BatchNorm2d::With<Epsilon<1e-5>>, Dropout::With<Probability<0.2>>, AvgPool2d<Size{25, "
          "5}>>");
}

TEST_CASE("what a layer is, beside its path") {
    constexpr Shape image{8, 9, 9};
    CHECK(layer_text(Conv2d<4, Kernel<3>>::facts(image)) == "Conv2d 3x3");
    CHECK(layer_text(Conv2d<4, Kernel<10, 4>, Padding<5>>::facts(image)) == "Conv2d 10x4");
    CHECK(layer_text(Conv2d<4>::facts(image)) == "Conv2d 1x1");
    CHECK(layer_text(Conv2d<8, Kernel<5>, Depthwise>::facts(image)) == "Conv2d 5x5 depthwise");
    CHECK(layer_text(Conv2d<16, Groups<8>>::facts(image)) == "Conv2d 1x1, 8 groups");
    CHECK(layer_text(MaxPool2d<2>::facts(image)) == "MaxPool2d 2x2");
    CHECK(layer_text(AvgPool2d<Size{3, 1}>::facts(image)) == "AvgPool2d 3x1");
    CHECK(layer_text(Linear<4>::facts(Shape{7})) == "Linear");
    CHECK(layer_text(ReLU::facts(image)) == "ReLU");
    CHECK(layer_text(plan<Net>[0]) == "Input");
    CHECK(layer_text(plan<Net>[1]) == "Conv2d 3x3");
}
