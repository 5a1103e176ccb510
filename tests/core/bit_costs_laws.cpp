// SPDX-License-Identifier: Apache-2.0
// Costs with bits where no file has them: the slopes of a search, layers of less than a channel, wider
// layers, bits that hardware lacks, sums over a network.
#include "static/networks.hpp"
#include "support/bit_costs.hpp"

#include <doctest/doctest.h>

#include <array>
#include <span>
#include <string>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

/// Calls f(cost) for each cost of hardware, as searches have them.
template <class F>
void for_each_hardware(F f) {
    f(MpicLatency);
    f(MpicEnergy);
    f(Ne16Latency);
    f(DianaLatency);
}

const Size side{16, 8};

/// A few layers of each kind.
std::vector<Facts> some_layers() {
    return {conv(3, side), conv(1, side), conv(3, side, 64, true), conv(3, side, 4), conv(5, side), linear()};
}

const std::vector<Bits> all_bits{{8, 8}, {4, 8}, {2, 8}, {8, 4}, {4, 4}, {2, 4}, {8, 2}, {4, 2}, {2, 2}};

} // namespace

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
