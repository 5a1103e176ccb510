// SPDX-License-Identifier: Apache-2.0
// Costs with bits against golden/costs.json: networks and single layers, with PLiNIO's slopes.
#include "core/golden.hpp"
#include "support/bit_costs.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <string>

using namespace pliny;
using namespace pliny::testing;
using nlohmann::json;

namespace {

/// Calls f(name in the file, cost) for each cost; those of blocks with PLiNIO's slope.
template <class F>
void for_each_reference(F f) {
    f("params_bit", ParamsBit);
    f("ops_bit", OpsBit);
    f("mpic_latency", MpicLatency);
    f("mpic_energy", MpicEnergy);
    f("ne16_latency", Ne16Model<BlockSlope::PerBlock>{});
    f("diana_latency", DianaModel<BlockSlope::PerBlock>{});
}

template <class C>
bool supports(const C& cost, const Facts& facts, int weight_bits, int activation_bits) {
    if constexpr (requires { cost.supports(facts, weight_bits, activation_bits); })
        return cost.supports(facts, weight_bits, activation_bits);
    else
        return true;
}

/// `w4a8`
Bits bits_of(const std::string& text) {
    Bits bits;
    REQUIRE(std::sscanf(text.c_str(), "w%da%d", &bits.weight, &bits.activation) == 2);
    return bits;
}

/// The facts of a layer of the file that our layers cover (2-D convolution and linear).
Facts facts_of(const json& layer) {
    Facts facts = linear();
    if (layer["kind"] == "conv2d")
        facts = conv({layer["k"][0].get<int>(), layer["k"][1].get<int>()},
                     {layer["out"][0].get<int>(), layer["out"][1].get<int>()}, layer["groups"], layer["dw"]);
    facts.biases = layer["bias"] ? 1 : 0;
    return facts;
}

/// A list of layers against {"value", "per_layer"} or {"value": null, "error"}.
template <class C>
void check_layers(const C& cost, const json& layers, Bits bits, const json& expected) {
    double sum = 0;
    bool supported = true;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const json& layer = layers[i];
        CAPTURE(layer["name"].get<std::string>());
        const Facts facts = facts_of(layer);
        const double found = price(cost, facts, layer["cin"], layer["cout"], bits);
        supported = supported && supports(cost, facts, bits.weight, bits.activation);
        sum += found;
        CHECK(found == static_cast<double>(cost(LayerCall<std::int64_t>{facts, layer["cin"], layer["cout"],
                                                                        bits.weight, bits.activation})));
        if (expected.contains("per_layer"))
            CHECK(found == nearly(expected["per_layer"][i]));
    }
    CHECK(supported == !expected["value"].is_null());
    if (supported)
        CHECK(sum == nearly(expected["value"]));
}

} // namespace

TEST_CASE("costs with bits: whole networks") {
    int compared = 0;
    for (const json& golden : test::golden_cases("costs.json")) {
        if (golden["kind"] != "network")
            continue;
        CAPTURE(golden["name"].get<std::string>());
        json without_bias = golden["layers"];
        for (json& layer : without_bias)
            layer["bias"] = layer["kind"] == "linear";
        for_each_reference([&](const std::string& name, const auto& cost) {
            CAPTURE(name);
            const auto check = [&](const json& layers, const json& by_bits) {
                for (const auto& entry : by_bits.items())
                    if (entry.key() != "unit") {
                        CAPTURE(entry.key());
                        check_layers(cost, layers, bits_of(entry.key()), entry.value());
                        ++compared;
                    }
            };
            check(golden["layers"], golden["costs"][name]);
            if (golden["costs_conv_without_bias"].contains(name))
                check(without_bias, golden["costs_conv_without_bias"][name]);
            else // biases are not counted
                check(without_bias, golden["costs"][name]);
        });
    }
    CHECK(compared == 3 * 6 * 4 * 2);
}

TEST_CASE("costs with bits: DS-CNN without its stem, and at two precisions") {
    for (const json& golden : test::golden_cases("costs.json")) {
        if (golden["name"] != "dscnn")
            continue;
        json layers = golden["layers"];
        double mixed = 0;
        for (const json& layer : layers)
            mixed +=
                price(DianaLatency, facts_of(layer), layer["cin"], layer["cout"], {layer["dw"] ? 8 : 2, 8});
        CHECK(mixed == nearly(golden["extra"]["diana_latency_dscnn_dw_on_digital"]["value"]));
        layers.erase(0);
        for (const char* bits : {"w8a8", "w4a8", "w2a8"})
            check_layers(Ne16Latency, layers, bits_of(bits),
                         golden["extra"]["ne16_latency_dscnn_without_stem"][bits]);
    }
}

TEST_CASE("costs with bits: single layers, with PLiNIO's slopes") {
    int compared = 0, refused = 0;
    for (const json& golden : test::golden_cases("costs.json")) {
        if (golden["kind"] != "layer")
            continue;
        const json& layer = golden["layer"];
        if (layer["kind"] != "conv2d" && layer["kind"] != "linear")
            continue;
        CAPTURE(golden["name"].get<std::string>());
        const Facts facts = facts_of(layer);
        const double in = layer["cin"], channels = layer["cout"], theta = golden["theta"];
        for_each_reference([&](const std::string& name, const auto& cost) {
            for (const char* text : {"w8a8", "w4a8", "w2a8", "w4a4", "w2a2"}) {
                if (!golden["costs"].contains(name + "/" + text))
                    continue;
                CAPTURE(name);
                CAPTURE(text);
                const json& expected = golden["costs"][name + "/" + text];
                const Bits bits = bits_of(text);
                CHECK(supports(cost, facts, bits.weight, bits.activation) == !expected["value"].is_null());
                if (expected["value"].is_null()) {
                    ++refused;
                    continue;
                }
                ++compared;
                const bool ne16 = name == "ne16_latency", diana = name == "diana_latency";
                const double share =
                    ne16 ? theta : 1; // the reference takes the output channels of NE16 by it
                const Dual found = slopes(cost, facts, in, share * channels, bits);
                CHECK(found.value == price(cost, facts, in, share * channels, bits));

                const auto near = [&](double value) {
                    return nearly(value, name == "mpic_energy" ? 1e-6 : 1e-10);
                };
                const double value = expected["value"], by_in = expected["d_cin"],
                             by_out = expected["d_cout"];
                if (diana &&
                    facts.depthwise) { // the reference breaks down when it is pruned, and counts twice
                    const double each =
                        std::ceil(layer["out"][0].get<double>() / 16) * layer["out"][1].get<double>() * 9 +
                        static_cast<double>(facts.out.positions()) * 2 / 8;
                    CHECK(found.value == near(channels * each));
                    if (channels == std::floor(channels))
                        CHECK(found.value == near(value));
                    CHECK(found.by_in + found.by_out == near(each));
                    continue;
                }
                // The reference counts a grouped convolution as a dense one, DIANA excepted; so does NE16.
                const double groups =
                    facts.depthwise || diana || ne16 ? 1 : static_cast<double>(facts.groups);
                CHECK((groups == 1 || !facts.has_bias()));
                CHECK(found.value == near(share * value / groups));
                if (facts.depthwise) { // both widths are one; the reference takes it by the one or the other
                    CHECK(found.by_in + found.by_out == near((by_in + by_out) / groups));
                } else {
                    CHECK(found.by_in == near(share * by_in / groups));
                    CHECK(found.by_out == near(by_out / groups));
                }
                if (ne16)
                    CHECK(expected["d_theta"].get<double>() ==
                          near(channels * found.by_out / theta - found.value / (theta * theta)));
            }
        });
    }
    CHECK(compared == 566);
    CHECK(refused == 127);
}
