// SPDX-License-Identifier: Apache-2.0
// What networks cost whose bits are searched: derivatives against central differences, bounds against all
// networks of a space.
#include "mps_networks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

using namespace pliny;
using test::random_numbers;

namespace {

template <class Net>
using Layered = typename Mps<Net>::bit_space;
template <class Net>
using ByChannel = typename Mps<Net, Weights<0, 2, 4, 8>, Activations<2, 4, 8>, PerChannel>::bit_space;
template <class Net>
using NotPruned = typename Mps<Net, Weights<2, 8>, Activations<4, 8>, PerChannel, QuantizedOutput>::bit_space;

/// By all shares, each for itself, and by the alphas.
template <auto C, class Space>
void check_gradient() {
    using Costs = BitCosts<Space>;
    for (int seed = 0; seed < 3; ++seed) {
        CAPTURE(seed);
        const auto alpha = random_numbers<Space>(seed);
        const std::vector<double> shares = BitShares<Space>::softmax(alpha, 0.7);
        std::vector<double> gradient(Space::shares, 1000); // it is added
        const double value = Costs::gradient(C, shares, gradient, 0.5);
        const double expected = Costs::of_shares(C, shares);
        CHECK(value == doctest::Approx(expected).epsilon(1e-12));
        const double h = 1e-4;
        for (std::size_t i = 0; i < shares.size(); ++i) {
            CAPTURE(i);
            auto more = shares, less = shares;
            more[i] += h;
            less[i] -= h;
            const double difference = (Costs::of_shares(C, more) - Costs::of_shares(C, less)) / (2 * h);
            CHECK(std::abs(gradient[i] - 1000 - difference / 2) <= 1e-6 * expected);
        }
        // ... and by the alphas, over the candidates allowed.
        std::vector<double> by_alpha(Space::shares);
        Costs::gradient(C, shares, by_alpha);
        BitShares<Space>::through_softmax(shares, 0.7, by_alpha);
        for (std::size_t i = 0; i < alpha.size(); i += 3) {
            CAPTURE(i);
            auto more = alpha, less = alpha;
            more[i] += h;
            less[i] -= h;
            const double difference = (Costs::of_shares(C, BitShares<Space>::softmax(more, 0.7)) -
                                       Costs::of_shares(C, BitShares<Space>::softmax(less, 0.7))) /
                                      (2 * h);
            CHECK(std::abs(by_alpha[i] - difference) <= 1e-6 * expected);
        }
    }
}
template <auto C, class Net>
void check_gradients() {
    check_gradient<C, Layered<Net>>();
    check_gradient<C, ByChannel<Net>>();
    check_gradient<C, NotPruned<Net>>();
}
template <class Net>
void check_network() {
    check_gradients<ParamsBit, Net>();
    check_gradients<OpsBit, Net>();
    check_gradients<Params, Net>();
    check_gradients<MpicLatency, Net>();
}

/// Calls f(shares, candidates) for all networks of a space.
template <class Space, class F>
int for_all_networks(F f) {
    std::vector<std::vector<std::uint8_t>> allowed(Space::lots);
    Space::for_each_lot([&](std::size_t lot, std::size_t, std::size_t count, std::uint32_t set) {
        for (std::size_t i = 0; i < count; ++i)
            if (set >> i & 1)
                allowed[lot].push_back(static_cast<std::uint8_t>(i));
    });
    std::vector<std::size_t> digits(Space::lots);
    std::vector<std::uint8_t> chosen(Space::lots);
    for (int count = 0;;) {
        for (std::size_t lot = 0; lot < Space::lots; ++lot)
            chosen[lot] = allowed[lot][digits[lot]];
        f(BitShares<Space>::one_hot(chosen), chosen);
        ++count;
        std::size_t lot = 0;
        while (lot < Space::lots && ++digits[lot] == allowed[lot].size())
            digits[lot++] = 0;
        if (lot == Space::lots)
            return count;
    }
}
template <class Search>
std::vector<Bounds> extremes() {
    using Space = typename Search::bit_space;
    std::vector<Bounds> found(Search::bounds.size(), {std::numeric_limits<double>::infinity(), 0});
    for_all_networks<Space>([&](const std::vector<double>& shares, const auto&) {
        [&]<auto... C>(Cost<C...>) {
            std::size_t c = 0;
            ((found[c].smallest = std::min(found[c].smallest, BitCosts<Space>::of_shares(C, shares)),
              found[c].largest = std::max(found[c].largest, BitCosts<Space>::of_shares(C, shares)), ++c),
             ...);
        }
        (typename Search::costs{});
    });
    return found;
}
template <class Search>
void check_bounds(bool reached) {
    const auto found = extremes<Search>();
    for (std::size_t c = 0; c < found.size(); ++c) {
        CAPTURE(c);
        const double room = 1e-9 * found[c].largest; // rounding
        CHECK(found[c].smallest >= Search::bounds[c].smallest - room);
        CHECK(found[c].largest <= Search::bounds[c].largest + room);
        if (reached) {
            CHECK(found[c].smallest == doctest::Approx(Search::bounds[c].smallest).epsilon(1e-12));
            CHECK(found[c].largest == doctest::Approx(Search::bounds[c].largest).epsilon(1e-12));
        }
    }
}

} // namespace

TEST_CASE("mps costs: gradients of a chain with Flatten") { check_network<test::Flattened>(); }
TEST_CASE("mps costs: gradients with a depthwise convolution") { check_network<test::Depthwised>(); }
TEST_CASE("mps costs: gradients of a residual network") { check_network<test::Summed>(); }
TEST_CASE("mps costs: gradients behind Concat") { check_network<test::Strung>(); }
TEST_CASE("mps costs: gradients with parts that are left out, and only some bits") {
    check_gradient<OpsBit, typename Mps<test::Flattened, PerChannel, Weights<0, 4, 8>, FloatInput,
                                        Exclude<"4">, Only<"0", Weights<4>>>::bit_space>();
    check_gradient<MpicLatency, typename Mps<test::Summed, Only<"3.body", Weights<2, 4>>,
                                             Only<"3", Activations<4, 8>>>::bit_space>();
}

TEST_CASE("mps costs: slopes of costs with blocks, over whole blocks") {
    struct Wide : Network<Image<64, 8, 8>, Conv2d<64, Kernel<3>, Padding<1>>> {};
    using Space = BitSpace<Wide, Weights<0, 8>, Activations<8>, true>;
    const auto change = [](const auto& cost, double from, double to) {
        std::vector<double> before(Space::shares), after(Space::shares), gradient(Space::shares);
        for (std::size_t c = 0; c < 64; ++c) {
            before[2 * c] = 1 - (before[2 * c + 1] = from / 64);
            after[2 * c] = 1 - (after[2 * c + 1] = to / 64);
        }
        BitCosts<Space>::gradient(cost, before, gradient);
        double slope = 0;
        for (std::size_t c = 0; c < 64; ++c)
            slope += (gradient[2 * c + 1] - gradient[2 * c]) * (to - from) / 64;
        const double expected =
            BitCosts<Space>::of_shares(cost, after) - BitCosts<Space>::of_shares(cost, before);
        CHECK(expected > 0);
        CHECK(slope == doctest::Approx(expected).epsilon(1e-12));
    };
    change(Ne16Latency, 32, 64);
    change(Ne16Latency, 64, 32 + 64);
    change(DianaLatency, 16, 32);
    change(DianaLatency, 48, 64);
}

TEST_CASE("mps costs: bounds against all networks") {
    using All = Cost<ParamsBit, OpsBit, Params, MpicLatency>;
    using Channels = Mps<test::Tiny, All, PerChannel, Weights<0, 2, 8>, Activations<2, 8>>;
    CHECK(for_all_networks<Channels::bit_space>([](const auto&, const auto&) {}) == 3 * 3 * 2 * 2 * 2 * 2);
    check_bounds<Channels>(true);
    check_bounds<Mps<test::Tiny, All, PerChannel, Weights<2, 4, 8>>>(true);
    check_bounds<Mps<test::Tiny, All>>(true);
    check_bounds<Mps<test::TinySum, All>>(true);
    check_bounds<Mps<test::TinySum, All, PerChannel, Weights<0, 4, 8>>>(true);
    check_bounds<Mps<test::TinySum, All, Activations<2, 8>, Only<"1", Activations<2>>, QuantizedOutput>>(
        true);
    check_bounds<Mps<test::Strung, All, Weights<2, 8>>>(true);
    check_bounds<Mps<test::Strung, Cost<ParamsBit>, PerChannel, Weights<0, 8>, Activations<8>>>(true);
    check_bounds<Mps<test::Depthwised, Cost<ParamsBit, OpsBit>, Exclude<"4">>>(true);
}

TEST_CASE("mps costs: the cost of a network is that of its layers, each with its channels") {
    // 2 and 8 bits in one layer: two convolutions side by side, one reading the channels that are left.
    using Space = typename Mps<test::Tiny, PerChannel, Weights<0, 2, 8>, Activations<2, 8>>::bit_space;
    const auto price = [](const auto& cost, int row, double in, double out, int weights, int activations) {
        return static_cast<double>(
            cost(LayerCall<double>{plan<test::Tiny>[row].facts, in, out, weights, activations}));
    };
    for_all_networks<Space>([&](const std::vector<double>& shares, const std::vector<std::uint8_t>& chosen) {
        const auto count = [&](std::size_t first, std::size_t end, int candidate) {
            return static_cast<double>(std::count(chosen.begin() + static_cast<std::ptrdiff_t>(first),
                                                  chosen.begin() + static_cast<std::ptrdiff_t>(end),
                                                  candidate));
        };
        const auto check = [&](const auto& cost) {
            const double alive = 3 - count(0, 3, 0);
            const int activations = chosen[5] == 0 ? 2 : 8;
            const double expected = price(cost, 1, 3, count(0, 3, 1), 2, 8) +
                                    price(cost, 1, 3, count(0, 3, 2), 8, 8) +
                                    price(cost, 3, alive, count(3, 5, 1), 2, activations) +
                                    price(cost, 3, alive, count(3, 5, 2), 8, activations);
            CHECK(BitCosts<Space>::of_shares(cost, shares) == doctest::Approx(expected).epsilon(1e-12));
        };
        check(ParamsBit);
        check(OpsBit);
        check(MpicLatency);
        check(Ne16Latency);
        check(DianaLatency);
    });
}
