// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/cost/in_parallel.hpp>
#include <pliny/methods/mps/space.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

namespace pliny {

/// What a network costs whose bits are being searched: a layer costs the sum over its candidates of
/// theta(activation) x cost(channels of that many weight bits), the channels counted as the sum of their
/// shares; its input channels are those that are not pruned. Layers that are left as they are count with 32
/// bits, an input that is not quantized with 8.
template <class Space>
struct BitCosts {
    static constexpr const auto& graph = Space::graph;
    static constexpr std::size_t candidates = Space::weight_candidates;
    static constexpr int float_bits = 32;
    /// How many channels of each group have the bits of each candidate, in expectation.
    using Counts = std::array<std::array<double, candidates>, Space::groups>;

private:
    struct Term {
        double share; // of the candidate of activations
        double in, out;
        std::size_t weight, activation; // candidates; `candidates`: none
        int weight_bits, activation_bits;
        int quantizer;
    };

    template <class Function>
    static constexpr void for_each_made_group(Function f) {
        for (std::size_t g = 0; g < Space::groups; ++g)
            if (Space::analysis.first_lot[g] >= 0)
                f(g, static_cast<std::size_t>(Space::analysis.first_lot[g]),
                  Space::per_channel ? static_cast<std::size_t>(graph.groups[g].width) : std::size_t{1});
    }
    /// f(segment's group) for those that have lots.
    static constexpr void add_slope(Counts& by_count, std::span<const Segment> channels,
                                    std::size_t candidate, double slope) {
        for (const Segment& segment : channels)
            by_count[static_cast<std::size_t>(segment.group)][candidate] += slope * segment.repeat;
    }
    static constexpr void add_slopes(Counts& by_count, int row, const Term& t, const Dual& price,
                                     double scale) {
        const bool depthwise = graph[row].facts.depthwise;
        if (t.weight < candidates)
            add_slope(by_count, graph.channels(row), t.weight,
                      scale * (price.by_out + (depthwise ? price.by_in : 0)));
        if (!depthwise && Space::prunes)
            for (std::size_t j = 1; j < candidates; ++j)
                add_slope(by_count, graph.channels(graph.input(row)), j, scale * price.by_in);
    }
    static constexpr double channels_of(int row, const Counts& counts, std::size_t candidate) {
        double sum = 0;
        for (const Segment& segment : graph.channels(row))
            sum += counts[static_cast<std::size_t>(segment.group)][candidate] * segment.repeat;
        return sum;
    }
    /// Channels of the tensor of a row that are not pruned.
    static constexpr double alive(int row, const Counts& counts) {
        double sum = 0;
        for (const Segment& segment : graph.channels(row)) {
            const auto g = static_cast<std::size_t>(segment.group);
            double width = graph.groups[g].width;
            if (Space::prunes && Space::analysis.first_lot[g] >= 0) {
                width = 0;
                for (std::size_t j = 1; j < candidates; ++j)
                    width += counts[g][j];
            }
            sum += width * segment.repeat;
        }
        return sum;
    }
    static constexpr int float_input_bits(int row) {
        int from = graph.input(row);
        while (from > 0 && !detail::makes_values(graph[from].facts.kind))
            from = graph.input(from);
        return from == 0 ? Space::input_bits : float_bits;
    }

    /// f(terms of all weights) for every candidate of the activations that a row reads.
    template <class Function>
    static constexpr void for_each_input(int row, const Counts& counts,
                                         std::span<const double> activation_shares, Function f) {
        if (!graph[row].has_weights())
            return;
        const int quantizer = Space::quantizer_of_input(row);
        const std::size_t inputs = quantizer >= 0 ? Space::activation_candidates : 1;
        for (std::size_t i = 0; i < inputs; ++i) {
            const auto q = static_cast<std::size_t>(std::max(quantizer, 0));
            Term term{1,          alive(graph.input(row), counts), 0,        candidates, i,
                      float_bits, float_input_bits(row),           quantizer};
            if (quantizer >= 0) {
                term.share = activation_shares[q * Space::activation_candidates + i];
                term.activation_bits = Space::activation_bits[i];
            } else if (quantizer == Space::sites.from_input) {
                term.activation_bits = Space::input_bits;
            }
            std::array<Term, candidates> terms{};
            std::size_t count = 0;
            if (!Space::quantizes(row)) {
                term.out = alive(row, counts);
                terms[count++] = term;
            }
            for (std::size_t j = Space::prunes ? 1 : 0; j < candidates && Space::quantizes(row); ++j) {
                term.out = channels_of(row, counts, j);
                if (graph[row].facts.depthwise)
                    term.in = term.out;
                term.weight = j;
                term.weight_bits = Space::weight_bits[j];
                terms[count++] = term;
            }
            f(std::span<const Term>(terms.data(), count));
        }
    }
    template <class Number, class CostType>
    static constexpr Number price(const CostType& cost, int row, const Term& t) {
        if constexpr (std::is_same_v<Number, Dual>)
            return cost(LayerCall<Dual>{graph[row].facts, Dual::in(t.in), Dual::out(t.out), t.weight_bits,
                                        t.activation_bits});
        else
            return static_cast<double>(
                cost(LayerCall<double>{graph[row].facts, t.in, t.out, t.weight_bits, t.activation_bits}));
    }
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
    static constexpr std::array<double, Space::groups> widths(bool narrow) {
        auto widths = full_widths<double>(graph);
        for (std::size_t g = 0; g < Space::groups; ++g)
            if (narrow && Space::analysis.first_lot[g] >= 0 && (Space::analysis.allowed[g] & 1u))
                widths[g] = 1;
        return widths;
    }
    template <class CostType>
    static constexpr double extreme(const CostType& cost, bool least) {
        const auto all = widths(least && Space::prunes);
        constexpr double each =
            candidates - (Space::prunes ? 1 : 0); // at least this part is on one accelerator
        const double parts = runs_in_parallel<CostType> && least ? each : 1;
        double sum = 0;
        for (int row = 1; row < graph.size(); ++row) {
            if (!graph[row].has_weights())
                continue;
            const double in = alive_channels<double>(graph, graph.input(row), all),
                         out = alive_channels<double>(graph, row, all) / parts;
            double best = least ? std::numeric_limits<double>::infinity() : 0;
            LayerCall<double> call{graph[row].facts, in, out};
            for_each_pair(row, [&](int weight, int activation) {
                call.weight_bits = weight, call.activation_bits = activation;
                const double price = static_cast<double>(cost(call));
                best = least ? std::min(best, price) : std::max(best, price);
            });
            sum += best;
        }
        return sum;
    }
    // Constants of their own, as compilers limit the steps of each.
    template <auto Metric, bool Least>
    static constexpr double bound = [] {
        constexpr int falling =
            Space::prunes && !Least ? falling_row(Metric, graph, widths(true), widths(false)) : 0;
        if constexpr (falling > 0)
            static_assert(FallingCost<Path(graph[falling].path.view()), decltype(Metric)>::checked);
        return extreme(Metric, Least);
    }();

public:
    /// From the shares of all lots.
    static constexpr Counts counts(std::span<const double> shares) {
        Counts counts{};
        for_each_made_group([&](std::size_t g, std::size_t first, std::size_t lots) {
            const double each = graph.groups[g].width / static_cast<double>(lots);
            for (std::size_t c = 0; c < lots; ++c)
                for (std::size_t j = 0; j < candidates; ++j)
                    counts[g][j] += each * shares[(first + c) * candidates + j];
        });
        return counts;
    }

    /// The cost for given channels of each precision and shares of the candidates of activations.
    template <class CostType>
    static constexpr double of_counts(const CostType& cost, const Counts& counts,
                                      std::span<const double> activation_shares) {
        double sum = 0;
        for (int row = 1; row < graph.size(); ++row)
            for_each_input(row, counts, activation_shares, [&](std::span<const Term> terms) {
                double all = 0;
                for (const Term& t : terms) {
                    const double one = price<double>(cost, row, t);
                    all = runs_in_parallel<CostType> ? std::max(all, one) : all + one;
                }
                sum += terms[0].share * all;
            });
        return sum;
    }
    /// The cost for the shares of all lots.
    template <class CostType>
    static constexpr double of_shares(const CostType& cost, std::span<const double> shares) {
        return of_counts(cost, counts(shares), shares.subspan(Space::first_activation_share));
    }
    /// As of_shares, with the derivatives by all shares, times `scale`, added.
    template <class CostType>
    static double gradient(const CostType& cost, std::span<const double> shares, std::span<double> by_share,
                           double scale = 1) {
        const Counts now = counts(shares);
        Counts by_count{};
        double sum = 0;
        for (int row = 1; row < graph.size(); ++row)
            for_each_input(
                row, now, shares.subspan(Space::first_activation_share), [&](std::span<const Term> terms) {
                    std::array<Dual, candidates> prices{};
                    std::array<double, candidates> values{}, slopes{};
                    double all = 0;
                    for (std::size_t k = 0; k < terms.size(); ++k) {
                        prices[k] = price<Dual>(cost, row, terms[k]);
                        values[k] = prices[k].value;
                        slopes[k] = 1;
                        all += values[k];
                    }
                    if constexpr (runs_in_parallel<CostType>) {
                        const SoftMaximum<candidates> soft(values);
                        slopes = soft.slopes;
                        all = soft.value;
                    }
                    sum += terms[0].share * all;
                    const Term& first = terms[0];
                    if (first.quantizer >= 0)
                        by_share[Space::first_activation_share +
                                 static_cast<std::size_t>(first.quantizer) * Space::activation_candidates +
                                 first.activation] += scale * all;
                    for (std::size_t k = 0; k < terms.size(); ++k)
                        add_slopes(by_count, row, terms[k], prices[k], scale * first.share * slopes[k]);
                });
        for_each_made_group([&](std::size_t g, std::size_t first, std::size_t lots) {
            const double each = graph.groups[g].width / static_cast<double>(lots);
            for (std::size_t c = 0; c < lots; ++c)
                for (std::size_t j = 0; j < candidates; ++j)
                    by_share[(first + c) * candidates + j] += each * by_count[g][j];
        });
        return sum;
    }

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
};

} // namespace pliny
