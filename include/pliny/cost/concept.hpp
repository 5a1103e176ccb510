// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/call.hpp>
#include <pliny/cost/dual.hpp>
#include <pliny/cost/evaluator.hpp>
#include <pliny/graph/paths.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace pliny {

/// A cost: a constant of an empty struct with a name and one call operator that prices a layer call in any
/// numeric type.
///
///     struct FileBytesCost {
///         static constexpr std::string_view name = "file_bytes";
///         template <class Number>
///         constexpr Number operator()(const LayerCall<Number>& call) const { return call.weights() * 4; }
///     };
///     inline constexpr FileBytesCost FileBytes{};
///
/// It must not fall when a layer gets wider: bounds are taken at the narrowest and the widest network. The
/// struct has a name of its own for nvcc; g++ and clang also take one of the name of the constant.
template <class CostType>
concept LayerCost = requires(const CostType cost, const LayerCall<std::int64_t>& whole,
                             const LayerCall<double>& real, const LayerCall<Dual>& dual) {
    { std::remove_cvref_t<CostType>::name } -> std::convertible_to<std::string_view>;
    { cost(whole) } -> std::convertible_to<double>;
    { cost(real) } -> std::convertible_to<double>;
    { cost(dual) } -> std::same_as<Dual>;
};

namespace roles {
/// What an argument of a search is for is a type, which the argument names as its `role`; see
/// methods/parts.hpp.
struct Costs {};
} // namespace roles

/// The costs of a search: `Cost<Params>`, `Cost<Params, Ops>`, or one's own.
template <auto... Costs>
struct Cost {
    static_assert(sizeof...(Costs) > 0, "[cost.1] Cost<...> needs a cost, such as Cost<Params>");
    static_assert(
        (LayerCost<decltype(Costs)> && ...),
        "[cost.2] not a cost: it needs a static name and an operator()(const LayerCall<Number>&) for every "
        "Number; see cost/concept.hpp");
    using role = roles::Costs;
    static constexpr int size = sizeof...(Costs);
};

template <auto One, auto Other>
inline constexpr bool same_cost = std::is_same_v<decltype(One), decltype(Other)>;

/// Position of a cost in a list, -1 where it is not there.
template <auto Metric, class Costs>
inline constexpr int cost_index = -1;
template <auto Metric, auto... Costs>
inline constexpr int cost_index<Metric, Cost<Costs...>> = [] {
    using Wanted = std::remove_cvref_t<decltype(Metric)>; // types: nvcc loses constants of a pack in a list
    const bool equal[] = {std::is_same_v<Wanted, std::remove_cvref_t<decltype(Costs)>>...};
    for (int i = 0; i < static_cast<int>(sizeof...(Costs)); ++i)
        if (equal[i])
            return i;
    return -1;
}();

namespace detail {

template <std::size_t Index, class Costs>
struct CostAt;
template <std::size_t Index, auto... Costs>
struct CostAt<Index, Cost<Costs...>> {
    static constexpr auto value = std::get<Index>(std::tuple{Costs...});
};

} // namespace detail

/// The cost at a position of a list.
template <std::size_t Index, class Costs>
inline constexpr auto cost_at = detail::CostAt<Index, Costs>::value;

/// Price of one row of a plan; rows without weights are free.
template <class Number, class CostType, class AnyPlan>
constexpr auto row_cost(const CostType& cost, const AnyPlan& plan, int row, std::span<const Number> widths) {
    return cost(LayerCall<Number>{plan[row].facts, alive_channels(plan, plan.input(row), widths),
                                  alive_channels(plan, row, widths)});
}

/// The first row that costs less when its input, its output or both are as wide as in `wide` and not as in
/// `narrow`; 0 where none does.
template <class CostType, class AnyPlan>
constexpr int falling_row(const CostType& cost, const AnyPlan& plan, std::span<const double> narrow,
                          std::span<const double> wide) {
    for (int row = 1; row < plan.size(); ++row) {
        if (!plan[row].has_weights())
            continue;
        const auto price = [&](double in, double out) {
            return static_cast<double>(cost(LayerCall<double>{plan[row].facts, in, out}));
        };
        const auto falls = [](double from, double to) {
            return to < from - 1e-9 * (from < 0 ? -from : from);
        };
        const int input = plan.input(row);
        const double in = alive_channels(plan, input, narrow), wide_in = alive_channels(plan, input, wide),
                     out = alive_channels(plan, row, narrow), wide_out = alive_channels(plan, row, wide);
        const double least = price(in, out), most = price(wide_in, wide_out);
        if (falls(least, most))
            return row;
        if (plan[row].facts.depthwise || in == wide_in || out == wide_out)
            continue;
        for (const double between : {price(in, wide_out), price(wide_in, out)})
            if (falls(least, between) || falls(between, most))
                return row;
    }
    return 0;
}

/// A cost of which bounds and limits cannot be told; the compiler prints it and the layer.
template <Path Where, class CostType>
struct FallingCost {
    static_assert(
        sizeof(CostType) == 0,
        "[cost.6] a cost falls when a layer gets wider, and searches need one that does not; the lines "
        "around this one print FallingCost<path of the layer, cost>");
    static constexpr bool checked = true;
};

namespace detail {

/// A plan whose group g has `widths[g]` channels alive; alternative a counts with the share `thetas[a]`. One
/// case a row, with 8 bits.
template <class Number, class AnyPlan>
struct PlanCases {
    using number = Number;
    static constexpr std::size_t most_calls = 1;
    const AnyPlan& graph;
    std::span<const Number> widths;
    std::span<const double> thetas;

    constexpr const AnyPlan& plan() const { return graph; }
    constexpr double reach(int row) const { return pliny::reach(graph, row, thetas); }
    template <class Function>
    constexpr void for_each_case(int row, Function f) const {
        PricedCase<Number, 1> one;
        one.calls[0].in = alive_channels(graph, graph.input(row), widths);
        one.calls[0].out = alive_channels(graph, row, widths);
        f(one);
    }
};

/// The derivatives of PlanCases: by widths, and by thetas where they are asked for.
template <class AnyPlan>
struct PlanSlopes {
    const AnyPlan& plan;
    std::span<const double> thetas;
    std::span<double> by_width, by_theta;

    constexpr void by_reach(int row, double slope) {
        if (!by_theta.empty())
            add_reach_slopes(plan, row, thetas, slope, by_theta);
    }
    constexpr void by_share(int, double) {}
    constexpr void by_channels(int row, const PricedCall<double>&, double by_in, double by_out) {
        spread(plan.input(row), by_in);
        spread(row, by_out);
    }

private:
    constexpr void spread(int row, double slope) {
        for (const Segment& segment : plan.channels(row))
            by_width[static_cast<std::size_t>(segment.group)] += slope * segment.repeat;
    }
};

} // namespace detail

/// Price of a network whose group g has `widths[g]` channels alive. Where it has choices, `thetas[a]` is the
/// share of alternative a: each row counts by the product of the shares of all alternatives that it is part
/// of. Whole numbers take shares of 0 and 1 only.
template <class Number, class CostType, class AnyPlan>
constexpr auto total_cost(const CostType& cost, const AnyPlan& plan, std::span<const Number> widths,
                          std::span<const double> thetas = {}) {
    return evaluated(cost, detail::PlanCases<Number, AnyPlan>{plan, widths, thetas});
}

/// As total_cost, with d(cost)/d(widths[g]) added to gradient[g] and d(cost)/d(thetas[a]) to by_theta[a], if
/// that is given; both times `scale`.
template <class CostType, class AnyPlan>
constexpr double cost_gradient(const CostType& cost, const AnyPlan& plan, std::span<const double> widths,
                               std::span<double> gradient, std::span<const double> thetas = {},
                               std::span<double> by_theta = {}, double scale = 1) {
    return evaluated_gradient(cost, detail::PlanCases<double, AnyPlan>{plan, widths, thetas},
                              detail::PlanSlopes<AnyPlan>{plan, thetas, gradient, by_theta}, scale);
}

/// The cost of an unpruned network as a constant: `cost_of<Cnn, Params> == 421'642`.
template <class Net, auto Metric>
inline constexpr auto cost_of = [] {
    static_assert(LayerCost<decltype(Metric)>,
                  "[cost.3] cost_of<Net, C> takes a cost such as Params; see cost/concept.hpp");
    constexpr bool fixed = choice_count<std::remove_const_t<decltype(plan<Net>)>> == 0;
    static_assert(!LayerCost<decltype(Metric)> || fixed,
                  "[cost.5] what a network with Choice costs depends on what is chosen; "
                  "SuperNet<Net, Cost<C>>::bounds[0] has the smallest and the largest");
    if constexpr (LayerCost<decltype(Metric)> && fixed) {
        const auto widths = full_widths<std::int64_t>(plan<Net>);
        return total_cost(Metric, plan<Net>, std::span<const std::int64_t>(widths));
    } else {
        return 0;
    }
}();

} // namespace pliny
