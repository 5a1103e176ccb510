// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the alphas of a search for bits, against definitions and central differences.
#include "core/differences.hpp"
#include "mps_networks.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

using namespace pliny;
using test::check_numbers;
using test::differences;
using test::random_numbers;

namespace {

/// Lots 0 to 2 (channels; the last is not pruned), 3 and 4 (of the output), then one of activations.
using TinySpace = typename Mps<test::Tiny, Weights<0, 2, 8>, Activations<2, 4>, PerChannel,
                               Only<"2", Weights<8>>>::bit_space;
using TinyShares = BitShares<TinySpace>;
static_assert(TinySpace::shares == 5 * 3 + 2);
/// All candidates of all lots.
using FlatLayers = typename Mps<test::Flattened>::bit_space;

double dot(std::span<const double> a, std::span<const double> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

} // namespace

TEST_CASE("mps shares: softmax over the candidates allowed, lot by lot") {
    const double two = std::log(2.0), three = std::log(3.0), five = std::log(5.0);
    const std::vector<double> alpha{0, two,  five, /**/ five, 0, two, /**/ 99,  0, three, /**/
                                    7, -100, 0,    /**/ 0,    0, 0,   /**/ two, 0};
    check_numbers(TinyShares::softmax(alpha, 1),
                  {1 / 8., 2 / 8., 5 / 8., 5 / 8., 1 / 8., 2 / 8., 0, 1 / 4., 3 / 4., //
                   0, 0, 1, 0, 0, 1, 2 / 3., 1 / 3.});
    // At temperature 1/2 the weights are squared.
    check_numbers(TinyShares::softmax(alpha, 0.5),
                  {1 / 30., 4 / 30., 25 / 30., 25 / 30., 1 / 30., 4 / 30., 0, 0.1, 0.9, //
                   0, 0, 1, 0, 0, 1, 0.8, 0.2});
    check_numbers(TinyShares::softmax(alpha, 1e9),
                  {1 / 3., 1 / 3., 1 / 3., 1 / 3., 1 / 3., 1 / 3., 0, 0.5, 0.5, 0, 0, 1, 0, 0, 1, 0.5, 0.5},
                  1e-7);
    CHECK(TinyShares::softmax(alpha, 1e-4) ==
          std::vector<double>{0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0});
    // Large numbers, and what is not allowed is none of the sum.
    check_numbers(TinyShares::softmax(std::vector<double>{1e300, 1e300, -1e300, 1e4, 1e4, 1e4 + two, 1e308, 0,
                                                          0, 1e308, 1e308, -1e4, 0, 0, 0, -1e4, -1e4 + three},
                                      1),
                  {0.5, 0.5, 0, 0.25, 0.25, 0.5, 0, 0.5, 0.5, 0, 0, 1, 0, 0, 1, 0.25, 0.75}, 1e-9);
}

TEST_CASE("mps shares: the start is bits / most bits") {
    const std::vector<double> start = TinyShares::start();
    const std::vector<double> lot{0, 0.25, 1};
    for (std::size_t i = 0; i < 15; ++i)
        CHECK(start[i] == lot[i % 3]);
    CHECK(start[15] == 0.5);
    CHECK(start[16] == 1);
    // PLiNIO's shares of 2, 4 and 8 bits, and of 0, 2, 4 and 8.
    const auto layered = BitShares<FlatLayers>::softmax(BitShares<FlatLayers>::start(), 1);
    CHECK(layered[0] == doctest::Approx(0.22721978).epsilon(1e-7));
    CHECK(layered[1] == doctest::Approx(0.29175597).epsilon(1e-7));
    CHECK(layered.back() == doctest::Approx(0.48102427).epsilon(1e-7));
    using Pruned = BitShares<typename Mps<test::Flattened, PerChannel, Weights<0, 2, 4, 8>>::bit_space>;
    const auto pruned = Pruned::softmax(Pruned::start(), 1);
    CHECK(pruned[0] == doctest::Approx(0.15035269).epsilon(1e-7));
    CHECK(pruned[3] == doctest::Approx(0.40870097).epsilon(1e-7));
    using One = BitShares<typename Mps<test::Flattened, Weights<4>, Activations<8>>::bit_space>;
    CHECK(One::softmax(One::start(), 0.1) == std::vector<double>(7, 1.0));
    CHECK(One::largest(One::start()) == std::vector<std::uint8_t>(7, 0));
}

TEST_CASE("mps shares: alphas among all shares") {
    using Only = BitShares<typename Mps<test::Tiny, Weights<8>, Activations<2, 4>>::bit_space>;
    CHECK(Only::all_of(std::vector<double>{5, 6}) ==
          std::vector<double>{0, 0, 5, 6}); // two layers, one tensor
    std::vector<double> all{1, 2, 3, 4};
    CHECK(Only::alphas(std::span(all)).size() == 2);
    CHECK(Only::alphas(std::span(all))[0] == 3);
    using Weighted = BitShares<typename Mps<test::Tiny, Weights<4, 8>, Activations<8>>::bit_space>;
    CHECK(Weighted::all_of(std::vector<double>{1, 2, 3, 4}) == std::vector<double>{1, 2, 3, 4, 0});
    using NotPruned = BitShares<typename Mps<test::Tiny, Weights<8>, Activations<8>>::bit_space>;
    CHECK(NotPruned::all_of({}) == std::vector<double>{0, 0, 0});
}

TEST_CASE("mps shares: the largest allowed, the first of equals, and as shares") {
    const std::vector<double> alpha{1,      2, 2,  /**/ 3, 3, 3, /**/ 9, -5, -5,
                                    /**/ 9, 9, -9, /**/ 0, 0, 0, /**/ 1, 1};
    const std::vector<std::uint8_t> chosen{1, 0, 1, 2, 2, 0};
    CHECK(TinyShares::largest(alpha) == chosen);
    CHECK(TinyShares::one_hot(chosen) ==
          std::vector<double>{0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0});
    auto other = alpha;
    other[2] += 1e-12;
    other[16] = 1.5;
    CHECK(TinyShares::largest(other) == std::vector<std::uint8_t>{2, 0, 1, 2, 2, 1});
}

TEST_CASE("mps shares: gradient through softmax") {
    for (int seed = 0; seed < 10; ++seed) {
        CAPTURE(seed);
        for (double temperature : {0.4, 1.0, 5.0}) {
            const auto alpha = random_numbers<TinySpace>(seed),
                       upstream = random_numbers<TinySpace>(seed + 20);
            std::vector<double> gradient = upstream;
            TinyShares::through_softmax(TinyShares::softmax(alpha, temperature), temperature, gradient);
            check_numbers(gradient,
                          differences(alpha,
                                      [&](const std::vector<double>& at) {
                                          return dot(TinyShares::softmax(at, temperature), upstream);
                                      }),
                          1e-7);
            CHECK(gradient[6] == 0); // not allowed
            CHECK(gradient[9] == 0);
            CHECK(gradient[11] == 0); // nothing to choose
        }
    }
}

TEST_CASE(
    "mps strengths: 1 in all at the start, at any temperature; 1 for a kept channel, 0 for a pruned one") {
    // By how much the weights of a channel count in all.
    const auto in_all = [](const std::vector<double>& theta, double temperature, std::size_t lot) {
        return TinyShares::strengths(theta, temperature)[lot] * (theta[3 * lot + 1] + theta[3 * lot + 2]);
    };
    for (double temperature : {0.05, 0.3, 1.0, 5.0}) {
        CAPTURE(temperature);
        const auto at_start = TinyShares::softmax(TinyShares::start(), temperature);
        for (std::size_t lot = 0; lot < TinySpace::weight_lots; ++lot)
            CHECK(in_all(at_start, temperature, lot) == doctest::Approx(1).epsilon(1e-14));
        CHECK(TinyShares::strengths(at_start, temperature)[0] ==
              doctest::Approx(1 / (1 - at_start[0])).epsilon(1e-14));
        CHECK(TinyShares::strengths(at_start, temperature)[2] == 1); // the last channel
        CHECK(TinyShares::strengths(at_start, temperature)[4] == 1); // of the output
        for (std::size_t i : {0u, 1u, 2u}) {
            auto theta = at_start;
            theta[0] = theta[1] = theta[2] = 0;
            theta[i] = 1;
            CHECK(in_all(theta, temperature, 0) == (i == 0 ? 0 : 1));
        }
        // Half as much of what is left at the start: it fades in a line.
        auto theta = at_start;
        const double p0 = at_start[0], p = (1 + p0) / 2;
        theta[0] = p;
        theta[1] *= (1 - p) / (1 - p0);
        theta[2] *= (1 - p) / (1 - p0);
        CHECK(in_all(theta, temperature, 0) == doctest::Approx(0.5).epsilon(1e-12));
        // Less of it than at the start: full strength.
        theta = {p0 / 3, (1 - p0 / 3) / 2, (1 - p0 / 3) / 2};
        theta.resize(TinySpace::shares);
        CHECK(in_all(theta, temperature, 0) == doctest::Approx(1).epsilon(1e-14));
    }
    using FlatShares = BitShares<FlatLayers>;
    CHECK(FlatShares::strengths(FlatShares::softmax(FlatShares::start(), 1), 1) ==
          std::vector<double>(4, 1.0));
}

TEST_CASE("mps strengths: derivatives on both sides of the kink") {
    int follows = 0, fades = 0;
    for (int seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        for (double temperature : {0.5, 1.0, 3.0}) {
            CAPTURE(temperature);
            const auto alpha = random_numbers<TinySpace>(seed);
            const std::vector<double> theta = TinyShares::softmax(alpha, temperature);
            const double p0 = TinyShares::softmax(TinyShares::start(), temperature)[0];
            if (std::abs(theta[0] - p0) < 1e-4)
                continue;
            ++(theta[0] < p0 ? follows : fades);
            // What a loss sees of a lot: strength x theta of its candidates but 0 bits.
            const std::vector<double> upstream{7, 0.3 + seed, -1.7};
            const auto value = [&](std::size_t lot, const std::vector<double>& at) {
                const double strength = TinyShares::strengths(at, temperature)[lot];
                return strength * (upstream[1] * at[3 * lot + 1] + upstream[2] * at[3 * lot + 2]);
            };
            std::vector<double> by_alpha(TinySpace::shares), expected(TinySpace::shares);
            for (std::size_t lot = 0; lot < TinySpace::weight_lots; ++lot) {
                const std::span one = std::span(by_alpha).subspan(3 * lot, 3);
                one[1] = upstream[1];
                one[2] = upstream[2];
                TinyShares::through_strength(std::span(theta).subspan(3 * lot, 3),
                                             TinyShares::strengths(theta, temperature)[lot], one);
                // By the shares, each for itself.
                const auto by_theta = differences(
                    theta, [&](const auto& at) { return value(lot, at); }, 1e-6);
                for (std::size_t i = 0; i < 3; ++i)
                    if (lot < 2)
                        CHECK(one[i] == doctest::Approx(by_theta[3 * lot + i]).epsilon(1e-6).scale(1));
                const auto own = differences(alpha, [&](const std::vector<double>& at) {
                    return value(lot, TinyShares::softmax(at, temperature));
                });
                for (std::size_t i = 0; i < 3; ++i)
                    expected[3 * lot + i] = own[3 * lot + i];
            }
            TinyShares::through_softmax(theta, temperature, by_alpha);
            check_numbers(by_alpha, expected, 1e-6);
        }
    }
    CHECK(follows > 10);
    CHECK(fades > 10);
}

TEST_CASE("mps strengths: nothing where nothing is pruned") {
    std::vector<double> gradient{1, 2, 3};
    BitShares<FlatLayers>::through_strength(std::vector<double>{0.2, 0.3, 0.5}, 1, gradient);
    CHECK(gradient == std::vector<double>{1, 2, 3});
}
