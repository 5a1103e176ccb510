// SPDX-License-Identifier: Apache-2.0
#include <pliny/core.hpp>
#include <pliny/methods/mps/refine.hpp>
#include <pliny/methods/settle.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace pliny;

namespace {

struct Two : Network<Image<16, 6, 6>, Sequential<Conv2d<64, Kernel<3>, Padding<1>>, ReLU,
                                                 Conv2d<64, Kernel<1>>, ReLU, Flatten, Linear<4>>> {};
using TwoSearch = Mps<Two, Weights<0, 4, 8>, Activations<8>, PerChannel, Cost<Ne16Latency>>;
using TwoSpace = TwoSearch::bit_space;
using TwoShares = BitShares<TwoSpace>;

double cost_of_alphas(const std::vector<double>& all) { return Assignment<TwoSearch>(all).cost(Ne16Latency); }
std::vector<double> random_alphas(unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<double> number(0, 1);
    std::vector<double> all(TwoSpace::shares);
    for (double& a : all)
        a = number(generator);
    return all;
}

} // namespace

TEST_CASE("refining: promotions only, and the cost never rises") {
    int with_gain = 0;
    for (unsigned seed = 0; seed < 20; ++seed) {
        std::vector<double> all = random_alphas(seed);
        const auto before = TwoShares::largest(all);
        const double cost = cost_of_alphas(all);
        const int promoted = RefineBits<TwoSearch>::apply(Ne16Latency, all);
        const auto after = TwoShares::largest(all);
        int changed = 0;
        for (std::size_t lot = 0; lot < before.size(); ++lot) {
            CHECK(after[lot] >= before[lot]);
            if (before[lot] == 0)
                CHECK(after[lot] == 0);
            changed += after[lot] != before[lot];
        }
        CHECK(changed == promoted);
        CHECK(cost_of_alphas(all) <= cost);
        with_gain += cost_of_alphas(all) < cost;
        CHECK(RefineBits<TwoSearch>::apply(Ne16Latency, all) == 0); // nothing is left
    }
    CHECK(with_gain > 10); // random counts mostly leave a block to fill
}

TEST_CASE("refining fills the blocks of 32 channels of NE16") {
    // 33 channels with 4 bits, 31 with 8: one of the former makes a block of its own.
    std::vector<double> all(TwoSpace::shares);
    TwoSpace::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t) {
        if (count == 3)
            all[first + (lot % 64 < 33 && lot < 128 ? 1 : 2)] = lot == 5 ? 0.5 : 1; // channel 5 is least sure
    });
    REQUIRE(TwoShares::largest(all)[5] == 1);
    const int promoted = RefineBits<TwoSearch>::apply(Ne16Latency, all);
    const auto after = TwoShares::largest(all);
    CHECK(after[5] == 2); // the one with the least regret
    CHECK(promoted >= 2); // of either layer one at least
    int first_layer = 0;
    for (std::size_t lot = 0; lot < 64; ++lot)
        first_layer += after[lot] == 2;
    CHECK(first_layer == 32);
}

TEST_CASE("refining keeps to the bits allowed") {
    using Restricted =
        Mps<Two, Weights<4, 8>, Activations<8>, PerChannel, Cost<Ne16Latency>, Only<"0", Weights<4>>>;
    using R = Restricted::bit_space;
    std::vector<double> all(R::shares);
    R::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t) {
        if (count == 2)
            all[first + (lot < 64 || lot % 2 ? 0 : 1)] = 1;
    });
    RefineBits<Restricted>::apply(Ne16Latency, all);
    const auto after = BitShares<R>::largest(all);
    for (std::size_t lot = 0; lot < 64; ++lot)
        CHECK(after[lot] == 0);
}
