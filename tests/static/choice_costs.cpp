// SPDX-License-Identifier: Apache-2.0
// What networks with choices cost: paths, bounds, limits, shares and their derivatives.
#include "choice_networks.hpp"
#include "resolved.hpp"

using namespace pliny;
using test::Around;
using test::Chain;
using test::Deepest;
using test::Nested;

using Numbers = std::span<const double>;

// Paths. Nested: its choices are the inner one, then the outer one.
static_assert(running_alternatives(plan<Nested>, {1, 2}) == std::array{false, true, false, false, true});
static_assert(running_alternatives(plan<Nested>, {1, 0}) == std::array{false, false, true, false, false});
static_assert(running_alternatives(plan<Nested>, {0, 1}) == std::array{false, false, false, true, false});
static_assert(one_hot(plan<Nested>, {1, 2}) == std::array{0., 1., 0., 0., 1.});
static_assert(one_hot(plan<Nested>, {1, 0}) ==
              std::array{0., 1., 1., 0., 0.}); // the inner 1 counts for nothing
static_assert(running_alternatives(plan<Deepest>, {1, 2, 1, 0}) ==
              std::array{false, true, false, false, false, false, true, false, true, false, false});
static_assert(running_alternatives(plan<Deepest>, {1, 2, 1, 2}) ==
              std::array{false, false, false, false, false, false, false, false, false, false, true});
static_assert(running_alternatives(plan<Cnn>, {}).empty() && one_hot(plan<Cnn>, {}).empty());
static_assert(std::is_same_v<PathOf<Nested>, std::array<int, 2>> && PathOf<Cnn>{}.empty());

// The share of a row is the product of the shares of all that it is part of.
inline constexpr std::array nested_shares{0.25, 0.75, 0.5, 0.125, 0.375};
static_assert(reach(plan<Nested>, 1, nested_shares) == 1 && reach(plan<Nested>, 12, nested_shares) == 1);
static_assert(reach(plan<Nested>, 2, nested_shares) == 0.5 && reach(plan<Nested>, 3, nested_shares) == 0.375);
static_assert(reach(plan<Nested>, 5, nested_shares) == 0.25 * 0.375);
static_assert(reach(plan<Nested>, 6, nested_shares) == 0.75 * 0.375);
static_assert(reach(plan<Nested>, 7, nested_shares) == 0.375 && reach(plan<Nested>, 8, nested_shares) == 1);

static_assert(path_count(plan<Nested>) == 4 && test::ways<Nested> == 4);
static_assert(path_count(plan<Around>) == 16 && test::ways<Around> == 16);
static_assert(path_count(plan<Deepest>) == 1 + 2 + 3 + 2 && test::ways<Deepest> == 8);
static_assert(path_count(plan<Chain>) == 3 * (2 + 2) * 3 * 2 && test::ways<Chain> == 72);
static_assert(path_count(plan<Cnn>) == 1);

// Costs of Nested by hand: stem 32, then 584, nothing or 36 with 40 or 296, then 5130.
inline constexpr auto full = full_widths<double>(plan<Nested>);
inline constexpr auto exact = full_widths<std::int64_t>(plan<Nested>);
template <int Inner, int Outer>
inline constexpr std::int64_t cost_on = total_cost(Params, plan<Nested>, std::span<const std::int64_t>(exact),
                                                   Numbers(one_hot(plan<Nested>, {Inner, Outer})));
static_assert(cost_on<0, 0> == 5162 + 584 && cost_on<1, 0> == 5162 + 584 && cost_on<0, 1> == 5162);
static_assert(cost_on<0, 2> == 5162 + 76 && cost_on<1, 2> == 5162 + 332);
static_assert(total_cost(Params, plan<Nested>, Numbers(full), nested_shares) ==
              5162 + 0.5 * 584 + 0.375 * (36 + 0.25 * 40 + 0.75 * 296));
static_assert(cost_of<test::Way<Nested, 0>, Params> == 5746 && cost_of<test::Way<Nested, 1>, Params> == 5162);
static_assert(cost_of<test::Way<Nested, 3>, Params> == 5494);

// Derivatives: by a share, what its rows cost times the other shares of these rows; by a width, as ever.
inline constexpr auto slopes = [] {
    struct {
        double value = 0;
        std::array<double, 4> by_width{};
        std::array<double, 5> by_theta{1000, 0, 0, 0, 0}; // the slope is added
    } s;
    s.value = cost_gradient(Params, plan<Nested>, Numbers(full), std::span(s.by_width), nested_shares,
                            std::span(s.by_theta));
    return s;
}();
static_assert(slopes.value == total_cost(Params, plan<Nested>, Numbers(full), nested_shares));
static_assert(slopes.by_theta ==
              std::array{1000 + 0.375 * 40, 0.375 * 296, 584., 0., 36 + 0.25 * 40 + 0.75 * 296});
// Group 1: stem (3 + 1), 3x3 in and out (2 x 72 + 1), in of 3 (4), out of 5 and 6 (4 + 1, 36 + 1), linear
// (640).
static_assert(slopes.by_width[1] == 4 + 0.5 * 145 + 0.375 * 4 + 0.25 * 0.375 * 5 + 0.75 * 0.375 * 37 + 640);
static_assert(slopes.by_width[2] == 0.375 * 9 + 0.25 * 0.375 * 8 + 0.75 * 0.375 * 72);

// Extremes with their paths; the first of equals.
inline constexpr auto by_row = [](int row) { return static_cast<double>(plan<Nested>[row].facts.weights); };
inline constexpr auto extremes = path_extremes(plan<Nested>, by_row);
static_assert(extremes.least == 24 + 5120 && extremes.largest == 24 + 576 + 5120);
static_assert(extremes.least_path == std::array{0, 1} && extremes.largest_path == std::array{1, 0});
inline constexpr auto level = path_extremes(plan<Nested>, [](int) { return 0.0; });
static_assert(level.least_path == std::array{0, 0} && level.largest_path == std::array{0, 0});
inline constexpr auto long_ones = path_extremes(plan<Nested>, [](int row) { return row == 6 ? 5 : 1; });
static_assert(long_ones.least == 5 && long_ones.largest == 5 + 2 + 5); // the choices are free
static_assert(long_ones.largest_path == std::array{1, 2});

// Bounds against all networks that a network stands for, each compiled without a Choice.
template <class Net>
struct ParamsOf {
    static constexpr auto value = cost_of<Net, Params>;
};
template <class Net>
struct OpsOf {
    static constexpr auto value = cost_of<Net, Ops>;
};
template <class Net>
struct NarrowOf {
    static constexpr auto value = Pit<Net, Cost<Params>>::bounds[0].smallest;
};
template <class Search, template <class> class Smallest, template <class> class Largest>
constexpr bool bounds_are_those_of_all(std::size_t cost) {
    constexpr auto all = test::extremes_over_ways<typename Search::network, Smallest, Largest>;
    return Search::bounds[cost].smallest == all[0] && Search::bounds[cost].largest == all[1];
}
static_assert(bounds_are_those_of_all<SuperNet<Nested>, ParamsOf, ParamsOf>(0));
static_assert(bounds_are_those_of_all<SuperNet<Nested>, OpsOf, OpsOf>(1));
static_assert(bounds_are_those_of_all<SuperNet<Around>, ParamsOf, ParamsOf>(0));
static_assert(bounds_are_those_of_all<SuperNet<Around>, OpsOf, OpsOf>(1));
static_assert(bounds_are_those_of_all<SuperNet<Deepest>, ParamsOf, ParamsOf>(0));
static_assert(bounds_are_those_of_all<SuperNet<Chain>, ParamsOf, ParamsOf>(0));
static_assert(bounds_are_those_of_all<SuperNet<Chain>, OpsOf, OpsOf>(1));
// With widths: the narrowest network of each, where none freezes channels that another leaves free.
static_assert(bounds_are_those_of_all<Pit<SuperNet<Nested>, Cost<Params>>, NarrowOf, ParamsOf>(0));
static_assert(bounds_are_those_of_all<Pit<SuperNet<Chain>, Cost<Params>>, NarrowOf, ParamsOf>(0));
// ... and by hand: 3 + 1, nothing, 64 x 10 + 10.
static_assert(Pit<SuperNet<Nested>, Cost<Params>>::bounds[0].smallest == 654);
static_assert(Pit<SuperNet<Nested>, Cost<Params>, NoRegularizer, Exclude<"1.0">>::bounds[0].smallest == 5162);
static_assert(Pit<SuperNet<Nested>, Cost<Params>, NoRegularizer, Multiple<4>>::bounds[0].smallest ==
              16 + 2560 + 10);
static_assert(SuperNet<Nested>::bounds[0].smallest == 5162 && SuperNet<Nested>::bounds[0].largest == 5746);

// Limits: Percent is of the most expensive path.
static_assert(SuperNet<Nested, Cost<Params>, Duccio<Limit<Percent<95>>>>::limits[0] == 5746 * 95 / 100.0);
static_assert(SuperNet<Nested, Cost<Params>, Duccio<Limit<5162>>>::limits[0] ==
              5162); // the smallest possible
static_assert(SuperNet<Nested, Duccio<Limit<Ops, Percent<90>>, Limit<Params, 5500>>>::limits ==
              std::array{0.9 * SuperNet<Nested>::bounds[1].largest, 5500.});
static_assert(Pit<SuperNet<Nested>, Cost<Params>, Duccio<Limit<654>>>::limits[0] == 654);
static_assert(Pit<SuperNet<Nested>, Cost<Ops, Params>, Duccio<Limit<Params, Percent<50>>>>::limits[0] ==
              2873);
static_assert(SuperNet<Nested>::limits.empty() && SuperNet<Nested, Strength<1e-3, Ops>>::limits.empty());

// The parts of a search, in any order.
using Search =
    SuperNet<Nested, Entropy<0.5>, Cost<Ops>, Gumbel, Duccio<Limit<Percent<99>>>, Temperature<5, 0.5>>;
static_assert(std::is_same_v<Search::costs, Cost<Ops>> && Search::limits.size() == 1);
static_assert(std::is_same_v<Search::choice_options::sampling, Gumbel>);
static_assert(Search::choice_options::temperature::first == 5 &&
              Search::choice_options::temperature::last == 0.5);
static_assert(Search::choice_options::entropy::value == 0.5 && Search::choice_options::variation::value == 0);
using Plain = SuperNet<Nested>;
static_assert(std::is_same_v<Plain::costs, Cost<Params, Ops>> && !Plain::relaxed);
static_assert(std::is_same_v<Plain::regularizer, NoRegularizer> && SearchDescription<Plain>);
static_assert(std::is_same_v<Plain::choice_options::sampling, Softmax>);
static_assert(Plain::choice_options::temperature::first == 1 &&
              Plain::choice_options::temperature::last == 1);
using Both = Pit<SuperNet<Nested, Hard, InverseVariation<2, 0.5>>, Cost<Params>>;
static_assert(std::is_same_v<Both::network, Nested> && std::is_same_v<Both::choice_options::sampling, Hard>);
static_assert(Both::choice_options::variation::value == 2 && Both::choice_options::variation::epsilon == 0.5);
static_assert(SearchDescription<Both> && SearchDescription<Pit<Cnn, Cost<Params>>> &&
              !SearchDescription<Cnn>);

// Alphas of widths, then of alternatives.
static_assert(Plain::space::alphas == 5 && Plain::space::first_choice_alpha == 0);
static_assert(Both::space::alphas == 12 + 5 && Both::space::first_choice_alpha == 12);
static_assert(Plain::space::analysis.trainable == std::array{false, false, false, false});
static_assert(Both::space::analysis.trainable == std::array{false, true, true, false});
