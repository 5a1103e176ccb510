// SPDX-License-Identifier: Apache-2.0
// Params and Ops against golden/costs.json: whole networks, their layers, single layers with derivatives.
#include "core/golden.hpp"
#include "static/networks.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

using namespace pliny;
using nlohmann::json;

namespace {

/// Calls f(name in the file, cost) for each cost.
template <class F>
void for_each_cost(F f) {
    f("params", Params);
    f("params_no_bias", ParamsNoBias);
    f("ops", Ops);
    f("ops_no_bias", OpsNoBias);
}

template <class Net>
void check_network(const json& golden) {
    const auto full = full_widths<std::int64_t>(plan<Net>);
    const std::span<const std::int64_t> widths(full);
    for_each_cost([&](const char* name, const auto& cost) {
        CAPTURE(name);
        const json& expected = golden["costs"][name]["none"];
        CHECK(total_cost(cost, plan<Net>, widths) == expected["value"].get<std::int64_t>());
        // Layers by their cost: the file lists a shortcut in another place than the plan.
        std::multiset<std::int64_t> found, listed;
        for (int row = 1; row < plan<Net>.size(); ++row)
            if (plan<Net>[row].has_weights())
                found.insert(row_cost(cost, plan<Net>, row, widths));
        for (const json& value : expected["per_layer"])
            listed.insert(value.get<std::int64_t>());
        CHECK(found == listed);
    });
}

/// The facts of a layer of the file that our layers cover (2-D convolution and linear).
Facts facts_of(const json& layer) {
    Facts facts{.kind = Kind::Linear, .out = Shape{1}};
    if (layer["kind"] == "conv2d") {
        facts.kind = Kind::Conv2d;
        facts.out = Shape{1, layer["out"][0].get<int>(), layer["out"][1].get<int>()};
        facts.window.kernel = {layer["k"][0].get<int>(), layer["k"][1].get<int>()};
        facts.depthwise = layer["dw"];
        facts.groups = layer["groups"];
    }
    facts.biases = layer["bias"] ? 1 : 0;
    return facts;
}

} // namespace

TEST_CASE("costs of whole networks") {
    int networks = 0;
    for (const json& golden : test::golden_cases("costs.json")) {
        if (golden["kind"] != "network")
            continue;
        ++networks;
        CAPTURE(golden["name"].get<std::string>());
        if (golden["name"] == "vgg16_gray")
            check_network<Vgg16>(golden);
        else if (golden["name"] == "resnet8")
            check_network<ResNet8>(golden);
        else if (golden["name"] == "dscnn")
            check_network<test::DsCnn>(golden);
        else
            FAIL("no such network");
    }
    CHECK(networks == 3);
}

TEST_CASE("costs of single layers, with derivatives") {
    int layers = 0;
    for (const json& golden : test::golden_cases("costs.json")) {
        if (golden["kind"] != "layer" || !golden["costs"].contains("params"))
            continue;
        const json& layer = golden["layer"];
        if (layer["kind"] != "conv2d" && layer["kind"] != "linear")
            continue;
        ++layers;
        CAPTURE(golden["name"].get<std::string>());
        const Facts facts = facts_of(layer);
        const LayerCall<Dual> call{facts, Dual::in(layer["cin"]), Dual::out(layer["cout"])};
        for_each_cost([&](const char* name, const auto& cost) {
            CAPTURE(name);
            const Dual price = cost(call);
            if (golden.contains("corrected")) { // the reference counts a grouped convolution as a dense one
                CHECK(price.value == golden["corrected"][name].get<double>());
                return;
            }
            const json& expected = golden["costs"][name];
            const auto close = [](double value) { return doctest::Approx(value).epsilon(1e-10).scale(0); };
            CHECK(price.value == close(expected["value"]));
            const double by_in = expected["d_cin"], by_out = expected["d_cout"];
            if (facts.depthwise) { // both widths are one: the reference takes all of it by the input
                CHECK(price.by_in + price.by_out == close(by_in + by_out));
            } else {
                CHECK(price.by_in == close(by_in));
                CHECK(price.by_out == close(by_out));
            }
        });
    }
    CHECK(layers > 20);
}

TEST_CASE("the gradient of a network's cost is that of central differences") {
    using Net = ResNet8;
    const auto full = full_widths<double>(plan<Net>);
    auto widths = full;
    for (std::size_t g = 0; g < widths.size(); ++g)
        widths[g] = full[g] * (0.3 + 0.07 * static_cast<double>(g));
    for_each_cost([&](const char* name, const auto& cost) {
        CAPTURE(name);
        std::array<double, widths.size()> gradient{};
        const double value =
            cost_gradient(cost, plan<Net>, std::span<const double>(widths), std::span<double>(gradient));
        CHECK(value == doctest::Approx(total_cost(cost, plan<Net>, std::span<const double>(widths))));
        for (std::size_t g = 0; g < widths.size(); ++g) {
            CAPTURE(g);
            const auto at = [&](double step) {
                auto moved = widths;
                moved[g] += step;
                return total_cost(cost, plan<Net>, std::span<const double>(moved));
            };
            CHECK(gradient[g] == doctest::Approx((at(1e-3) - at(-1e-3)) / 2e-3).epsilon(1e-7));
        }
    });
}

TEST_CASE("cost_gradient adds to what is there") {
    const auto full = full_widths<double>(plan<Cnn>);
    std::array<double, full.size()> once{}, twice{};
    const std::span<const double> widths(full);
    cost_gradient(Params, plan<Cnn>, widths, std::span<double>(once));
    cost_gradient(Params, plan<Cnn>, widths, std::span<double>(twice));
    cost_gradient(Params, plan<Cnn>, widths, std::span<double>(twice));
    // Group 1: 32 channels with 9 + 1 weights each, read by 64 x 9 weights; group 3: 128 features.
    CHECK(once[1] == 10 + 64 * 9);
    CHECK(once[3] == 3136 + 1 + 10);
    for (std::size_t g = 0; g < once.size(); ++g)
        CHECK(twice[g] == 2 * once[g]);
}
