// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/mps/space.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>

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
    template <class Function>
    static constexpr void for_each_made_group(Function f) {
        for (std::size_t g = 0; g < Space::groups; ++g)
            if (Space::analysis.first_lot[g] >= 0)
                f(g, static_cast<std::size_t>(Space::analysis.first_lot[g]),
                  Space::per_channel ? static_cast<std::size_t>(graph.groups[g].width) : std::size_t{1});
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

    /// A case for every candidate of the activations that a row reads, with a call for each of its weights.
    struct Cases {
        using number = double;
        static constexpr std::size_t most_calls = candidates;
        const Counts& counts;
        std::span<const double> activation_shares;

        static constexpr const auto& plan() { return graph; }
        static constexpr double reach(int) { return 1; }
        template <class Function>
        constexpr void for_each_case(int row, Function f) const {
            const int quantizer = Space::quantizer_of_input(row);
            PricedCase<double, candidates> one;
            one.count = 0;
            const auto add = [&](double out, int bits, int candidate) {
                const double in = graph[row].facts.depthwise ? out : alive(graph.input(row), counts);
                one.calls[one.count++] = {in, out, bits, 0, candidate};
            };
            if (!Space::quantizes(row))
                add(alive(row, counts), float_bits, -1);
            else
                for (std::size_t j = Space::prunes ? 1 : 0; j < candidates; ++j)
                    add(channels_of(row, counts, j), Space::weight_bits[j], static_cast<int>(j));
            const auto with = [&](double share, int activation, int bits) {
                one.share = share;
                one.activation = activation;
                for (std::size_t k = 0; k < one.count; ++k)
                    one.calls[k].activation_bits = bits;
                f(one);
            };
            if (quantizer < 0)
                return with(1, -1,
                            quantizer == Space::sites.from_input ? Space::input_bits : float_input_bits(row));
            for (std::size_t i = 0; i < Space::activation_candidates; ++i) {
                const std::size_t at = static_cast<std::size_t>(quantizer) * Space::activation_candidates + i;
                with(activation_shares[at], static_cast<int>(at), Space::activation_bits[i]);
            }
        }
    };
    /// The derivatives of those, by the channels of each precision and by the shares of activations.
    struct Slopes {
        Counts by_count{};
        std::span<double> by_activation;

        static constexpr void by_reach(int, double) {}
        constexpr void by_share(int activation, double slope) {
            by_activation[static_cast<std::size_t>(activation)] += slope;
        }
        constexpr void by_channels(int row, const PricedCall<double>& call, double by_in, double by_out) {
            const bool depthwise = graph[row].facts.depthwise;
            if (call.candidate >= 0)
                spread(row, static_cast<std::size_t>(call.candidate), by_out + (depthwise ? by_in : 0));
            if (!depthwise && Space::prunes)
                for (std::size_t j = 1; j < candidates; ++j)
                    spread(graph.input(row), j, by_in);
        }

    private:
        constexpr void spread(int row, std::size_t candidate, double slope) {
            for (const Segment& segment : graph.channels(row))
                by_count[static_cast<std::size_t>(segment.group)][candidate] += slope * segment.repeat;
        }
    };
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
        return static_cast<double>(evaluated(cost, Cases{counts, activation_shares}));
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
        Slopes slopes{{}, by_share.subspan(Space::first_activation_share)};
        const double sum = evaluated_gradient(cost, Cases{now, shares.subspan(Space::first_activation_share)},
                                              slopes, scale);
        for_each_made_group([&](std::size_t g, std::size_t first, std::size_t lots) {
            const double each = graph.groups[g].width / static_cast<double>(lots);
            for (std::size_t c = 0; c < lots; ++c)
                for (std::size_t j = 0; j < candidates; ++j)
                    by_share[(first + c) * candidates + j] += each * slopes.by_count[g][j];
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
