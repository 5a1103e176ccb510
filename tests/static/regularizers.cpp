// SPDX-License-Identifier: Apache-2.0
// What a regularizer is: the concept, terms, limits of one's own, sums; all of it in constants.
#include <pliny/core.hpp>

#include "../support/squared_excess.hpp"

#include <array>

using namespace pliny;
using pliny::testing::SquaredExcess;

namespace {

struct Small : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, BatchNorm2d, ReLU, Conv2d<12>,
                                                  AdaptiveAvgPool2d<1>, Flatten, Linear<10>>> {};

using Half = SquaredExcess<Limit<Ops, Percent<50>>>;
using Sum = Regularizers<Duccio<Limit<Params, 600>, Limit<Ops, Percent<80>>>, Strength<0.5, Params>, Half>;
using Costs = Cost<Params, Ops>;
template <class Type>
using TermsOf = RegularizerTerms<typename Type::terms>;

static_assert(Regularizer<Duccio<Limit<5>>> && Regularizer<Strength<1>> && Regularizer<NoRegularizer>);
static_assert(Regularizer<Half> && Regularizer<Sum> && Regularizer<Regularizers<Sum, Half>>);
static_assert(!Regularizer<Limit<5>> && !Regularizer<Costs> && !Regularizer<int>);
static_assert(RegularizerTraits<Half>::known && RegularizerTraits<Sum>::known &&
              !RegularizerTraits<int>::known);

// Terms: the costs, which of them are limits, and how large.
static_assert(TermsOf<NoRegularizer>::size == 0 && TermsOf<NoRegularizer>::limits == 0);
static_assert(TermsOf<Sum>::size == 4 && TermsOf<Sum>::limits == 3 && Sum::states == 2 + 0 + 2);
static_assert(TermsOf<Sum>::cost_indices<Costs>() == std::array{0, 1, 0, 1});
static_assert(TermsOf<Sum>::limit_indices<Costs>() == std::array{0, 1, 1});
static_assert(TermsOf<Sum>::amounts<Costs>(std::array{1000.0, 500.0}) == std::array{600.0, 400.0, 250.0});
static_assert(RegularizerTraits<Sum>::knows_its_costs<Costs>);
static_assert(!RegularizerTraits<Sum>::knows_its_costs<Cost<Params>>);
static_assert(!RegularizerTraits<Sum>::knows_its_costs<Cost<Ops>>);
static_assert(RegularizerTraits<SquaredExcess<Limit<5>>>::knows_its_costs<Cost<Ops>>);
static_assert(!RegularizerTraits<SquaredExcess<Limit<5>>>::knows_its_costs<Costs>);
static_assert(Unlimited<>::index_in<Cost<Ops>>() == 0 && Unlimited<>::index_in<Costs>() == -1);
static_assert(Unlimited<Ops>::index_in<Costs>() == 1);

// Searches have the limits of any regularizer.
using Own = Pit<Small, Costs, Half>;
static_assert(Own::limits == std::array{0.5 * Own::bounds[1].largest});
using All = Pit<Small, Costs, Sum>;
static_assert(All::limits == std::array{600.0, 0.8 * All::bounds[1].largest, 0.5 * All::bounds[1].largest});
static_assert(Mps<Small, SquaredExcess<Limit<Percent<30>>>>::limits.size() == 1);

// The arithmetic in constants: both limits of Duccio exceeded for the first time, then the sum of all.
constexpr std::array costs{700.0, 500.0, 700.0, 500.0};
constexpr std::array limits{600.0, 400.0, 250.0};
constexpr RegularizerStep first{costs, limits, 2, SearchProgress(5, 10)};
constexpr auto slopes_of = [](const auto& state) {
    std::array<double, 4> slopes{};
    (void)Sum::value(first, state, slopes);
    return slopes;
};
constexpr auto value_of = [](const auto& state) {
    std::array<double, 4> slopes{};
    return Sum::value(first, state, slopes);
};
constexpr std::array<double, 4> start{};
constexpr double excess = 500.0 / 250 - 1;
// Strengths 4 x 2 / 100, at full ramp: 8 each; 0.5 x 700; (2 + 0) x 0.5 x excess^2.
static_assert(value_of(start) == 8 + 8 + 350 + 1 * excess * excess);
static_assert(slopes_of(start) == std::array{0.08, 0.08, 0.5, 2 * 1 * excess / 250});
constexpr auto moved = [] {
    std::array<double, 4> state{};
    Sum::advance(first, state);
    return state;
}();
static_assert(moved == std::array{0.08, 0.08, excess, 1.0});
static_assert(value_of(moved) == 8 + 8 + 350 + (2 + excess) * 0.5 * excess * excess);

// Whether the task loss counts.
using Limited = Duccio<Limit<Params, 600>, Limit<Ops, 400>>;
constexpr auto reads = [](double params, double ops, double strength) {
    const std::array now{params, ops}, bounds{600.0, 400.0}, strengths{strength, strength};
    return detail::reads_task_loss<Limited>(RegularizerStep{now, bounds, 0, SearchProgress(0, 1)}, strengths);
};
static_assert(!reads(600, 400, 0) && reads(601, 400, 0) && reads(600, 401, 0) && !reads(601, 401, 0.1));
static_assert(detail::reads_task_loss<Half>(first, start) && detail::reads_task_loss<Sum>(first, moved));
static_assert(detail::is_linear<Strength<1>>() &&
              detail::is_linear<Regularizers<Strength<1>, NoRegularizer>>());
static_assert(!detail::is_linear<Half>() && !detail::is_linear<Sum>() && !detail::is_linear<Limited>());

static_assert(SearchProgress(5, 20).share() == 0.25 && DuccioTerm::ramp(SearchProgress(5, 20)) == 0.505);

} // namespace
