// SPDX-License-Identifier: Apache-2.0
// Settling bits on the limits: properties over random alphas.
#include "mps_networks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

using namespace pliny;
using test::random_numbers;

namespace {

// clang-format off
struct Mixed : Network<Image<3, 8, 8>, Sequential<
    Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Residual<Sequential<Conv2d<24>, ReLU, Conv2d<16>>>, ReLU,
    Conv2d<16, Kernel<3>, Padding<1>, Depthwise>, ReLU,
    Concat<Conv2d<8>, Conv2d<16>>, ReLU, MaxPool2d<2>, Flatten,
    Linear<32>, ReLU, Linear<10>>> {};
// clang-format on

template <class Search>
struct BitState {
    using Space = typename Search::bit_space;
    std::vector<std::uint8_t> chosen;
    std::array<double, Search::limits.size()> costs;

    explicit BitState(const std::vector<double>& alpha)
        : chosen(BitShares<Space>::largest(alpha)), costs(at(chosen)) {}

    static std::array<double, Search::limits.size()> at(const std::vector<std::uint8_t>& chosen) {
        const std::vector<double> shares = BitShares<Space>::one_hot(chosen);
        const auto all = [&]<auto... C>(Cost<C...>) {
            return std::array{BitCosts<Space>::of_shares(C, shares)...};
        }
        (typename Search::costs{});
        const auto indices =
            RegularizerTraits<typename Search::regularizer>::template cost_indices<typename Search::costs>;
        std::array<double, Search::limits.size()> costs{};
        for (std::size_t l = 0; l < costs.size(); ++l)
            costs[l] = all[static_cast<std::size_t>(indices[l])];
        return costs;
    }
    /// How much of the limit that is nearest is used.
    double used() const {
        double most = 0;
        for (std::size_t l = 0; l < costs.size(); ++l)
            most = std::max(most, costs[l] / Search::limits[l]);
        return most;
    }
    bool holds() const { return used() <= 1; }
};

/// `closely`: how much of some limit is used at least. `blocks`: costs of blocks of channels, where a step
/// may fit only behind others.
template <class Search>
void check_properties(double closely, bool blocks = false, int seeds = 60) {
    using Space = typename Search::bit_space;
    int lowered = 0, raised = 0;
    for (int seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        std::vector<double> start = random_numbers<Space>(seed);
        Space::for_each_lot([&](std::size_t, std::size_t first, std::size_t count, std::uint32_t) {
            if (seed % 3 > 0) // mostly few bits, mostly many
                start[first + (seed % 3 == 1 ? 0 : count - 1)] += 1.5;
        });
        const BitState<Search> before(start);
        std::vector<double> alpha = start;
        const SettledBits settled = Settle<Search>::apply(alpha);
        const BitState<Search> after(alpha);

        CHECK(after.holds());
        CHECK(after.used() >= closely);
        // Only bits that are allowed; each lot has changed in one alpha or in none.
        int changed = 0;
        Space::for_each_lot(
            [&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t allowed) {
                CAPTURE(lot);
                CHECK((allowed >> after.chosen[lot] & 1) == 1);
                changed += after.chosen[lot] != before.chosen[lot];
                for (std::size_t i = 0; i < count; ++i)
                    if (after.chosen[lot] == before.chosen[lot] || i != after.chosen[lot])
                        CHECK(alpha[first + i] == start[first + i]);
            });
        if (!blocks)
            CHECK(changed <= settled.lowered + settled.raised);
        CHECK((settled.lowered > 0) == !before.holds());
        if (before.holds())
            for (std::size_t lot = 0; lot < Space::lots; ++lot)
                CHECK(after.chosen[lot] >= before.chosen[lot]);
        lowered += settled.lowered > 0;
        raised += settled.raised > 0;

        // In float32 the same bits are taken.
        std::vector<double> rounded = alpha;
        for (double& a : rounded)
            a = static_cast<float>(a);
        CHECK(BitState<Search>(rounded).chosen == after.chosen);
        if (blocks)
            continue;
        // Nothing is left to do.
        std::vector<double> again = alpha;
        const SettledBits second = Settle<Search>::apply(again);
        CHECK(second.lowered + second.raised == 0);
        CHECK(again == alpha);
        // No step up of weights fits.
        Space::for_each_lot([&](std::size_t lot, std::size_t, std::size_t count, std::uint32_t allowed) {
            auto more = after.chosen;
            for (std::size_t i = more[lot] + 1u; i < count; ++i)
                if (allowed >> i & 1) {
                    more[lot] = static_cast<std::uint8_t>(i);
                    break;
                }
            if (lot < Space::weight_lots && more != after.chosen) {
                bool fits = true;
                for (std::size_t l = 0; l < Search::limits.size(); ++l)
                    fits = fits && BitState<Search>::at(more)[l] <= Search::limits[l];
                CHECK_FALSE(fits);
            }
        });
    }
    CHECK(lowered > seeds / 4);
    CHECK(raised > seeds / 4);
}

template <class... Parts>
using MixedByChannel = Mps<Mixed, PerChannel, Weights<0, 2, 4, 8>, Parts...>;
template <class... Parts>
using MixedByLayer = Mps<Mixed, Parts...>;

} // namespace

TEST_CASE("mps settle: one limit, by channel") {
    check_properties<MixedByChannel<Duccio<Limit<Percent<50>>>>>(0.95);
    check_properties<MixedByChannel<Duccio<Limit<Percent<25>>>>>(0.95);
    check_properties<MixedByChannel<Duccio<Limit<Percent<12.5>>>>>(0.95);
    check_properties<MixedByChannel<Duccio<Limit<40'000>>>>(0.95);
}
TEST_CASE("mps settle: one limit, by layer") {
    check_properties<MixedByLayer<Duccio<Limit<Percent<50>>>>>(0.7);
    check_properties<MixedByLayer<Duccio<Limit<Percent<35>>>>>(0.7);
    check_properties<MixedByLayer<Duccio<Limit<50'000>>>>(0.7);
}
TEST_CASE("mps settle: two limits") {
    using Two = Duccio<Limit<ParamsBit, Percent<40>>, Limit<OpsBit, Percent<30>>>;
    check_properties<MixedByChannel<Cost<ParamsBit, OpsBit>, Two>>(0.95);
    check_properties<MixedByLayer<Cost<OpsBit, ParamsBit>, Two>>(0.7);
}
TEST_CASE("mps settle: some layers excluded, or with some bits only") {
    using Half = Duccio<Limit<ParamsBit, Percent<50>>, Limit<OpsBit, Percent<60>>>;
    check_properties<MixedByChannel<Cost<ParamsBit, OpsBit>, Half, Exclude<"3.body.0">,
                                    Only<"5", Weights<4, 8>>, Only<"11", Weights<2, 8>, Activations<4, 8>>>>(
        0.95);
}
TEST_CASE("mps settle: MPIC") {
    check_properties<MixedByChannel<Cost<MpicLatency>, Duccio<Limit<MpicLatency, Percent<60>>>>>(0.95);
    check_properties<MixedByLayer<Cost<MpicLatency>, Duccio<Limit<MpicLatency, Percent<80>>>>>(0.8);
}
TEST_CASE("mps settle: NE16, which counts blocks") {
    using Eight = Activations<8>;
    check_properties<MixedByChannel<Cost<Ne16Latency>, Eight, Duccio<Limit<Ne16Latency, Percent<60>>>>>(0.8,
                                                                                                        true);
    check_properties<MixedByLayer<Cost<Ne16Latency>, Eight, Duccio<Limit<Ne16Latency, Percent<90>>>>>(0.8,
                                                                                                      true);
}

TEST_CASE("mps settle: without limits, or within them at the most bits, nothing changes") {
    for (int seed = 0; seed < 10; ++seed) {
        using Free = MixedByChannel<Strength<0.1>>;
        const auto start = random_numbers<typename Free::bit_space>(seed);
        auto alpha = start;
        CHECK(Settle<Free>::apply(alpha).lowered == 0);
        CHECK(alpha == start);
        using Whole = MixedByLayer<Duccio<Limit<Percent<100>>>>;
        auto most = random_numbers<typename Whole::bit_space>(seed);
        Whole::bit_space::for_each_lot([&](std::size_t, std::size_t first, std::size_t count, std::uint32_t) {
            most[first + count - 1] = 9;
        });
        const auto before = most;
        const SettledBits settled = Settle<Whole>::apply(most);
        CHECK(settled.lowered + settled.raised == 0);
        CHECK(most == before);
    }
}

TEST_CASE("mps settle: the smallest regret goes first") {
    // A weight for each channel of the first layer, six for the output: 48 + 48 bits.
    struct Six : Network<Features<1>, Sequential<Linear<6, NoBias>, Linear<1, NoBias>>> {};
    using Search = Mps<Six, PerChannel, Weights<2, 4, 8>, Activations<4, 8>, Duccio<Limit<88>>>;
    const std::vector<double> start{0,    0,    0.5, /**/ 0.75, 0.8,  1,   /**/ 0, 0.1, 1, /**/ 0, 0.05, 1, //
                                    -0.1, -0.1, 0.9, /**/ 0,    0.41, 1.2, /**/ 0, 0,   3, /**/ 5, 6};
    auto alpha = start;
    // Lot 1 steps to 4 bits (0.2 lost) and to 2 (0.05), lot 0 to 4 (0.5): 86 bits. Then lot 1 has room for 4.
    const SettledBits settled = Settle<Search>::apply(alpha);
    CHECK(settled.lowered == 2);
    CHECK(settled.raised == 0); // lot 1 ends below where it began
    auto expected = start;
    expected[1] = 0.5 + 1e-6;
    expected[4] = 1 + 1e-6;
    CHECK(alpha == expected);
    // What counts is the alpha lacked to the largest: lot 2 (0.22) before the second step of lot 1 (0.25).
    using Search90 = Mps<Six, PerChannel, Weights<2, 4, 8>, Activations<4, 8>, Duccio<Limit<90>>>;
    auto other = start;
    other[7] = 0.78;
    CHECK(Settle<Search90>::apply(other).lowered == 2);
    CHECK(other[4] == 1 + 1e-6);
    CHECK(other[7] == 1 + 1e-6);
    // Room for 4 bits more: lot 1 loses less by them than lot 0.
    using Roomy = Mps<Six, PerChannel, Weights<2, 4, 8>, Activations<4, 8>, Duccio<Limit<92>>>;
    expected[2] = alpha[2] = 0.4;
    CHECK(Settle<Roomy>::apply(alpha).raised == 1);
    expected[5] = expected[4] + 1e-6 * expected[4];
    CHECK(alpha == expected);
}

TEST_CASE("mps settle: the last channel stays") {
    struct Six : Network<Features<1>, Sequential<Linear<6, NoBias>, Linear<2, NoBias>>> {};
    using Search = Mps<Six, PerChannel, Weights<0, 2, 8>, Activations<8>, Duccio<Limit<6>>>;
    static_assert(Search::bounds[0].smallest == 6);
    std::vector<double> alpha(Search::bit_space::shares);
    for (std::size_t lot = 0; lot < 8; ++lot)
        alpha[3 * lot + 2] = 4;
    alpha[3 * 5] = 100; // not allowed
    const SettledBits settled = Settle<Search>::apply(alpha);
    CHECK(settled.lowered == 8);
    CHECK(settled.raised == 0);
    CHECK(BitShares<typename Search::bit_space>::largest(alpha) ==
          std::vector<std::uint8_t>{0, 0, 0, 0, 0, 1, 1, 1, 0});
}

TEST_CASE("mps settle: activations step only where that changes a cost") {
    for (int seed = 0; seed < 10; ++seed) {
        using Search = MixedByLayer<Duccio<Limit<Percent<40>>>>; // of the weights
        using Space = typename Search::bit_space;
        auto alpha = random_numbers<Space>(seed);
        const auto before = BitShares<Space>::largest(alpha);
        Settle<Search>::apply(alpha);
        const auto after = BitShares<Space>::largest(alpha);
        CHECK(std::equal(before.begin() + Space::weight_lots, before.end(),
                         after.begin() + Space::weight_lots));
    }
    // Weights alone cannot meet this one.
    using Ops = MixedByLayer<Cost<OpsBit>, Weights<8>, Duccio<Limit<OpsBit, Percent<50>>>>;
    std::vector<double> alpha = BitShares<typename Ops::bit_space>::start();
    CHECK_FALSE(BitState<Ops>(alpha).holds());
    CHECK(Settle<Ops>::apply(alpha).lowered > 0);
    CHECK(BitState<Ops>(alpha).holds());
}

TEST_CASE("mps settle: a large network takes no time") {
    using Search = Mps<Vgg16, PerChannel, Weights<0, 2, 4, 8>, Duccio<Limit<Percent<10>>>>;
    std::vector<double> alpha = random_numbers<typename Search::bit_space>(1);
    CHECK(Settle<Search>::apply(alpha).lowered > 1000);
    CHECK(BitState<Search>(alpha).used() <= 1);
    CHECK(BitState<Search>(alpha).used() > 0.99);
}
