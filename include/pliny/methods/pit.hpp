// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/exclude.hpp>
#include <pliny/methods/mask_sites.hpp>
#include <pliny/regularizers/feasibility.hpp>

#include <algorithm>
#include <array>
#include <type_traits>

namespace pliny {

/// Every width that a search finds is a multiple of N, as SIMD units and accelerators like it; a group whose
/// own width is none keeps it.
template <int N>
struct Multiple {
    static_assert(N > 0, "[multiple.1] Multiple<N> needs N >= 1");
    static constexpr int value = N;
};

/// The penalty and `cost<C>()` read the relaxed widths, sum(theta), instead of the number of channels alive.
struct RelaxedCost {};

namespace detail {

template <class Option>
struct PitOption {
    static constexpr bool known = std::is_same_v<Option, RelaxedCost>;
    static constexpr int multiple = 1;
};
template <int N>
struct PitOption<Multiple<N>> {
    static constexpr bool known = true;
    static constexpr int multiple = N;
};
template <LayerKey... Keys>
struct PitOption<Exclude<Keys...>> {
    static constexpr bool known = true;
    static constexpr int multiple = 1;
};

template <class Option>
constexpr bool excludes(const Row& row) {
    if constexpr (requires { Option::matches(row); })
        return Option::matches(row);
    return false;
}
template <class Option, class P>
constexpr bool excludes_known_layers(const P& plan) {
    if constexpr (requires { Option::all_found(plan); })
        return Option::all_found(plan);
    return true;
}

template <class C>
inline constexpr bool is_cost_list = false;
template <auto... Costs>
inline constexpr bool is_cost_list<Cost<Costs...>> = sizeof(Cost<Costs...>) > 0; // Cost checks its list

} // namespace detail

/// What PIT searches: the widths of the trainable groups of Net, all alphas in one flat vector.
template <class Net, class... Options>
struct PitSpace {
    static constexpr const auto& graph = plan<Net>;
    static constexpr std::size_t groups = std::tuple_size_v<decltype(graph.groups)>;
    static constexpr int multiple = std::max({1, detail::PitOption<Options>::multiple...});

    struct Analysis {
        std::array<bool, groups> trainable{};
        std::array<int, groups> offset{};   // of the group's first alpha
        std::array<int, groups> smallest{}; // width that it keeps at least
        int alphas = 0;
        std::array<MaskSite, static_cast<std::size_t>(graph.size())> sites{};
    };
    static constexpr Analysis analysis = [] {
        Analysis a;
        for (std::size_t g = 0; g < groups; ++g)
            a.trainable[g] = !graph.groups[g].frozen && graph.groups[g].width > multiple &&
                             graph.groups[g].width % multiple == 0;
        for (int r = 1; r < graph.size(); ++r)
            if ((detail::excludes<Options>(graph[r]) || ...)) {
                for (const Segment& segment : graph.channels(r))
                    a.trainable[static_cast<std::size_t>(segment.group)] = false;
                for (int input : graph.inputs(r))
                    for (const Segment& segment : graph.channels(input))
                        a.trainable[static_cast<std::size_t>(segment.group)] = false;
            }
        for (std::size_t g = 0; g < groups; ++g) {
            a.offset[g] = a.alphas;
            a.alphas += a.trainable[g] ? graph.groups[g].width : 0;
            a.smallest[g] = a.trainable[g] ? multiple : graph.groups[g].width;
        }
        std::array<bool, static_cast<std::size_t>(graph.size())> masked{};
        for (int r = 1; r < graph.size(); ++r)
            for (const Segment& segment : graph.channels(r))
                if (a.trainable[static_cast<std::size_t>(segment.group)])
                    masked[static_cast<std::size_t>(r)] = true;
        a.sites = mask_sites(graph, masked);
        return a;
    }();

    /// Smallest and largest value of each cost of a list.
    template <class Costs>
    static constexpr std::array<Bounds, Costs::size> bounds = []<auto... C>(Cost<C...>) {
        std::array<double, groups> narrow{};
        const auto full = full_widths<double>(graph);
        for (std::size_t g = 0; g < groups; ++g)
            narrow[g] = analysis.smallest[g];
        return std::array{
            Bounds{static_cast<double>(total_cost(C, graph, std::span<const double>(narrow))),
                   static_cast<double>(total_cost(C, graph, std::span<const double>(full)))}...};
    }
    (Costs{});
};

/// Channel pruning by trainable masks (Risso et al., Pruning In Time; PLiNIO): every group of channels that
/// the plan finds gets an alpha per channel, alive while |alpha| > 0.5; the cost reads the number of channels
/// alive. Costs: Cost<...>. Regularizer: Duccio<...>, Strength<...> or NoRegularizer. Options: Exclude<...>,
/// Multiple<N>, RelaxedCost.
template <class Net, class Costs = void, class Regularizer = NoRegularizer, class... Options>
struct Pit {
    static_assert(DescribedNetwork<Net>,
                  "[pit.1] the first argument of Pit is a network: struct Net : Network<Input, Block> {}");
    static_assert(detail::is_cost_list<Costs>,
                  "[pit.2] the second argument of Pit is its costs, such as Cost<Params>");
    static_assert(RegularizerTraits<Regularizer>::known,
                  "[pit.3] the third argument of Pit is Duccio<Limit<...>>, Strength<...> or NoRegularizer");
    static_assert(
        (detail::PitOption<Options>::known && ...),
        "[pit.4] Pit does not know one of its options; it takes Exclude<...>, Multiple<N>, RelaxedCost");
};

template <DescribedNetwork Net, auto... C, class Regularizer, class... Options>
    requires(sizeof...(C) > 0 && (LayerCost<decltype(C)> && ...) && RegularizerTraits<Regularizer>::known &&
             (detail::PitOption<Options>::known && ...))
struct Pit<Net, Cost<C...>, Regularizer, Options...> {
    using network = Net;
    using costs = Cost<C...>;
    using regularizer = Regularizer;
    using space = PitSpace<Net, Options...>;
    static constexpr bool relaxed = count_of<RelaxedCost, Options...> > 0;

private:
    using traits = RegularizerTraits<Regularizer>;
    // Each check only where those before it hold: one mistake, one sentence.
    static constexpr bool planned = plan<Net>.size() > 1;
    static constexpr bool excludes_layers =
        !planned || (detail::excludes_known_layers<Options>(plan<Net>) && ...);
    static constexpr bool has_alphas = !planned || !excludes_layers || space::analysis.alphas > 0;
    static constexpr bool costs_known = traits::template knows_its_costs<costs>;
    static constexpr bool sound = planned && excludes_layers && has_alphas && costs_known;
    static_assert(excludes_layers, "[exclude.1] Exclude names a layer that the network does not have; "
                                   "describe<Net>() lists the paths");
    static_assert(has_alphas,
                  "[pit.5] there is nothing to prune: every group of channels is frozen by the input, "
                  "the output, Exclude or Multiple");
    static_assert(costs_known,
                  "[pit.6] the regularizer speaks of a cost that Cost<...> does not list, or does "
                  "not say which of several");
    static constexpr auto checked_limits = [] {
        if constexpr (!sound)
            return std::array<double, 0>{};
        else if constexpr (traits::template feasible<space, costs>)
            return traits::template limits<space, costs>;
    }();

public:
    /// Smallest and largest value of each cost.
    static constexpr auto bounds = space::template bounds<costs>;
    /// The limits of the regularizer in the units of their costs.
    static constexpr auto limits = checked_limits;
};

} // namespace pliny
