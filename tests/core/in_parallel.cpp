// SPDX-License-Identifier: Apache-2.0
#include <pliny/core.hpp>
#include <pliny/methods/found.hpp>
#include <pliny/methods/mps/shares.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

using namespace pliny;

namespace {

struct Single
    : Network<Image<64, 8, 8>, Sequential<Conv2d<64, Kernel<3>, Padding<1>>, ReLU, Flatten, Linear<10>>> {};
using SingleSearch = Mps<Single, Weights<2, 8>, Activations<8>, PerChannel, Cost<InParallel<DianaLatency>>>;
using SingleSpace = SingleSearch::bit_space;
using SingleCosts = BitCosts<SingleSpace>;

} // namespace

TEST_CASE("soft maximum: between mean and largest, of degree one, exact gradient") {
    const std::array<double, 3> numbers{3, 5, 4.5};
    const SoftMaximum<3> soft(numbers);
    CHECK(soft.value < 5);
    CHECK(soft.value > 12.5 / 3);
    const SoftMaximum<3> twice({6, 10, 9});
    CHECK(twice.value == doctest::Approx(2 * soft.value).epsilon(1e-12));
    for (std::size_t j = 0; j < 3; ++j) {
        const double h = 1e-6;
        auto up = numbers, down = numbers;
        up[j] += h;
        down[j] -= h;
        CHECK(
            soft.slopes[j] ==
            doctest::Approx((SoftMaximum<3>(up).value - SoftMaximum<3>(down).value) / (2 * h)).epsilon(1e-6));
    }
    CHECK(SoftMaximum<2>({7, 0}).value == doctest::Approx(7).epsilon(1e-4));
    CHECK(SoftMaximum<2>({7, 7}).value == doctest::Approx(7).epsilon(1e-12));
    CHECK(SoftMaximum<2>({0, 0}).value == 0);
}

TEST_CASE("side by side, a layer costs what the slower accelerator takes") {
    const auto price = [](double out, int bits, int row) {
        return static_cast<double>(
            DianaLatency(LayerCall<double>{plan<Single>[row].facts, row == 1 ? 64.0 : 4096.0, out, bits, 8}));
    };
    std::vector<double> all(SingleSpace::shares);
    for (std::size_t lot = 0; lot < SingleSpace::weight_lots; ++lot)
        all[2 * lot + (lot % 4 == 0 ? 1 : 0)] = 1; // a quarter digital (8 bits), the rest analog (2)
    all[SingleSpace::first_activation_share] = 1;
    const double conv = std::fmax(price(48, 2, 1), price(16, 8, 1));
    const double linear =
        std::fmax(price(7, 2, 4), price(3, 8, 4)); // 10 channels: lots 64, 68 and 72 are digital
    CHECK(SingleCosts::of_shares(InParallel<DianaLatency>, all) ==
          doctest::Approx(conv + linear).epsilon(1e-12));
    const double both = price(48, 2, 1) + price(16, 8, 1) + price(7, 2, 4) + price(3, 8, 4);
    CHECK(SingleCosts::of_shares(DianaLatency, all) == doctest::Approx(both).epsilon(1e-12));
    BitLayout<Single> found; // the same as a found network has it
    for (int lot = 0; lot < 74; ++lot)
        found.weights[lot < 64 ? 1 : 4].push_back(lot % 4 == 0 ? 8 : 2);
    found.activation_bits = {8};
    found.input_bits = 8;
    found.set_sites();
    const auto channels = [](int row) { return plan<Single>[row].out().channels(); };
    CHECK(layout_cost<Single>(InParallel<DianaLatency>, found, channels) ==
          doctest::Approx(conv + linear).epsilon(1e-12));
    CHECK(layout_cost<Single>(DianaLatency, found, channels) == doctest::Approx(both).epsilon(1e-12));
    CHECK(SingleSearch::bounds[0].smallest <= conv + linear);
    CHECK(SingleSearch::bounds[0].largest >= conv + linear);
}

TEST_CASE("side by side, both accelerators get a gradient") {
    std::vector<double> all(SingleSpace::shares, 0.5);
    all[SingleSpace::first_activation_share] = 1;
    std::vector<double> by_share(SingleSpace::shares);
    const double soft = SingleCosts::gradient(InParallel<DianaLatency>, all, by_share);
    CHECK(soft <= SingleCosts::of_shares(InParallel<DianaLatency>, all));
    for (std::size_t i = 0; i < 2 * SingleSpace::weight_lots; ++i)
        CHECK(std::abs(by_share[i]) > 0);
}
