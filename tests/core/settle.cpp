// SPDX-License-Identifier: Apache-2.0
// Settling on the limits: properties over random alphas.
#include <pliny/core.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

using namespace pliny;

namespace {

// clang-format off
struct Wide : Network<Image<3, 8, 8>, Sequential<
    Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Residual<Sequential<Conv2d<24>, ReLU, Conv2d<16>>>,
    Concat<Conv2d<8>, Conv2d<16>>, Flatten,
    Linear<32>, ReLU, Linear<10>>> {};
// clang-format on

template <class Search>
struct PrunedState {
    using Space = typename Search::space;
    using A = Alive<Space>;
    std::vector<double> mask;
    std::array<double, Space::groups> widths;

    explicit PrunedState(const std::vector<double>& alpha) : mask(A::masks(alpha)), widths(A::widths(mask)) {}

    /// Costs with `extra` channels more in group g.
    bool holds(std::size_t g = 0, double extra = 0) const {
        auto wider = widths;
        wider[g] += extra;
        bool all = true;
        const auto costs = [&]<auto... C>(Cost<C...>) {
            return std::array{total_cost(C, Space::graph, std::span<const double>(wider))...};
        }
        (typename Search::costs{});
        const auto indices =
            RegularizerTraits<typename Search::regularizer>::template cost_indices<typename Search::costs>;
        for (std::size_t l = 0; l < Search::limits.size(); ++l)
            all = all && costs[static_cast<std::size_t>(indices[l])] <= Search::limits[l];
        return all;
    }
};

std::vector<double> random_alpha(int seed, int size) {
    std::mt19937 engine(static_cast<unsigned>(seed));
    std::normal_distribution<double> normal(0, 0.2 + 0.4 * (seed % 5));
    std::vector<double> alpha(static_cast<std::size_t>(size));
    for (double& a : alpha)
        a = seed % 7 == 0 ? std::round(4 * normal(engine)) / 4 : normal(engine); // with ties, some seeds
    return alpha;
}

template <class Search>
void check_properties() {
    using Space = typename Search::space;
    int removals = 0, restorations = 0;
    for (int seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        const std::vector<double> start = random_alpha(seed, Space::analysis.alphas);
        const PrunedState<Search> before(start);
        std::vector<double> alpha = start;
        const Settled settled = Settle<Search>::apply(alpha);
        const PrunedState<Search> after(alpha);

        CHECK(after.holds());
        for (std::size_t g = 0; g < Space::groups; ++g) {
            CAPTURE(g);
            const double full = Space::graph.groups[g].width;
            if (!Space::analysis.trainable[g]) {
                CHECK(after.widths[g] == full);
                continue;
            }
            CHECK(after.widths[g] >= Space::multiple);
            CHECK(std::fmod(after.widths[g], Space::multiple) == 0);
            if (after.widths[g] < full) // closely: not one step more
                CHECK_FALSE(after.holds(g, Space::multiple));
        }
        // As many channels died and came back as the widths say.
        double change = 0;
        for (std::size_t g = 0; g < Space::groups; ++g)
            change += after.widths[g] - before.widths[g];
        CHECK(change == settled.restored - settled.removed);
        if (before.holds())
            CHECK(settled.removed == 0);
        else
            CHECK(settled.removed > 0);
        removals += settled.removed > 0;
        restorations += settled.restored > 0;

        // Signs stay; an alpha that is not moved across the threshold is not moved at all.
        int moved = 0;
        for (std::size_t c = 0; c < alpha.size(); ++c) {
            CHECK(std::signbit(alpha[c]) == std::signbit(start[c]));
            moved += alpha[c] != start[c];
        }
        CHECK(moved <= settled.removed + settled.restored);
        // In float32 the same channels are alive.
        std::vector<double> rounded = alpha;
        for (double& a : rounded)
            a = static_cast<float>(a);
        CHECK(PrunedState<Search>(rounded).mask == after.mask);
        // Nothing is left to do.
        std::vector<double> again = alpha;
        const Settled second = Settle<Search>::apply(again);
        CHECK(second.removed + second.restored == 0);
        CHECK(again == alpha);
    }
    CHECK(removals > 20);
    CHECK(restorations > 20);
}

} // namespace

TEST_CASE("settle: one limit") { check_properties<Pit<Wide, Cost<Params>, Duccio<Limit<Percent<40>>>>>(); }
TEST_CASE("settle: several limits") {
    check_properties<Pit<Wide, Cost<Params, Ops>, Duccio<Limit<Ops, Percent<35>>, Limit<Params, 20'000>>>>();
}
TEST_CASE("settle: multiples") {
    check_properties<Pit<Wide, Cost<Params>, Duccio<Limit<Percent<40>>>, Multiple<8>>>();
}
TEST_CASE("settle: a part excluded") {
    check_properties<Pit<Wide, Cost<Params, Ops>, Duccio<Limit<Params, Percent<60>>, Limit<Ops, Percent<70>>>,
                         Multiple<4>, Exclude<"3.body">>>();
}

TEST_CASE("settle: without limits nothing changes") {
    for (int seed = 0; seed < 20; ++seed) {
        using Search = Pit<Wide, Cost<Params>, Strength<0.1>>;
        const std::vector<double> start = random_alpha(seed, Search::space::analysis.alphas);
        std::vector<double> alpha = start;
        const Settled settled = Settle<Search>::apply(alpha);
        CHECK(settled.removed + settled.restored == 0);
        CHECK(alpha == start);
    }
}

TEST_CASE("settle: the smallest theta dies first, the largest comes back first") {
    struct Six : Network<Features<1>, Sequential<Linear<6, NoBias>, Linear<1, NoBias>>> {};
    using Search = Pit<Six, Cost<Params>, Duccio<Limit<6>>>; // 2 weights a channel: three channels
    std::vector<double> alpha{0.9, -0.6, 0.8, 0.7, -1.0, 0.0};
    CHECK(Settle<Search>::apply(alpha).removed == 3);
    CHECK(alpha == std::vector<double>{0.9, -0.5, 0.5, 0.5, -1.0, 0.0});
    alpha = {0.1, -0.3, 0.2, 0.0, -0.4, 0.0};
    CHECK(Settle<Search>::apply(alpha).restored == 2);
    CHECK(alpha == std::vector<double>{0.1, -0.500001, 0.2, 0.0, -0.500001, 0.0});
    // The smallest limit leaves one channel, the last one.
    using Tight = Pit<Six, Cost<Params>, Duccio<Limit<2>>>;
    alpha = {9, 9, 9, 9, 9, 0};
    CHECK(Settle<Tight>::apply(alpha).removed == 5);
    CHECK(Alive<Tight::space>::masks(alpha) == std::vector<double>{0, 0, 0, 0, 0, 1});
}

TEST_CASE("settle: a large network takes no time") {
    using Search = Pit<Vgg16, Cost<Params>, Duccio<Limit<Percent<10>>>>;
    std::vector<double> alpha = random_alpha(1, Search::space::analysis.alphas);
    for (double& a : alpha)
        a += a < 0 ? -0.6 : 0.6;
    const Settled settled = Settle<Search>::apply(alpha);
    CHECK(settled.removed > 1000);
    CHECK(PrunedState<Search>(alpha).holds());
}

TEST_CASE("the gradient of the relaxed cost is that of central differences") {
    using Space = PitSpace<Wide>;
    using A = Alive<Space>;
    std::vector<double> alpha = random_alpha(3, Space::analysis.alphas);
    const auto relaxed = [](const std::vector<double>& at) {
        const auto widths = A::widths(A::thetas(at));
        return total_cost(Ops, Space::graph, std::span<const double>(widths));
    };
    const auto widths = A::widths(A::thetas(alpha));
    std::array<double, Space::groups> by_width{};
    cost_gradient(Ops, Space::graph, std::span<const double>(widths), std::span<double>(by_width));
    std::vector<double> gradient(alpha.size());
    A::for_each_group(std::span(gradient), [&](std::size_t g, std::span<double> group) {
        std::fill(group.begin(), group.end(), by_width[g]);
    });
    A::through_theta(alpha, gradient);
    for (std::size_t c = 0; c < alpha.size(); ++c) {
        CAPTURE(c);
        const double h = std::min(1e-4, std::abs(alpha[c]) / 2);
        auto more = alpha, less = alpha;
        more[c] += h;
        less[c] -= h;
        CHECK(gradient[c] == doctest::Approx((relaxed(more) - relaxed(less)) / (2 * h)).epsilon(1e-6));
    }
}
