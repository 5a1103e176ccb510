// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/regularizers/limit.hpp>

namespace pliny {

/// A cost as an additional objective: value x cost is added to the loss. The second argument names the cost
/// where a search has several.
template <Real Value, auto Metric = detail::SoleCost{}>
struct Strength {
    static_assert(Value.value() >= 0, "[strength.1] Strength cannot be negative");
    static constexpr double value = Value.value();

    template <class Costs>
    static constexpr int index_in() {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(Metric)>, detail::SoleCost>)
            return Costs::size == 1 ? 0 : -1;
        else
            return cost_index<Metric, Costs>;
    }
};

/// No penalty: the user's loop adds its own.
struct NoRegularizer {};

} // namespace pliny
