// SPDX-License-Identifier: Apache-2.0
// Settling where alternatives are chosen: single cases, by hand.
#include "static/choice_networks.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

using namespace pliny;
using test::Nested; // alternatives: 40 or 296 in the inner choice; 584, nothing, or 36 with the inner choice

namespace {

using Alphas = std::vector<double>;

/// Settles, and gives the alphas.
template <class Search>
Alphas settled(Alphas alphas, int rechosen) {
    CHECK(Settle<Search>::apply(alphas).rechosen == rechosen);
    return alphas;
}

/// A tenth for each weight: sums of it depend on their order.
struct TenthsCost {
    static constexpr std::string_view name = "tenths";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return (call.weights() + call.biases()) * 0.1;
    }
};
inline constexpr TenthsCost Tenths{};

} // namespace

TEST_CASE("settle choices: the likeliest path that can meet the limit") {
    using Search =
        SuperNet<Nested, Cost<Params>, Duccio<Limit<5'493>>>; // all but 5746 and, by the wide one, 5494
    // 3x3 (2) cannot stay; of the others the long one (1) is likelier than the empty one (-4), by its 1x1
    // (0).
    CHECK(settled<Search>({0, -1, 2, -4, 1}, 1) == Alphas{0, -1, 2, -4, 2 + 2e-6});
    // Its wide convolution (3) cannot run: 1 - 2 and 0 - 3 are less likely than -1 - 2.
    CHECK(settled<Search>({0, 3, 2, -1, 1}, 1) == Alphas{0, 3, 2, 2 + 2e-6, 1});
    // ... but likelier than -3 - 2; two choices change.
    CHECK(settled<Search>({2.5, 3, 2, -1, 1}, 2) == Alphas{3 + 3e-6, 3, 2, -1, 2 + 2e-6});
    // What is chosen can stay.
    CHECK(settled<Search>({0, 3, 1, 2, 0}, 0) == Alphas{0, 3, 1, 2, 0});
    // The alpha to be beaten is large, small, or negative.
    CHECK(settled<Search>({0, 0, 1e6, 0, -5}, 1) == Alphas{0, 0, 1e6, 1e6 + 1, -5});
    CHECK(settled<Search>({0, 0, 1e-9, -2, -5}, 1) == Alphas{0, 0, 1e-9, 1e-9 + 1e-6, -5});
    CHECK(settled<Search>({0, 0, -4, -8, -12}, 1) == Alphas{0, 0, -4, -4 + 4e-6, -12});
}

TEST_CASE("settle choices: what is not decided uses the limit") {
    using Search =
        SuperNet<Nested, Cost<Params>, Duccio<Limit<5'500>>>; // 5494: the long one with its wide end
    constexpr double near = 0.69, far = 0.70;                 // exp(-near) > 1/2 > exp(-far)
    CHECK(settled<Search>({0, 0 - far, -9, 0, 0 - near}, 1) == Alphas{0, 0 - far, -9, 0, 1e-6});
    CHECK(settled<Search>({0, 0 - far, -9, 0, 0 - far}, 0) == Alphas{0, 0 - far, -9, 0, 0 - far});
    // The inner choice is asked again when it runs.
    CHECK(settled<Search>({0, -0.1, -9, 0, -0.2}, 2) == Alphas{0, 1e-6, -9, 0, 1e-6});
    // ... and is left as it was when it runs no more.
    using Loose = SuperNet<Nested, Cost<Params>, Duccio<Limit<5'746>>>;
    CHECK(settled<Loose>({0, -0.1, -0.2, -9, 0}, 1) == Alphas{0, -0.1, 1e-6, -9, 0});
    // What would exceed the limit is left.
    CHECK(settled<Search>({0, -9, 0, 0.1, -9}, 0) == Alphas{0, -9, 0, 0.1, -9});
    // Where it suffices for one of two, the likelier is taken.
    struct Two : Network<Features<8>, Sequential<Repeat<2, Choice<Identity, Linear<8>>>, Linear<4, NoBias>>> {
    };
    using One = SuperNet<Two, Cost<Params>, Duccio<Limit<72 + 32>>>;
    CHECK(settled<One>({0, -0.3, 0, -0.2}, 1) == Alphas{0, -0.3, 0, 1e-6});
    CHECK(settled<One>({0, -0.2, 0, -0.3}, 1) == Alphas{0, 1e-6, 0, -0.3});
    // A path that had to be found uses it, too; an inner choice that it makes run keeps its largest alpha.
    CHECK(settled<Search>({-9, 0, 3, 1, 2}, 1) == Alphas{-9, 0, 3, 1, 3 + 3e-6});
    CHECK(settled<Search>({-9, 0, 1, 0.5, 0.4}, 1) == Alphas{-9, 0, 1, 0.5, 1 + 1e-6});
    CHECK(settled<Search>({0.1, 0, 1, 0.5, 0.4}, 2)[1] == doctest::Approx(0.1 + 1e-6).epsilon(1e-12));
}

TEST_CASE("settle choices: widths first, paths where they do not suffice") {
    using Search = Pit<SuperNet<Nested>, Cost<Params>, Duccio<Limit<700>>>; // 654 and 10, nothing, or 4 or 12
    constexpr int widths = Search::space::first_choice_alpha;
    static_assert(widths == 8 + 4);
    Alphas start(widths, 1.0);
    start.insert(start.end(), {0, 1, 3, 0, 2});
    Alphas alphas = start;
    const Settled settled = Settle<Search>::apply(alphas);
    CHECK(settled.rechosen == 0);
    CHECK(settled.removed ==
          settled.restored + 7); // of the stem: 3x3 with one channel costs 664, with two 1352
    const auto mask = Alive<Search::space>::masks(std::span(alphas).first(widths));
    CHECK(mask ==
          Alphas{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1}); // those of the alternative that does not run stay
    CHECK(Alphas(alphas.begin() + widths, alphas.end()) == Alphas{0, 1, 3, 0, 2});

    using Tight = Pit<SuperNet<Nested>, Cost<Params>, Duccio<Limit<660>>>; // 664 and 666 are too many
    alphas = start;
    CHECK(Settle<Tight>::apply(alphas).rechosen == 2); // 3 - 2 and 1 - 0 against 3 - 0: the long way, its 1x1
    CHECK(Alphas(alphas.begin() + widths, alphas.end()) == Alphas{1 + 1e-6, 1, 3, 0, 3 + 3e-6});
    CHECK(Alive<Tight::space>::widths(Alive<Tight::space>::masks(std::span(alphas).first(widths))) ==
          std::array{3., 1., 1., 10.}); // 658; one channel more, 661
}

TEST_CASE("settle choices: limits that hold one by one, but not together") {
    // Many parameters and few operations, or the other way round: 522 and 522, 26 and 4106.
    struct Opposed
        : Network<Image<4, 16, 16>,
                  Sequential<Choice<Sequential<AvgPool2d<16>, Conv2d<64, NoBias>, Conv2d<4, NoBias>>,
                                    Sequential<Conv2d<4, NoBias>, AvgPool2d<16>>>,
                             Flatten, Linear<2>>> {};
    using Impossible = SuperNet<Opposed, Duccio<Limit<Params, 100>, Limit<Ops, 1'000>>>;
    static_assert(Impossible::bounds[0].smallest == 26 && Impossible::bounds[1].smallest == 522);
    Alphas alphas{0, 1};
    CHECK_THROWS_WITH_AS(Settle<Impossible>::apply(alphas),
                         "no path through the network meets all limits at once, although each of them can be "
                         "met; raise one of them",
                         std::invalid_argument);
    CHECK(alphas == Alphas{0, 1});
    CHECK_THROWS_AS(Settle<Impossible>::check_limits(), std::invalid_argument);
    using Possible = SuperNet<Opposed, Duccio<Limit<Params, 100>, Limit<Ops, 4'106>>>;
    Settle<Possible>::check_limits();
    CHECK(settled<Possible>({1, 0}, 1) == Alphas{1, 1 + 1e-6});
    Settle<SuperNet<Opposed>>::check_limits();
    Settle<Pit<Cnn, Cost<Params, Ops>,
               Duccio<Limit<Params, Percent<10>>, Limit<Ops, Percent<10>>>>>::check_limits();
}

TEST_CASE("settle choices: costs that are no whole numbers") {
    struct Four : Network<Features<8>,
                          Sequential<Repeat<4, Choice<Linear<8>, Identity, Sequential<Linear<2>, Linear<8>>>>,
                                     Linear<4, NoBias>>> {};
    using Search = SuperNet<Four, Cost<Tenths>, Duccio<Limit<23>>>; // layers of 72, 0 and 42 weights, and 32
    using T = ChoiceShares<Four>;
    const auto cost = [](const Alphas& alphas) {
        const auto widths = full_widths<double>(plan<Four>);
        const auto shares = one_hot(plan<Four>, T::largest(std::span<const double>(alphas)));
        return total_cost(Tenths, plan<Four>, std::span<const double>(widths),
                          std::span<const double>(shares));
    };
    // 42 + 42 + 72 + 42 + 32 weights; without fused multiplication and addition more than 23 in some orders.
    for (int wide = 0; wide < 4; ++wide) {
        Alphas alphas(T::size, -9);
        for (std::size_t c = 0; c < 4; ++c)
            alphas[3 * c + 2] = 9;
        alphas[3 * static_cast<std::size_t>(wide)] = 9 + 1e-3;
        Settle<Search>::apply(alphas);
        CHECK(cost(alphas) <= 23);
        const Alphas once = alphas;
        CHECK(Settle<Search>::apply(alphas).rechosen == 0);
        CHECK(alphas == once);
    }
}

TEST_CASE("settle choices: without limits nothing changes") {
    CHECK(settled<SuperNet<Nested>>({0, 1, 2, 2, 2}, 0) == Alphas{0, 1, 2, 2, 2});
    CHECK(settled<SuperNet<Nested, Strength<0.1, Params>>>({0, 0.1, 2, 2, 2}, 0) == Alphas{0, 0.1, 2, 2, 2});
}
