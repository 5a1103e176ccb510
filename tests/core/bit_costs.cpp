// SPDX-License-Identifier: Apache-2.0
// Costs with bits against golden/costs.json (networks and single layers, with PLiNIO's slopes), and what the
// file does not have: the slopes of a search, layers of less than a channel, wider layers, bits that hardware
// lacks.
#include "core/golden.hpp"
#include "static/networks.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

using namespace pliny;
using nlohmann::json;

namespace {

doctest::Approx nearly(double value, double relative = 1e-12) {
    return doctest::Approx(value).epsilon(relative).scale(0);
}

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

/// Calls f(cost) for each cost of hardware, as searches have them.
template <class F>
void for_each_hardware(F f) {
    f(MpicLatency);
    f(MpicEnergy);
    f(Ne16Latency);
    f(DianaLatency);
}

template <class C>
bool supports(const C& cost, const Facts& facts, int weight_bits, int activation_bits) {
    if constexpr (requires { cost.supports(facts, weight_bits, activation_bits); })
        return cost.supports(facts, weight_bits, activation_bits);
    else
        return true;
}

struct Bits {
    int weight = 0, activation = 0;
};
/// `w4a8`
Bits bits_of(const std::string& text) {
    Bits bits;
    REQUIRE(std::sscanf(text.c_str(), "w%da%d", &bits.weight, &bits.activation) == 2);
    return bits;
}

Facts conv(Size kernel, Size out, std::int64_t groups = 1, bool depthwise = false) {
    Facts facts{.kind = Kind::Conv2d, .out = Shape{1, out.height, out.width}};
    facts.window.kernel = kernel;
    facts.groups = groups;
    facts.depthwise = depthwise;
    facts.biases = 1;
    return facts;
}
Facts linear() { return {.kind = Kind::Linear, .out = Shape{1}, .biases = 1}; }

/// The facts of a layer of the file that our layers cover (2-D convolution and linear).
Facts facts_of(const json& layer) {
    Facts facts = linear();
    if (layer["kind"] == "conv2d")
        facts = conv({layer["k"][0].get<int>(), layer["k"][1].get<int>()},
                     {layer["out"][0].get<int>(), layer["out"][1].get<int>()}, layer["groups"], layer["dw"]);
    facts.biases = layer["bias"] ? 1 : 0;
    return facts;
}

template <class C>
double price(const C& cost, const Facts& facts, double in, double out, Bits bits = {8, 8}) {
    return cost(LayerCall<double>{facts, in, out, bits.weight, bits.activation});
}
template <class C>
Dual slopes(const C& cost, const Facts& facts, double in, double out, Bits bits = {8, 8}) {
    return cost(LayerCall<Dual>{facts, Dual::in(in), Dual::out(out), bits.weight, bits.activation});
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

const Size side{16, 8};

/// A few layers of each kind, with the number of input channels that go with an output that is 1 to 600.
std::vector<Facts> some_layers() {
    return {conv(3, side), conv(1, side), conv(3, side, 64, true), conv(3, side, 4), conv(5, side), linear()};
}

const std::vector<Bits> all_bits{{8, 8}, {4, 8}, {2, 8}, {8, 4}, {4, 4}, {2, 4}, {8, 2}, {4, 2}, {2, 2}};

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

TEST_CASE("costs with bits: the slope is the mean slope over a block") {
    const auto rise = [](const auto& cost, const Facts& facts, double in, double out, Bits bits, int step_in,
                         int step_out) {
        return price(cost, facts, in + step_in, out + step_out, bits) - price(cost, facts, in, out, bits);
    };
    for (int in : {1, 4, 7, 16, 40})
        for (int out = 1; out <= 100; ++out)
            for (int bits : {2, 3, 8}) {
                CAPTURE(in);
                CAPTURE(out);
                CAPTURE(bits);
                for (const Facts& facts : {conv(3, side), conv(1, side), linear()}) {
                    const Dual found = slopes(Ne16Latency, facts, in, out, {bits, 8});
                    CHECK(rise(Ne16Latency, facts, in, out, {bits, 8}, 0, 32) == nearly(found.by_out * 32));
                    CHECK(rise(Ne16Latency, facts, in, out, {bits, 8}, 16, 0) == nearly(found.by_in * 16));
                }
                const Facts depthwise = conv(3, side, 64, true);
                const Dual found = slopes(Ne16Latency, depthwise, out, out, {bits, 8});
                CHECK(rise(Ne16Latency, depthwise, out, out, {bits, 8}, 16, 16) ==
                      nearly((found.by_in + found.by_out) * 16));
            }
    for (int in : {4, 8, 100})
        for (int out = 4; out <= 200; ++out) {
            CAPTURE(in);
            CAPTURE(out);
            for (int groups : {1, 4}) {
                const Facts facts = conv({3, 5}, side, groups);
                const Dual found = slopes(DianaLatency, facts, in, out);
                CHECK(rise(DianaLatency, facts, in, out, {8, 8}, 0, 16 * groups) ==
                      nearly(found.by_out * 16 * groups));
                CHECK(rise(DianaLatency, facts, in, out, {8, 8}, 1, 0) == nearly(found.by_in));
            }
            const Facts depthwise = conv(3, side, 64, true);
            const Dual found = slopes(DianaLatency, depthwise, out, out);
            CHECK(rise(DianaLatency, depthwise, out, out, {8, 8}, 1, 1) ==
                  nearly(found.by_in + found.by_out, 1e-11));
        }
    // The analog array: as long as it holds as many copies of the layer; else the cost rises faster.
    for (int in : {10, 97, 150, 300})
        for (int out : {1, 64, 65, 200, 256, 257, 512, 600})
            for (const Facts& facts : {conv(3, side), conv(1, side), linear()}) {
                CAPTURE(in);
                CAPTURE(out);
                const Dual found = slopes(DianaLatency, facts, in, out, {2, 8});
                const double over_out = rise(DianaLatency, facts, in, out, {2, 8}, 0, 512);
                const double over_in = rise(DianaLatency, facts, in, out, {2, 8}, 128, 0);
                const bool last_copy = out > 256 || (in >= 97 && facts.window.kernel == Size{3}) ||
                                       (in >= 600 && facts.window.kernel == Size{1});
                if (last_copy) {
                    CHECK(over_out == nearly(found.by_out * 512));
                    CHECK(over_in == nearly(found.by_in * 128));
                } else {
                    CHECK(over_out >= found.by_out * 512 * (1 - 1e-12));
                    CHECK(over_in >= found.by_in * 128 * (1 - 1e-12));
                }
            }
    // Costs without blocks have derivatives.
    const auto smooth = [&](const auto& cost) {
        for (const Facts& facts : some_layers())
            for (Bits bits : all_bits) {
                const Dual found = slopes(cost, facts, 5.5, 7.25, bits);
                const double step = 1e-3;
                const auto at = [&](double in, double out) { return price(cost, facts, in, out, bits); };
                const auto by_in = (at(5.5 + step, 7.25) - at(5.5 - step, 7.25)) / (2 * step);
                const auto by_out = (at(5.5, 7.25 + step) - at(5.5, 7.25 - step)) / (2 * step);
                if (facts.depthwise)
                    CHECK(found.by_in == 0);
                else
                    CHECK(found.by_in == nearly(by_in, 1e-8));
                CHECK(found.by_out == nearly(by_out, 1e-8));
            }
    };
    smooth(ParamsBit);
    smooth(OpsBit);
    smooth(MpicLatency);
    smooth(MpicEnergy);
}

TEST_CASE("costs with bits: no layer gets cheaper when it gets wider") {
    for_each_hardware([](const auto& cost) {
        CAPTURE(std::string(cost.name));
        for (const Facts& facts : some_layers())
            for (Bits bits : {Bits{8, 8}, {4, 8}, {2, 8}, {2, 2}})
                for (double other : {0.5, 3.0, 64.0, 65.0, 300.0}) {
                    double by_in = 0, by_out = 0;
                    for (double width = 0.25; width <= 600; width += 0.25) {
                        const double in = price(cost, facts, width, facts.depthwise ? width : other, bits);
                        const double out = price(cost, facts, facts.depthwise ? width : other, width, bits);
                        if (in < by_in || out < by_out) {
                            CAPTURE(bits.weight);
                            CAPTURE(other);
                            CAPTURE(width);
                            FAIL_CHECK("cheaper");
                        }
                        by_in = in;
                        by_out = out;
                    }
                }
    });
}

TEST_CASE("costs with bits: channels that are not there are free") {
    for_each_hardware([](const auto& cost) {
        CAPTURE(std::string(cost.name));
        for (const Facts& facts : some_layers())
            for (Bits bits : all_bits) {
                CHECK(price(cost, facts, 20, 0, bits) == 0);
                CHECK(price(cost, facts, 20, 0.25, bits) == nearly(price(cost, facts, 20, 1, bits) / 4));
                CHECK(slopes(cost, facts, 20, 0.25, bits).by_out == nearly(price(cost, facts, 20, 1, bits)));
            }
        // A depthwise layer of which half the channels have these bits, whatever the input has.
        const Facts depthwise = conv(3, side, 64, true);
        CHECK(price(cost, depthwise, 64, 32) == price(cost, depthwise, 32, 32));
    });
    // Groups that share their outputs out: two of four groups work, each with a quarter of the input.
    CHECK(price(DianaLatency, conv(3, side, 4), 32, 2) == 16 * 8 * 9 + 16 * 8 * (2 + 16) / 8);
}

TEST_CASE("costs with bits: fewer bits do not cost more") {
    for (const Facts& facts : some_layers())
        for (Bits bits : all_bits) {
            CHECK(price(MpicLatency, facts, 16, 16, bits) <= price(MpicLatency, facts, 16, 16, {8, 8}));
            CHECK(price(Ne16Latency, facts, 16, 16, bits) <= price(Ne16Latency, facts, 16, 16, {8, 8}));
        }
    CHECK(price(Ne16Latency, conv(3, side), 16, 16, {4, 8}) < price(Ne16Latency, conv(3, side), 16, 16));
    CHECK(price(Ne16Latency, conv(1, side), 16, 16, {4, 8}) == price(Ne16Latency, conv(1, side), 16, 16));
}

TEST_CASE("costs with bits: what hardware lacks is priced as the next that it has") {
    const auto same = [](const auto& cost, const Facts& facts, Bits missing, const Facts& as, Bits present) {
        CHECK(!cost.supports(facts, missing.weight, missing.activation));
        CHECK(cost.supports(as, present.weight, present.activation));
        CHECK(price(cost, facts, 16, 40, missing) == price(cost, as, 16, 40, present));
    };
    const Facts dense = conv(3, side), depthwise = conv(3, side, 40, true), grouped = conv(3, side, 4);
    same(MpicLatency, dense, {3, 8}, dense, {4, 8});
    same(MpicLatency, dense, {1, 5}, dense, {2, 8});
    same(MpicEnergy, dense, {16, 16}, dense, {8, 8});
    same(Ne16Latency, dense, {1, 8}, dense, {2, 8});
    same(Ne16Latency, dense, {16, 8}, dense, {8, 8});
    same(Ne16Latency, dense, {3, 4}, dense, {3, 8});
    same(Ne16Latency, dense, {8, 16}, dense, {8, 8});
    same(Ne16Latency, conv({2, 3}, side), {8, 8}, dense, {8, 8});
    same(Ne16Latency, conv(1, side, 40, true), {8, 8}, depthwise, {8, 8});
    CHECK(!Ne16Latency.supports(conv({7, 4}, side), 8, 8));
    CHECK(price(Ne16Latency, conv({7, 4}, side), 16, 40) == 6 * price(Ne16Latency, dense, 16, 40));
    same(DianaLatency, dense, {4, 8}, dense, {8, 8});
    same(DianaLatency, dense, {1, 8}, dense, {2, 8});
    same(DianaLatency, dense, {2, 2}, dense, {2, 8});
    same(DianaLatency, dense, {2, 16}, dense, {2, 8});
    same(DianaLatency, depthwise, {2, 8}, depthwise, {8, 8});
    same(DianaLatency, grouped, {2, 8}, grouped, {8, 8});
}

TEST_CASE("costs with bits: totals and gradients of a network agree between numbers") {
    const auto whole = full_widths<std::int64_t>(plan<test::DsCnn>);
    const auto real = full_widths<double>(plan<test::DsCnn>);
    for_each_hardware([&](const auto& cost) {
        CAPTURE(std::string(cost.name));
        std::array<double, real.size()> gradient{};
        const double total = cost_gradient(cost, plan<test::DsCnn>, std::span<const double>(real),
                                           std::span<double>(gradient));
        const auto about = doctest::Approx(total).epsilon(1e-12); // fma rounds otherwise
        CHECK(about == total_cost(cost, plan<test::DsCnn>, std::span<const double>(real)));
        CHECK(about == total_cost(cost, plan<test::DsCnn>, std::span<const std::int64_t>(whole)));
        for (double slope : gradient)
            CHECK(slope > 0);
    });
}
