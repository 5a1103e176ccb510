// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/list.hpp>
#include <pliny/regularizers/terms.hpp>

#include <concepts>
#include <cstddef>
#include <span>

namespace pliny {

/// How far a search is: at `epoch`, from 0 and with fractions, of `epochs`.
struct SearchProgress {
    explicit constexpr SearchProgress(double at, double of) : epoch(at), epochs(of) {}

    double epoch;
    double epochs;

    /// From 0 at the start to 1 at the end.
    constexpr double share() const { return epoch / epochs; }
};

/// What a regularizer is told of one step of a search.
struct RegularizerStep {
    std::span<const double> costs;  // what its terms cost now, in their order
    std::span<const double> limits; // of its terms that are limits, in the units of their costs
    double task_loss;               // 0 where it does not read it
    SearchProgress progress;
};

/// What is added to the loss for the sake of costs: a struct of constants and of functions that compute with
/// numbers alone, without memory of their own.
///
///     struct SquaredExcess {
///         using terms = List<Limit<Percent<50>>>;   // the costs that it speaks of
///         static constexpr std::size_t states = 0;            // numbers that it keeps from step to step;
///         saved
///                                                             // with the model, 0 at the start
///         // What it adds to the loss; slopes[i], 0 before, becomes d(value)/d(costs[i]).
///         static constexpr double value(const RegularizerStep& step, std::span<const double> state,
///                                       std::span<double> slopes) {
///             const double excess = std::max(0.0, step.costs[0] / step.limits[0] - 1);
///             slopes[0] = 2 * excess / step.limits[0];
///             return excess * excess;
///         }
///         // How its numbers move on after a step.
///         static constexpr void advance(const RegularizerStep& step, std::span<double> state) {}
///     };
///
/// It may have `reads_task_loss(step, state)`, whether the loss counts in this step: it is read, and must be
/// finite, in every step otherwise. `linear = true` says that its value is the sum of slope x cost, with
/// slopes that do not depend on the costs: each of these is evaluated only once then.
template <class Type>
concept Regularizer = RegularizerTerms<typename Type::terms>::sound &&
    requires(const RegularizerStep& step, std::span<const double> state, std::span<double> changed) {
    { Type::states } -> std::convertible_to<std::size_t>;
    { Type::value(step, state, changed) } -> std::convertible_to<double>;
    Type::advance(step, changed);
};

namespace detail {

/// Whether a type means to be a regularizer, right or wrong.
template <class Type>
concept NamesTerms = requires {
    typename Type::terms;
};

template <class Type>
constexpr bool reads_task_loss(const RegularizerStep& step, std::span<const double> state) {
    if constexpr (requires { Type::reads_task_loss(step, state); })
        return Type::reads_task_loss(step, state);
    else
        return true;
}

template <class Type>
constexpr bool is_linear() {
    if constexpr (requires { Type::linear; })
        return Type::linear && Type::states == 0;
    else
        return false;
}

} // namespace detail
} // namespace pliny
