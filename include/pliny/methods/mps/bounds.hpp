// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/mps/space.hpp>
#include <pliny/methods/search_space.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace pliny {

/// Between which costs lies what a search for bits can find, over all widths and paths that it searches, too.
template <class Space, class Widths = SearchSpace<typename Space::network, false>>
struct BitBounds {
    static constexpr const auto& graph = Space::graph;
    static constexpr std::size_t candidates = Space::weight_candidates;
    static constexpr int float_bits = 32; // of what is not quantized; of an input, see BitCosts
    using GroupWidths = std::array<double, Space::groups>;

    /// Bits of what a row reads where that has no quantizer of its own.
    static constexpr int float_input_bits(int row) {
        int from = graph.input(row);
        while (from > 0 && !graph[from].facts.makes_values)
            from = graph.input(from);
        return from == 0 ? Space::input_bits : float_bits;
    }

private:
    /// f(weight bits, activation bits) for all that a row may have.
    template <class Function>
    static constexpr void for_each_pair(int row, Function f) {
        if (!graph[row].has_weights())
            return;
        const int quantizer = Space::quantizer_of_input(row);
        for (std::size_t i = 0; i < (quantizer >= 0 ? Space::activation_candidates : 1); ++i) {
            int activation = float_input_bits(row);
            if (quantizer >= 0) {
                if (!(Space::analysis.allowed_activations[static_cast<std::size_t>(quantizer)] >> i & 1))
                    continue;
                activation = Space::activation_bits[i];
            }
            if (!Space::quantizes(row)) {
                f(float_bits, activation);
                continue;
            }
            for (std::size_t j = Space::prunes ? 1 : 0; j < candidates; ++j)
                if (allowed(row) >> j & 1)
                    f(Space::weight_bits[j], activation);
        }
    }
    static constexpr std::uint32_t allowed(int row) {
        std::uint32_t set = 0; // of any of its channels
        for (const Segment& segment : graph.channels(row))
            set |= Space::analysis.allowed[static_cast<std::size_t>(segment.group)];
        return set;
    }

    /// The widths of the narrowest network, or of the widest.
    static constexpr GroupWidths widths(bool narrow) {
        auto widths = full_widths<double>(graph);
        for (std::size_t g = 0; g < Space::groups && narrow; ++g) {
            if (Space::may_prune(g))
                widths[g] = 1;
            widths[g] = std::min(widths[g], Widths::narrowest[g]);
        }
        return widths;
    }
    /// Whether the narrowest network is narrower than the widest.
    static constexpr bool narrows = Space::prunes || Widths::analysis.alphas > 0;

    template <class CostType>
    static constexpr double extreme_of_row(const CostType& cost, int row, bool least,
                                           const GroupWidths& all) {
        if (!graph[row].has_weights())
            return 0;
        constexpr double each =
            candidates - (Space::prunes ? 1 : 0); // at least this part is on one accelerator
        const double parts = runs_in_parallel<CostType> && least ? each : 1;
        const double in = alive_channels<double>(graph, graph.input(row), all),
                     out = alive_channels<double>(graph, row, all) / parts;
        double best = least ? std::numeric_limits<double>::infinity() : 0;
        LayerCall<double> call{graph[row].facts, in, out};
        for_each_pair(row, [&](int weight, int activation) {
            call.weight_bits = weight, call.activation_bits = activation;
            const double price = static_cast<double>(cost(call));
            best = least ? std::min(best, price) : std::max(best, price);
        });
        return best;
    }
    // Constants of their own, as compilers limit the steps of each.
    template <auto Metric, bool Least>
    static constexpr double bound = [] {
        constexpr int falling =
            narrows && !Least ? falling_row(Metric, graph, widths(true), widths(false)) : 0;
        if constexpr (falling > 0)
            static_assert(FallingCost<Path(graph[falling].path.view()), decltype(Metric)>::checked);
        const auto all = widths(Least);
        const auto found =
            path_extremes(graph, [&](int row) { return extreme_of_row(Metric, row, Least, all); });
        return Least ? found.least : found.largest;
    }();

public:
    /// Smallest and largest value of each cost of a list: every layer at its cheapest, as narrow as it can
    /// be, and at its dearest, with one precision each. Costs that count blocks may exceed the largest where
    /// a layer has several; with costs in parallel the smallest may lie below what can be reached.
    template <class Costs>
    static constexpr std::array<Bounds, Costs::size> bounds = []<auto... Metrics>(Cost<Metrics...>) {
        return std::array{Bounds{bound<Metrics, true>, bound<Metrics, false>}...};
    }
    (Costs{});

    /// Whether a cost has a price for every layer with all bits that it may come to have.
    template <class CostType>
    static constexpr bool supported(const CostType& cost) {
        bool all = true;
        for (int row = 1; row < graph.size(); ++row)
            for_each_pair(row, [&](int weight, int activation) {
                all = all && cost.supports(graph[row].facts, weight, activation);
            });
        return all;
    }

    /// What a row costs at the least: as narrow as it can be, at its cheapest precisions.
    template <class CostType>
    static constexpr double least_of_row(const CostType& cost, int row) {
        return extreme_of_row(cost, row, true, widths(true));
    }
};

} // namespace pliny
