// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <tuple>
#include <type_traits>

namespace pliny {

/// Number of alternatives of all choices of a network, and of its choices.
template <class AnyPlan>
inline constexpr std::size_t alternative_count = std::tuple_size_v<decltype(AnyPlan::alternatives)>;
template <class AnyPlan>
inline constexpr std::size_t choice_count = std::tuple_size_v<decltype(AnyPlan::choices)>;

/// A path through a network: which alternative each choice takes, in the order of plan.choices. Choices
/// inside alternatives that are not taken have a number too; it does not count.
template <class AnyPlan>
using ChosenOf = std::array<int, choice_count<AnyPlan>>;

template <class Net>
using PathOf = ChosenOf<std::remove_cvref_t<decltype(plan<Net>)>>;

/// Which alternatives run: those that are taken and are not inside one that is not.
template <class AnyPlan>
using RunningOf = std::array<bool, alternative_count<AnyPlan>>;

/// Whether a row is on a path: inside no alternative, or in one that runs.
template <class AnyPlan>
constexpr bool runs(const AnyPlan& plan, int row, const RunningOf<AnyPlan>& running) {
    const int inside = plan[row].alternative;
    return inside < 0 || running[static_cast<std::size_t>(inside)];
}

namespace detail {

/// `take(a)` tells whether alternative number a is taken where its choice runs. Parents stand behind.
template <class AnyPlan, class Take>
constexpr RunningOf<AnyPlan> running(const AnyPlan& plan, const Take& take) {
    RunningOf<AnyPlan> on{};
    for (std::size_t a = on.size(); a-- > 0;) {
        const int parent = plan.alternatives[a].parent;
        on[a] = take(a) && (parent < 0 || on[static_cast<std::size_t>(parent)]);
    }
    return on;
}

} // namespace detail

template <class AnyPlan>
constexpr RunningOf<AnyPlan> running_alternatives(const AnyPlan& plan, const ChosenOf<AnyPlan>& chosen) {
    std::array<int, alternative_count<AnyPlan>> number{};
    for (std::size_t c = 0; c < chosen.size(); ++c) {
        const Row& choice = plan[plan.choices[c]];
        for (int i = 0; i < choice.inputs; ++i)
            number[static_cast<std::size_t>(choice.first_alternative + i)] = chosen[c];
    }
    return detail::running(plan, [&](std::size_t a) { return plan.alternatives[a].number == number[a]; });
}

/// 1 for the alternative that each choice takes, 0 for the others.
template <class AnyPlan>
constexpr std::array<double, alternative_count<AnyPlan>> one_hot(const AnyPlan& plan,
                                                                 const ChosenOf<AnyPlan>& chosen) {
    std::array<double, alternative_count<AnyPlan>> thetas{};
    for (std::size_t c = 0; c < chosen.size(); ++c)
        thetas[static_cast<std::size_t>(plan[plan.choices[c]].first_alternative + chosen[c])] = 1;
    return thetas;
}

/// How much of a row counts when alternative a of its choice has the share thetas[a]: the product over all
/// alternatives that it is part of.
template <class AnyPlan>
constexpr double reach(const AnyPlan& plan, int row, std::span<const double> thetas) {
    double share = 1;
    for (int a = plan[row].alternative; a >= 0; a = plan.alternatives[static_cast<std::size_t>(a)].parent)
        share *= thetas[static_cast<std::size_t>(a)];
    return share;
}

/// Adds d(reach)/d(thetas[a]) x slope to by_theta[a], for all alternatives that a row is part of.
template <class AnyPlan>
constexpr void add_reach_slopes(const AnyPlan& plan, int row, std::span<const double> thetas, double slope,
                                std::span<double> by_theta) {
    const auto parent = [&](int a) { return plan.alternatives[static_cast<std::size_t>(a)].parent; };
    for (int a = plan[row].alternative; a >= 0; a = parent(a)) {
        double others = 1;
        for (int b = plan[row].alternative; b >= 0; b = parent(b))
            others *= b == a ? 1 : thetas[static_cast<std::size_t>(b)];
        by_theta[static_cast<std::size_t>(a)] += others * slope;
    }
}

/// Least and largest sum of `price(row)`, which is not negative, over the rows of a path; with the paths.
template <class AnyPlan>
struct PathExtremes {
    double least = 0;
    double largest = 0;
    ChosenOf<AnyPlan> least_path{};
    ChosenOf<AnyPlan> largest_path{};
};
template <class AnyPlan, class Price>
constexpr PathExtremes<AnyPlan> path_extremes(const AnyPlan& plan, const Price& price) {
    std::array<double, alternative_count<AnyPlan>> low{}, high{};
    PathExtremes<AnyPlan> found;
    for (int row = 1, next = 0; row < plan.size(); ++row) {
        double least = 0, largest = 0;
        if (detail::is_choice(plan[row])) { // the rows of its alternatives are before it
            const auto c = static_cast<std::size_t>(next++);
            least = std::numeric_limits<double>::infinity();
            largest = -1;
            for (const Alternative& one : plan.alternatives_of(row)) {
                const auto a = static_cast<std::size_t>(plan[row].first_alternative + one.number);
                if (low[a] < least) {
                    least = low[a];
                    found.least_path[c] = one.number;
                }
                if (high[a] > largest) {
                    largest = high[a];
                    found.largest_path[c] = one.number;
                }
            }
        } else {
            least = largest = price(row);
        }
        const int inside = plan[row].alternative;
        (inside < 0 ? found.least : low[static_cast<std::size_t>(inside)]) += least;
        (inside < 0 ? found.largest : high[static_cast<std::size_t>(inside)]) += largest;
    }
    return found;
}

/// How many networks a network with choices stands for: the number of its paths.
template <class AnyPlan>
constexpr double path_count(const AnyPlan& plan) {
    std::array<double, alternative_count<AnyPlan>> inside{};
    inside.fill(1);
    double all = 1;
    for (int row : plan.choices) {
        double sum = 0;
        for (const Alternative& one : plan.alternatives_of(row))
            sum += inside[static_cast<std::size_t>(plan[row].first_alternative + one.number)];
        const int around = plan[row].alternative;
        (around < 0 ? all : inside[static_cast<std::size_t>(around)]) *= sum;
    }
    return all;
}

} // namespace pliny
