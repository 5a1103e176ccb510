// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/mps/space.hpp>
#include <pliny/methods/search_space.hpp>
#include <pliny/regularizers/feasibility.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

namespace pliny {
namespace detail {

/// With which bits a row may come to be priced: those that a search for bits leaves it.
template <class Bits>
struct Precisions {
    static constexpr const auto& graph = Bits::graph;
    static constexpr int float_bits = 32; // of what is not quantized; of an input, see BitCosts
    static constexpr bool prunes = Bits::prunes;
    /// How many precisions channels of a layer can have that are not pruned.
    static constexpr std::size_t size = Bits::weight_candidates - (prunes ? 1 : 0);
    static constexpr bool may_prune(std::size_t group) { return Bits::may_prune(group); }

    /// Bits of what a row reads where that has no quantizer of its own.
    static constexpr int float_input_bits(int row) {
        return values_read(graph, row) == 0 ? Bits::input_bits : float_bits;
    }
    /// f(weight bits, activation bits) for all that a row may have.
    template <class Function>
    static constexpr void for_each(int row, Function f) {
        const int quantizer = Bits::quantizer_of_input(row);
        for (std::size_t i = 0; i < (quantizer >= 0 ? Bits::activation_candidates : 1); ++i) {
            int activation = float_input_bits(row);
            if (quantizer >= 0) {
                if (!(Bits::analysis.allowed_activations[static_cast<std::size_t>(quantizer)] >> i & 1))
                    continue;
                activation = Bits::activation_bits[i];
            }
            if (!Bits::quantizes(row)) {
                f(float_bits, activation);
                continue;
            }
            for (std::size_t j = prunes ? 1 : 0; j < Bits::weight_candidates; ++j)
                if (allowed(row) >> j & 1)
                    f(Bits::weight_bits[j], activation);
        }
    }

private:
    static constexpr std::uint32_t allowed(int row) {
        std::uint32_t set = 0; // of any of its channels
        for (const Segment& segment : graph.channels(row))
            set |= Bits::analysis.allowed[static_cast<std::size_t>(segment.group)];
        return set;
    }
};
/// Where no bits are searched: 8.
template <>
struct Precisions<void> {
    static constexpr bool prunes = false;
    static constexpr std::size_t size = 1;
    static constexpr bool may_prune(std::size_t) { return false; }
    template <class Function>
    static constexpr void for_each(int, Function f) {
        f(8, 8);
    }
};

} // namespace detail

/// Between which costs lies what a search can find, over all widths, paths and, with a BitSpace, bits.
template <class Widths, class Bits = void>
struct CostBounds {
    static constexpr const auto& graph = Widths::graph;
    using Precisions = detail::Precisions<Bits>;
    using GroupWidths = std::array<double, Widths::groups>;

private:
    /// The widths of the narrowest network, or of the widest.
    static constexpr GroupWidths widths(bool narrow) {
        auto widths = full_widths<double>(graph);
        for (std::size_t g = 0; g < Widths::groups && narrow; ++g) {
            if (Precisions::may_prune(g))
                widths[g] = 1;
            widths[g] = std::min(widths[g], Widths::narrowest[g]);
        }
        return widths;
    }
    /// Whether the narrowest network is narrower than the widest.
    static constexpr bool narrows = Precisions::prunes || Widths::analysis.alphas > 0;

    template <class CostType>
    static constexpr double extreme_of_row(const CostType& cost, int row, bool least,
                                           const GroupWidths& all) {
        if (!graph[row].has_weights())
            return 0;
        constexpr double each = Precisions::size; // at least this part is on one accelerator
        const double parts = runs_in_parallel<CostType> && least ? each : 1;
        const double in = alive_channels<double>(graph, graph.input(row), all),
                     out = alive_channels<double>(graph, row, all) / parts;
        double best = least ? std::numeric_limits<double>::infinity() : 0;
        LayerCall<double> call{graph[row].facts, in, out};
        Precisions::for_each(row, [&](int weight, int activation) {
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
            static_assert(FallingCost<Path(graph[falling].path.view()),
                                      std::remove_cvref_t<decltype(Metric)>>::checked);
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
            if (graph[row].has_weights())
                Precisions::for_each(row, [&](int weight, int activation) {
                    all = all && cost.supports(graph[row].facts, weight, activation);
                });
        return all;
    }

    /// What a row costs at the least: as narrow as it can be, at its cheapest precisions.
    template <class CostType>
    static constexpr double least_of_row(const CostType& cost, int row) {
        constexpr GroupWidths narrow = widths(true);
        return extreme_of_row(cost, row, true, narrow);
    }
};

/// What a network costs whose widths and alternatives are being searched.
template <class Widths>
struct WidthCosts : CostBounds<Widths> {
    using CostBounds<Widths>::graph;

    /// What a cost reads: channels alive of each group, and the shares of alternatives.
    struct Numbers {
        typename CostBounds<Widths>::GroupWidths widths{};
        std::span<const double> thetas{};
    };
    template <class State>
    static constexpr Numbers numbers(const State& now) {
        return {now.widths, now.shares};
    }
    template <class CostType>
    static constexpr double of(const CostType& cost, const Numbers& now) {
        return static_cast<double>(total_cost(cost, graph, std::span<const double>(now.widths), now.thetas));
    }
    /// The cost in a state, with its derivatives, times `scale`, added.
    template <class CostType, class State, class Slopes>
    static constexpr double add_slopes(const CostType& cost, const State& now, Slopes& slopes, double scale) {
        return cost_gradient(cost, graph, std::span<const double>(now.widths), std::span(slopes.by_width),
                             std::span<const double>(now.shares), std::span(slopes.by_theta), scale);
    }
};

} // namespace pliny
