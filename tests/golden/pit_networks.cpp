// SPDX-License-Identifier: Apache-2.0
// PIT on whole networks against the numbers that PLiNIO gives (pit_networks.json, tolerances of its guide).
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "golden/golden_tensor.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <set>

using namespace pliny;
using namespace pliny::test;
using namespace pliny::testing;
using nlohmann::json;

namespace {

struct ToyAdd2d : Network<Image<3, 15, 15>,
                          Sequential<Add<Named<"conv0", Conv2d<10, Kernel<3>, SamePadding>>,
                                         Named<"conv1", Conv2d<10, Kernel<3>, SamePadding>>>,
                                     ReLU, MaxPool2d<2>, Named<"conv2", Conv2d<20, Kernel<5>, SamePadding>>,
                                     Flatten, Named<"fc", Linear<2>>>> {};

struct SimpleNn2d
    : Network<Image<3, 40, 40>,
              Sequential<
                  Named<"conv0", Conv2d<32, Kernel<3>, SamePadding, NoBias>>, Named<"bn0", BatchNorm2d>,
                  AvgPool2d<2>, ReLU6, Named<"conv1", Conv2d<57, Kernel<5>, SamePadding, NoBias>>,
                  Named<"bn1", BatchNorm2d>, AvgPool2d<2>, ReLU6, Flatten, Dropout, Named<"fc", Linear<3>>>> {
};

template <FixedString Depth, FixedString NormA, FixedString Point, FixedString Conv, FixedString NormB>
struct DscnnBlock
    : Sequential<Named<Depth, Conv2d<64, Kernel<3>, Padding<1>, Depthwise>>, Named<Point, Conv2d<64>>,
                 Named<NormA, BatchNorm2d>, ReLU, Named<Conv, Conv2d<64>>, Named<NormB, BatchNorm2d>, ReLU> {
};

struct Dscnn : Network<Image<1, 49, 10>,
                       Sequential<Named<"inputlayer", Conv2d<64, Kernel<10, 4>, Stride<2>, Padding<5, 1>>>,
                                  Named<"bn", BatchNorm2d>, ReLU, Dropout::With<Probability<0.2>>,
                                  DscnnBlock<"depthwise1", "bn11", "pointwise1", "conv1", "bn12">,
                                  DscnnBlock<"depthwise2", "bn21", "pointwise2", "conv2", "bn22">,
                                  DscnnBlock<"depthwise3", "bn31", "pointwise3", "conv3", "bn32">,
                                  DscnnBlock<"depthwise4", "bn41", "pointwise4", "conv4", "bn42">,
                                  Dropout::With<Probability<0.4>>, AvgPool2d<Size{25, 5}>, Flatten,
                                  Named<"out", Linear<12>>>> {};

struct Chain2d
    : Network<Image<3, 6, 6>,
              Sequential<Named<"a", Conv2d<4, SamePadding>>, Named<"b", Conv2d<2, Kernel<3>, SamePadding>>,
                         Named<"c", Conv2d<2, SamePadding>>>> {};

struct InputDw
    : Network<Image<3, 28, 28>,
              Sequential<Named<"dw", Conv2d<3, Kernel<3>, SamePadding, Depthwise>>, Named<"bn0", BatchNorm2d>,
                         ReLU, Named<"pw", Conv2d<16>>, Named<"bn1", BatchNorm2d>, ReLU, AvgPool2d<28>,
                         Flatten, Named<"fc", Linear<1>>>> {};

struct InputAdd
    : Network<Image<3, 5, 5>,
              Sequential<Add<Identity, Sequential<Named<"a", Conv2d<5, Kernel<3>, SamePadding>>, ReLU,
                                                  Named<"b", Conv2d<3, Kernel<3>, SamePadding>>>>,
                         ReLU, Named<"c", Conv2d<6>>, Flatten, Named<"fc", Linear<2>>>> {};

struct Small2dBn
    : Network<Image<2, 8, 8>,
              Sequential<Named<"conv0", Conv2d<6, Kernel<3>, Padding<1>>>, Named<"bn0", BatchNorm2d>, ReLU,
                         MaxPool2d<2>,
                         Add<Sequential<Named<"dw", Conv2d<6, Kernel<3>, Padding<1>, Depthwise>>,
                                        Named<"bn1", BatchNorm2d>, ReLU, Named<"pw", Conv2d<5, NoBias>>,
                                        Named<"bn2", BatchNorm2d>>,
                             Named<"short", Conv2d<5>>>,
                         ReLU, Flatten, Named<"fc0", Linear<7>>, Named<"bn3", BatchNorm1d>, ReLU6,
                         Named<"fc1", Linear<3>>>> {};

struct Cat2dSmall
    : Network<Image<3, 6, 6>,
              Sequential<
                  Concat<Sequential<Named<"p", Conv2d<5, Kernel<3>, Padding<1>>>, Named<"bnp", BatchNorm2d>>,
                         Sequential<Named<"q", Conv2d<3, NoBias>>, Named<"bnq", BatchNorm2d>>>,
                  ReLU, Named<"dw", Conv2d<8, Kernel<3>, Padding<1>, Depthwise>>, ReLU, Named<"o", Conv2d<4>>,
                  ReLU, MaxPool2d<2>, Flatten, Named<"fc", Linear<3>>>> {};

const json& golden_case(const std::string& name) {
    static const json file = json::parse(std::ifstream(PLINY_TEST_DATA "/pit_networks.json"));
    for (const json& c : file["cases"])
        if (c["name"] == name)
            return c;
    throw std::runtime_error("no case " + name);
}

/// The name of a layer in the file: the last word of its path.
std::string name_of(const Row& row) {
    const std::string path(row.path.view());
    return path.substr(path.rfind('.') + 1);
}

/// Rows with weights, by name.
template <class Net>
std::map<std::string, int> layer_rows() {
    std::map<std::string, int> rows;
    for (int r = 1; r < plan<Net>.size(); ++r)
        if (plan<Net>[r].has_weights())
            REQUIRE(rows.emplace(name_of(plan<Net>[r]), r).second);
    return rows;
}

/// The alphas (or their gradients) of the group that a layer belongs to.
template <class Search>
at::Tensor group_part(const at::Tensor& flat, int row) {
    const auto& graph = Search::space::graph;
    REQUIRE(graph.channels(row).size() == 1);
    const auto g = static_cast<std::size_t>(graph.channels(row)[0].group);
    REQUIRE(Search::space::analysis.trainable[g]);
    return flat.narrow(0, Search::space::analysis.offset[g], graph.groups[g].width);
}

template <class Search>
void set_alpha(Model<Search>& model, const json& alpha) {
    const at::NoGradGuard no_grad;
    std::int64_t set = 0;
    for (const auto& [name, values] : alpha.items()) {
        at::Tensor part = group_part<Search>(model.alpha, layer_rows<typename Search::network>().at(name));
        part.copy_(golden_tensor(values));
        set += part.numel();
    }
    REQUIRE(set == model.alpha.numel());
}

template <class Search>
void check_gradient(const Model<Search>& model, const json& expected) {
    for (const auto& [name, values] : expected.items()) {
        CAPTURE(name);
        check_close(group_part<Search>(model.alpha.grad(), layer_rows<typename Search::network>().at(name)),
                    golden_tensor(values), 2e-5, 1e-4);
    }
}

/// The table of layers and the mask groups of a case are those of the plan.
template <class Net>
void check_plan(const json& golden) {
    const auto rows = layer_rows<Net>();
    REQUIRE(golden["layers"].size() == rows.size());
    for (const json& layer : golden["layers"]) {
        const Row& row = plan<Net>[rows.at(layer["layer"])];
        CAPTURE(name_of(row));
        CHECK(row.in.channels() == layer["cin"]);
        CHECK(row.facts.has_bias() == layer["bias"]);
        CHECK(row.facts.depthwise == layer["depthwise"]);
        const auto out = layer["out"].template get<std::vector<std::int64_t>>();
        REQUIRE(row.out().rank == static_cast<int>(out.size()));
        for (int axis = 0; axis < row.out().rank; ++axis)
            CHECK(row.out()[axis] == out[static_cast<std::size_t>(axis)]);
    }

    // Layers by the runs of channels that they make, against the groups of the file.
    std::map<std::vector<int>, std::set<std::string>> groups;
    const auto runs = [](int row) {
        std::vector<int> runs;
        for (const Segment& segment : plan<Net>.channels(row))
            runs.push_back(segment.group);
        return runs;
    };
    for (const auto& [name, row] : rows)
        groups[runs(row)].insert(name);
    REQUIRE(golden["mask_groups"].size() == groups.size());
    for (const json& group : golden["mask_groups"]) {
        const std::string name = group["group"], kind = group["kind"];
        CAPTURE(name);
        const std::vector<int> own = runs(rows.at(name));
        CHECK(groups.at(own) == group["layers"].template get<std::set<std::string>>());
        if (kind == "concat") {
            std::vector<int> parts;
            for (const std::string part : group["parts"])
                for (int run : runs(rows.at(part)))
                    parts.push_back(run);
            CHECK(own == parts);
        } else {
            REQUIRE(own.size() == 1);
            const Group& found = plan<Net>.groups[static_cast<std::size_t>(own[0])];
            CHECK(found.width == group["size"]);
            CHECK(found.frozen == (kind == "frozen"));
        }
    }
}

template <class Net>
void check_exported(const Exported<Net>& found, const json& layers) {
    const auto rows = layer_rows<Net>();
    REQUIRE(layers.size() == rows.size());
    const auto parameters = found.named_parameters();
    const auto kept = [&](int row) {
        std::vector<std::int64_t> indices;
        std::int64_t first = 0;
        for (const Segment& segment : plan<Net>.channels(row)) {
            const auto g = static_cast<std::size_t>(segment.group);
            for (std::int64_t channel : found.kept()[g])
                for (int i = 0; i < segment.repeat; ++i)
                    indices.push_back(first + channel * segment.repeat + i);
            first += plan<Net>.groups[g].width * segment.repeat;
        }
        return indices;
    };
    for (const json& layer : layers) {
        const int row = rows.at(layer["layer"]);
        const std::string path(plan<Net>[row].path.view());
        CAPTURE(path);
        CHECK(parameters[path + ".weight"].sizes() ==
              layer["weight_shape"].template get<std::vector<std::int64_t>>());
        CHECK(parameters.contains(path + ".bias") == layer["bias"]);
        CHECK(kept(row) == layer["kept_out"].template get<std::vector<std::int64_t>>());
        CHECK(kept(plan<Net>.input(row)) == layer["kept_in"].template get<std::vector<std::int64_t>>());
    }
}

template <class Search, auto Metric>
void check_cost(Model<Search>& model, const json& expected, double rtol) {
    model.zero_grad();
    const at::Tensor value = model.template cost_tensor<Metric>();
    value.backward();
    CHECK(value.template item<double>() ==
          doctest::Approx(expected["value"].template get<double>()).epsilon(rtol).scale(0));
    CHECK(model.template cost<Metric>() ==
          doctest::Approx(expected["value"].template get<double>()).epsilon(rtol).scale(0));
    check_gradient<Search>(model, expected["grad_alpha"]);
}

template <class Net>
void check_costs(const std::string& name) {
    CAPTURE(name);
    const json& golden = golden_case(name);
    check_plan<Net>(golden);
    using Discrete = Pit<Net, Cost<Params, Ops>>;
    using Continuous = Pit<Net, Cost<Params, Ops>, NoRegularizer, RelaxedCost>;
    Model<Discrete> discrete;
    Model<Continuous> continuous;
    REQUIRE(!golden["settings"].empty());
    for (const json& setting : golden["settings"]) {
        CAPTURE(setting["setting"].get<std::string>());
        set_alpha(discrete, setting["alpha"]);
        set_alpha(continuous, setting["alpha"]);
        const json& costs = setting["costs"];
        REQUIRE(costs.size() == 4);
        check_cost<Discrete, Params>(discrete, costs["params/discrete"], 1e-6);
        check_cost<Discrete, Ops>(discrete, costs["ops/discrete"], 1e-6);
        check_cost<Continuous, Params>(continuous, costs["params/continuous"], 1e-5);
        check_cost<Continuous, Ops>(continuous, costs["ops/continuous"], 1e-5);
        if (setting.contains("exported"))
            check_exported<Net>(discrete.exported(), setting["exported"]);
    }
}

template <class Net>
void check_masked_forward(const std::string& name) {
    CAPTURE(name);
    const json& golden = golden_case(name);
    check_plan<Net>(golden);
    using Search = Pit<Net, Cost<Params>>;
    Model<Search> model;
    {
        const at::NoGradGuard no_grad;
        std::size_t set = 0;
        const auto take = [&](const auto& items) {
            for (const auto& item : items) {
                std::string key = item.key(); // without the numbers of the blocks around
                while (key.find('.') != key.rfind('.'))
                    key = key.substr(key.find('.') + 1);
                if (golden["weights"].contains(key)) {
                    at::Tensor target = item.value();
                    const at::Tensor values = golden_tensor(golden["weights"][key]);
                    REQUIRE(target.sizes() == values.sizes());
                    target.copy_(values);
                    ++set;
                }
            }
        };
        take(model.named_parameters());
        take(model.named_buffers());
        REQUIRE(set == golden["weights"].size());
    }
    model.eval();
    const at::Tensor x = golden_tensor(golden["x"]);
    check_close(model(x), golden_tensor(golden["y_unmasked"]), 1e-5, 1e-5);
    REQUIRE(!golden["settings"].empty());
    for (const json& setting : golden["settings"]) {
        CAPTURE(setting["setting"].get<std::string>());
        set_alpha(model, setting["alpha"]);
        model.zero_grad();
        const at::Tensor y = model(x);
        check_close(y, golden_tensor(setting["y"]), 1e-5, 1e-5);
        y.backward(golden_tensor(setting["upstream"]));
        check_gradient<Search>(model, setting["grad_alpha"]);
        CHECK(model.template cost<Params>() == setting["params_discrete"].get<double>());
        Exported<Net> found = model.exported();
        check_exported<Net>(found, setting["exported"]);
        found.eval();
        check_close(found(x), golden_tensor(setting["y"]), 1e-5, 1e-5);
        CHECK(found.template cost<Params>() == setting["params_discrete"].get<double>());
    }
}

} // namespace

TEST_CASE("Groups, costs with gradients and exported shapes") {
    check_costs<ToyAdd2d>("toyadd2d");
    check_costs<SimpleNn2d>("simplenn2d");
    check_costs<Dscnn>("dscnn_like");
    check_costs<Chain2d>("chain2d");
    check_costs<InputDw>("inputdw");
    check_costs<InputAdd>("inputadd");
}

TEST_CASE("Masked forward, its gradient to alpha, the pruned network") {
    check_masked_forward<Small2dBn>("small2d_bn/forward");
    check_masked_forward<Cat2dSmall>("cat2d_small/forward");
}
