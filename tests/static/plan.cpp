// SPDX-License-Identifier: Apache-2.0
// Rows, paths, inputs and lifetimes.
#include "networks.hpp"

using namespace pliny;

static_assert(plan<Cnn>.size() == 13 && plan<Vgg16>.size() == 41 && plan<test::DsCnn>.size() == 31);

// Paths are PyTorch's.
static_assert(plan<Cnn>[0].path == "input" && plan<Cnn>[1].path == "0" && plan<Cnn>[12].path == "11");
static_assert(plan<Vgg16>[1].path == "features.0" && plan<Vgg16>[31].path == "features.30");
static_assert(plan<Vgg16>[32].path == "avgpool" && plan<Vgg16>[40].path == "classifier.6");
static_assert(plan<ResNet8>[4].path == "3.0.body.0" && plan<ResNet8>[9].path == "3.0.shortcut");
static_assert(plan<ResNet8>[10].path == "3.0" && plan<ResNet8>[10].facts.kind == Kind::Add);
static_assert(plan<test::DsCnn>[4].path == "3.0.0" && plan<test::DsCnn>[10].path == "3.1.0");

struct Names : Network<Image<3, 4, 4>,
                       Named<"body", Sequential<Named<"stem", Conv2d<4>>,
                                                Add<Conv2d<4>, Named<"side", Named<"inner", Conv2d<4>>>>,
                                                Concat<Identity, Named<"wide", Repeat<2, Conv2d<4>>>>>>> {};
static_assert(plan<Names>[1].path == "body.stem" && plan<Names>[2].path == "body.1.0");
static_assert(plan<Names>[3].path == "body.1.side.inner" && plan<Names>[4].path == "body.1");
static_assert(plan<Names>[5].path == "body.2.0" && plan<Names>[7].path == "body.2.wide.1");
struct Alone : Network<Features<4>, Linear<2>> {};
static_assert(plan<Alone>[1].path.empty() && plan<Alone>.size() == 2);

static_assert(Path("a").covers("a") && Path("a").covers("a.b") && !Path("a").covers("ab"));
static_assert(!Path("a.b").covers("a") && Path("").covers("a"));
static_assert([] {
    Path path("a");
    path.append(10);
    path.append("b");
    const bool whole = path == "a.10.b" && path.size == 6;
    path.shorten(4);
    return whole && path == "a.10" && path.text[5] == 0;
}());

// Inputs, uses, last use. 1 stem, 2 and 3 body, 4 shortcut, 5 sum, 6 output.
struct Skip
    : Network<Image<3, 4, 4>, Sequential<Conv2d<8>, Residual<Sequential<Conv2d<5>, Conv2d<8>>>, Conv2d<2>>> {
};
static_assert(plan<Skip>.input(2) == 1 && plan<Skip>.input(4) == 1);
static_assert(plan<Skip>.inputs(5).size() == 2 && plan<Skip>.inputs(5)[0] == 3);
static_assert(plan<Skip>.inputs(5)[1] == 4 && plan<Skip>.inputs(0).empty());
static_assert(plan<Skip>[1].uses == 2 && plan<Skip>[1].last_use == 4 && !plan<Skip>.only_reader(1));
static_assert(plan<Skip>[3].uses == 1 && plan<Skip>[3].last_use == 5 && plan<Skip>.only_reader(3));
static_assert(plan<Skip>[6].uses == 0 && plan<Skip>[6].last_use == 0);
static_assert(plan<Skip>[5].in == Shape{8, 4, 4} && plan<Skip>[6].in == Shape{8, 4, 4});
static_assert(plan<Skip>.edges.size() == 7);

// The input read by both branches, and a block without layers.
struct Wide : Network<Image<3, 4, 4>, Add<Sequential<>, Conv2d<3>, Sequential<>>> {};
static_assert(plan<Wide>.size() == 3 && plan<Wide>[0].uses == 3 && plan<Wide>[0].last_use == 2);
static_assert(plan<Wide>.inputs(2)[0] == 0 && plan<Wide>.inputs(2)[1] == 1 && plan<Wide>.inputs(2)[2] == 0);

// A row of the list of types for each row of the plan.
static_assert(Cnn::Rows::size == 13 && std::is_same_v<ItemAt<3, Cnn::Rows>, ReLU>);
static_assert(std::is_same_v<ItemAt<0, Cnn::Rows>, InputRow> &&
              std::is_same_v<ItemAt<5, Skip::Rows>, JoinRow<SumJoin<Fault::ResidualShapes>, 2>>);

// A deep network stays cheap: 1,140 rows.
using Unit = Sequential<Residual<Sequential<Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
                                            Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d>>,
                        ReLU>;
struct Deep : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Repeat<142, Unit>, Flatten, Linear<10>>> {};
static_assert(plan<Deep>.size() == 1 + 1 + 142 * 8 + 2 && plan<Deep>.groups.size() == 3 + 142);
static_assert(cost_of<Deep, Params> == 64 + 142 * 2 * (16 * 16 * 9 + 16) + 10 * 1024 + 10);

// What is a layer, a block, a network.
struct NoSpelling {
    static constexpr Facts facts(const Shape& in) { return {.out = in}; }
};
struct OwnLayer : NoSpelling {
    static std::string spelled(std::int64_t) { return "OwnLayer"; }
};
static_assert(Layer<ReLU> && Layer<OwnLayer> && Layer<Conv2d<4>> && Layer<BatchNorm2d::With<NoAffine>>);
static_assert(!Layer<int> && !Layer<NoSpelling> && !Layer<Sequential<ReLU>> && !Layer<Cnn>);
static_assert(Block<ReLU> && Block<Sequential<>> && Block<Repeat<2, ReLU>> && Block<Named<"a", ReLU>>);
static_assert(!Block<int> && !Block<NoSpelling> && !Block<Cnn> && !Block<Kernel<3>>);
static_assert(DescribedNetwork<Cnn> && DescribedNetwork<Network<Features<2>, Linear<2>>>);
static_assert(!DescribedNetwork<Sequential<ReLU>> && !DescribedNetwork<int> && !DescribedNetwork<ReLU>);
static_assert(plan<Network<Features<3>, OwnLayer>>[1].facts.kind == Kind::Custom);
static_assert(LayerOption<Kernel<3>> && LayerOption<NoBias> && !LayerOption<ReLU> && !LayerOption<int>);
