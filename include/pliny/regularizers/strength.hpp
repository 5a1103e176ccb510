// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/regularizers/concept.hpp>

#include <cstddef>
#include <span>

namespace pliny {

/// A cost as an additional objective: value x cost is added to the loss. The second argument names the cost
/// where a search has several.
template <Real Value, auto Metric = detail::SoleCost{}>
struct Strength {
    static_assert(Value.value() >= 0, "[strength.1] Strength cannot be negative");
    static constexpr double weight = Value.value();

    using terms = List<Strength>; // a term itself: nvcc loses a constant that is an argument again
    static constexpr std::size_t states = 0;
    static constexpr bool linear = true;

    static constexpr double value(const RegularizerStep& step, std::span<const double>,
                                  std::span<double> slopes) {
        slopes[0] = weight;
        return weight * step.costs[0];
    }
    static constexpr void advance(const RegularizerStep&, std::span<double>) {}
    static constexpr bool reads_task_loss(const RegularizerStep&, std::span<const double>) { return false; }
    template <class Costs>
    static constexpr int index_in() {
        return detail::place_in<Metric, Costs>();
    }
};
template <Real Value, auto Metric>
inline constexpr bool is_unlimited<Strength<Value, Metric>> = true;

/// No penalty: the user's loop adds its own.
struct NoRegularizer {
    using terms = List<>;
    static constexpr std::size_t states = 0;
    static constexpr bool linear = true;

    static constexpr double value(const RegularizerStep&, std::span<const double>, std::span<double>) {
        return 0;
    }
    static constexpr void advance(const RegularizerStep&, std::span<double>) {}
    static constexpr bool reads_task_loss(const RegularizerStep&, std::span<const double>) { return false; }
};

} // namespace pliny
