// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/meta/real.hpp>

#include <concepts>
#include <type_traits>

namespace pliny {

/// A share of what the unpruned network costs.
struct Percentage {
    Real percent;
};
template <Real Value>
inline constexpr Percentage Percent{Value};

namespace detail {

struct SoleCost {}; // where a search has one cost, its limits need not name it

template <auto Metric, class Costs>
constexpr int place_in() {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(Metric)>, SoleCost>)
        return Costs::size == 1 ? 0 : -1;
    else
        return cost_index<Metric, Costs>;
}

template <class AmountType>
concept Amount = std::is_arithmetic_v<AmountType> || std::is_same_v<AmountType, Percentage>;

template <auto... Parts>
struct LimitParts {
    static constexpr bool valid = false; // reported by Limit
    static constexpr SoleCost cost{};
    static constexpr Percentage amount{100};
};
template <auto Given>
    requires Amount<std::remove_cvref_t<decltype(Given)>>
struct LimitParts<Given> {
    static constexpr bool valid = true;
    static constexpr SoleCost cost{};
    static constexpr auto amount = Given;
};
template <auto Metric, auto Given>
    requires(LayerCost<std::remove_cvref_t<decltype(Metric)>>&& Amount<std::remove_cvref_t<decltype(Given)>>)
struct LimitParts<Metric, Given> {
    static constexpr bool valid = true;
    static constexpr auto cost = Metric;
    static constexpr auto amount = Given;
};

} // namespace detail

/// An upper bound: `Limit<Percent<25>>`, `Limit<100'000>` where a search has one cost, else `Limit<Ops,
/// Percent<30>>`, `Limit<Params, 100'000>`.
template <auto... Parts>
struct Limit : detail::LimitParts<Parts...> {
    static_assert(
        detail::LimitParts<Parts...>::valid,
        "[limit.1] a limit is an amount or a cost and an amount: Limit<Percent<25>>, Limit<100'000>, "
        "Limit<Ops, Percent<30>>");

    /// The bound in the unit of the cost, for a network that costs `full` unpruned.
    static constexpr double amount_of(double full) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(Limit::amount)>, Percentage>)
            return full * Limit::amount.percent.value() / 100;
        else
            return static_cast<double>(Limit::amount);
    }
    /// Which of the costs it bounds; -1 where that cost is not among them or cannot be told.
    template <class Costs>
    static constexpr int index_in() {
        return detail::place_in<Limit::cost, Costs>();
    }
};

/// A cost of which a regularizer speaks without a limit; the sole one of a search need not be named.
template <auto Metric = detail::SoleCost{}>
struct Unlimited {
    /// As of Limit.
    template <class Costs>
    static constexpr int index_in() {
        return detail::place_in<Metric, Costs>();
    }
};

template <class Term>
inline constexpr bool is_limit = false;
template <auto... Parts>
inline constexpr bool is_limit<Limit<Parts...>> = sizeof(Limit<Parts...>) > 0; // Limit checks its parts
template <class Term>
inline constexpr bool is_unlimited = false;
template <auto Metric>
inline constexpr bool is_unlimited<Unlimited<Metric>> = true;

} // namespace pliny
