// SPDX-License-Identifier: Apache-2.0
// What the phases of an experiment know of what a search finds.
#include <pliny/pliny.hpp>
#include <pliny/train/definitions/found_json.hpp>
#include <pliny/train/experiment_subject.hpp>
#include <pliny/train/recipe.hpp>

#include <type_traits>

#include <doctest/doctest.h>

using namespace pliny;

namespace {

// clang-format off
struct Tiny : Network<Image<1, 8, 8>, Sequential<
    Conv2d<4, Kernel<3>>, BatchNorm2d, ReLU,
    Flatten,
    Linear<3>>> {};
// clang-format on

using FoundNetworkBits = Mps<Tiny, Weights<0, 2, 8>, Activations<8>, PerChannel, Cost<ParamsBit, Params>,
                             Duccio<Limit<ParamsBit, Percent<50>>>>;
using FoundNetworkWidths = Pit<Tiny, Cost<Params>>;

static_assert(std::is_same_v<FoundBy<FoundNetworkBits>::type, Quantized<Tiny>>);
static_assert(std::is_same_v<FoundBy<FoundNetworkWidths>::type, Exported<Tiny>>);
static_assert(pliny::detail::counts_bits<Tiny, ParamsBit> && pliny::detail::counts_bits<Tiny, OpsBit>);
static_assert(!pliny::detail::counts_bits<Tiny, Params> && !pliny::detail::counts_bits<Tiny, Ops>);

} // namespace

TEST_CASE("found network: a network in floating point has no cost in bits") {
    const CostValues plain = pliny::detail::cost_values(Model<Tiny>(), FoundNetworkBits::costs{});
    REQUIRE(plain.size() == 1);
    CHECK(plain[0].first == "params");
    const CostValues searched =
        pliny::detail::cost_values(Model<FoundNetworkBits>(), FoundNetworkBits::costs{});
    REQUIRE(searched.size() == 2);
    CHECK(searched[0].first == "params_bit");
}

TEST_CASE("found network: bits of every layer for the report, no shares of channels in its curve") {
    at::manual_seed(0);
    Model<FoundNetworkBits> model;
    model(at::rand({2, 1, 8, 8}));
    CHECK(pliny::detail::thetas_of(model).empty());
    const SettledBits settled = model.settle();
    CHECK(pliny::detail::settled_json(pliny::detail::counts_of<FoundNetworkBits>(settled)).dump() ==
          joined("{\"lowered\":", settled.lowered, ",\"raised\":", settled.raised, "}"));
    std::tuple<> no_hooks;
    pliny::detail::FoundAdapter<Quantized<Tiny>, FoundNetworkBits::costs> found(
        no_hooks, [&] { return model.exported(); });
    nlohmann::ordered_json results;
    pliny::detail::describe_found(results, found);
    const auto& layers = results.at("bits");
    REQUIRE(layers.size() == 2);
    CHECK(layers[0]["name"] == "0");
    CHECK(layers[0]["kind"] == "Conv2d 3x3");
    CHECK(layers[0]["weights"].size() == 4);
    CHECK(layers[0]["input"] == 8);
    CHECK(layers[0]["output"] == 8);
    CHECK(layers[1]["output"] == 0);
    double bits = 0;
    for (const auto& layer : layers)
        bits += layer["bits"].get<double>();
    CHECK(bits == found.costs()[0].second);
    CHECK(found.costs()[0].first == "params_bit");
    CHECK(pliny::detail::layers_json(found.layers())[0]["of"] == 4);
}

TEST_CASE("found network: clips have a group of their own, without weight decay") {
    Recipe recipe;
    recipe.weight_decay = 0.1;
    Model<FoundNetworkBits> model;
    const AnyOptimizer optimizer =
        recipe.make_optimizer(model.weights(), model.architecture(), {model.log_clip});
    REQUIRE(optimizer.groups.size() == 3);
    CHECK(optimizer.groups[0].weight_decay == 0.1);
    CHECK(optimizer.groups[1].lr == recipe.lr_alpha);
    CHECK(optimizer.groups[2].weight_decay == 0);
}
