// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/call.hpp>
#include <pliny/cost/dual.hpp>
#include <pliny/cost/in_parallel.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace pliny {

/// A call by which a row is priced: these channels, with these bits.
template <class Number>
struct PricedCall {
    Number in{}, out{};
    int weight_bits = 8, activation_bits = 8;
    int candidate = -1; // of the weights, whose channels these are; -1: all channels of the row
};

/// What a row may cost with one of the precisions of its input: a call for each precision of its weights.
template <class Number, std::size_t MostCalls>
struct PricedCase {
    double share = 1;    // with which the case counts
    int activation = -1; // number of that share among those of all activations; -1: there is no choice
    std::array<PricedCall<Number>, MostCalls> calls{};
    std::size_t count = 1;
};

namespace detail {

/// The prices of the calls of a row as one, with the derivative by each: their sum; of costs in parallel a
/// smooth maximum.
template <class CostType, std::size_t MostCalls>
struct CombinedPrice {
    double value = 0;
    std::array<double, MostCalls> slopes{};

    constexpr CombinedPrice(const std::array<double, MostCalls>& prices, std::size_t count) {
        if constexpr (runs_in_parallel<CostType>) {
            const SoftMaximum<MostCalls> soft(prices);
            value = soft.value;
            slopes = soft.slopes;
        } else {
            for (std::size_t k = 0; k < count; ++k) {
                value += prices[k];
                slopes[k] = 1;
            }
        }
    }
};

} // namespace detail

/// What a network costs, row by row over all cases that a row may have: sum of reach x share x price. `cases`
/// has
///
///     using number = ...;                     // in which channels are counted
///     static constexpr std::size_t most_calls = ...;
///     const auto& plan() const;
///     double reach(int row) const;            // how much of the row counts: 1 outside of choices
///     void for_each_case(int row, f) const;   // f(const PricedCase<number, most_calls>&)
template <class CostType, class Cases>
constexpr auto evaluated(const CostType& cost, const Cases& cases) {
    using Number = typename Cases::number;
    const auto& plan = cases.plan();
    decltype(cost(LayerCall<Number>{plan[1].facts, Number{}, Number{}})) sum{};
    for (int row = 1; row < plan.size(); ++row) {
        if (!plan[row].has_weights())
            continue;
        const double reach = cases.reach(row);
        if (reach == 0)
            continue;
        cases.for_each_case(row, [&](const PricedCase<Number, Cases::most_calls>& one) {
            decltype(sum) all{};
            for (std::size_t k = 0; k < one.count; ++k) {
                const PricedCall<Number>& call = one.calls[k];
                const auto price = cost(LayerCall<Number>{plan[row].facts, call.in, call.out,
                                                          call.weight_bits, call.activation_bits});
                if constexpr (runs_in_parallel<CostType>)
                    all = all < price ? price : all;
                else
                    all = all + price;
            }
            const double share = reach * one.share;
            if (share == 1)
                sum = sum + all;
            else if constexpr (!std::is_integral_v<decltype(all)>) // those have shares of 0 and 1 only
                sum = sum + all * share;
        });
    }
    return sum;
}

/// As evaluated, for channels counted in double, with the derivatives times `scale` given to `slopes`, which
/// has
///
///     void by_reach(int row, double slope);                      // of how much of the row counts
///     void by_share(int activation, double slope);               // of the share of a case
///     void by_channels(int row, const PricedCall<double>& call, double by_in, double by_out);
template <class CostType, class Cases, class Slopes>
constexpr double evaluated_gradient(const CostType& cost, const Cases& cases, Slopes&& slopes,
                                    double scale = 1) {
    const auto& plan = cases.plan();
    double sum = 0;
    for (int row = 1; row < plan.size(); ++row) {
        if (!plan[row].has_weights())
            continue;
        const double reach = cases.reach(row);
        double whole = 0;
        cases.for_each_case(row, [&](const PricedCase<double, Cases::most_calls>& one) {
            std::array<Dual, Cases::most_calls> prices{};
            std::array<double, Cases::most_calls> values{};
            for (std::size_t k = 0; k < one.count; ++k) {
                const PricedCall<double>& call = one.calls[k];
                prices[k] = cost(LayerCall<Dual>{plan[row].facts, Dual::in(call.in), Dual::out(call.out),
                                                 call.weight_bits, call.activation_bits});
                values[k] = prices[k].value;
            }
            const detail::CombinedPrice<CostType, Cases::most_calls> all(values, one.count);
            whole += one.share * all.value;
            if (one.activation >= 0)
                slopes.by_share(one.activation, scale * reach * all.value);
            for (std::size_t k = 0; k < one.count; ++k) {
                const double slope = scale * reach * one.share * all.slopes[k];
                slopes.by_channels(row, one.calls[k], slope * prices[k].by_in, slope * prices[k].by_out);
            }
        });
        slopes.by_reach(row, scale * whole);
        sum += reach * whole;
    }
    return sum;
}

} // namespace pliny
