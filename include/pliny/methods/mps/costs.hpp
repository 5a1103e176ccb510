// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/bounds.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace pliny {

/// What a network costs whose bits are being searched, and maybe its widths and alternatives as well: a layer
/// costs the sum over its candidates of theta(activation) x cost(channels of that many weight bits), the
/// channels counted as the sum of their shares, times the share of the alternative that it is part of; its
/// input channels are those that are not pruned. Layers that are left as they are count with 32 bits, an
/// input that is not quantized with 8.
template <class Space, class Widths = SearchSpace<typename Space::network, false>>
struct BitCosts : CostBounds<Widths, Space> {
    using Limits = CostBounds<Widths, Space>;
    using Limits::graph;
    using typename Limits::GroupWidths;
    using typename Limits::Precisions;
    static constexpr std::size_t candidates = Space::weight_candidates;
    /// How many channels of each group have the bits of each candidate, in expectation.
    using Counts = std::array<std::array<double, candidates>, Space::groups>;

    /// What a cost reads.
    struct Numbers {
        GroupWidths widths = full_widths<double>(graph); // channels alive, pruned with 0 bits or not
        Counts counts{};
        std::span<const double> thetas{}; // of alternatives
        std::span<const double> activation_shares{};
    };

private:
    template <class Function>
    static constexpr void for_each_made_group(Function f) {
        for (std::size_t g = 0; g < Space::groups; ++g)
            if (Space::analysis.first_lot[g] >= 0)
                f(g, static_cast<std::size_t>(Space::analysis.first_lot[g]),
                  Space::per_channel ? static_cast<std::size_t>(graph.groups[g].width) : std::size_t{1});
    }
    /// Position of the mask of the first channel of a group; -1 where it has none.
    static constexpr int first_mask(std::size_t g) {
        return Widths::analysis.trainable[g] ? Widths::analysis.offset[g] : -1;
    }
    /// Whether 0 bits may prune channels of a group.
    static constexpr bool prunes(std::size_t g) { return Space::prunes && Space::analysis.first_lot[g] >= 0; }
    static constexpr double channels_of(int row, const Counts& counts, std::size_t candidate) {
        double sum = 0;
        for (const Segment& segment : graph.channels(row))
            sum += counts[static_cast<std::size_t>(segment.group)][candidate] * segment.repeat;
        return sum;
    }
    /// Channels of the tensor of a row that are not pruned.
    static constexpr double alive(int row, const Numbers& now) {
        double sum = 0;
        for (const Segment& segment : graph.channels(row)) {
            const auto g = static_cast<std::size_t>(segment.group);
            double width = now.widths[g];
            if (prunes(g)) {
                width = 0;
                for (std::size_t j = 1; j < candidates; ++j)
                    width += now.counts[g][j];
            }
            sum += width * segment.repeat;
        }
        return sum;
    }

    /// A case for every candidate of the activations that a row reads, with a call for each of its weights.
    struct Cases {
        using number = double;
        static constexpr std::size_t most_calls = candidates;
        const Numbers& now;

        static constexpr const auto& plan() { return graph; }
        constexpr double reach(int row) const {
            return now.thetas.empty() ? 1 : pliny::reach(graph, row, now.thetas);
        }
        template <class Function>
        constexpr void for_each_case(int row, Function f) const {
            const int quantizer = Space::quantizer_of_input(row);
            PricedCase<double, candidates> one;
            one.count = 0;
            const auto add = [&](double out, int bits, int candidate) {
                const double in = graph[row].facts.depthwise ? out : alive(graph.input(row), now);
                one.calls[one.count++] = {in, out, bits, 0, candidate};
            };
            if (!Space::quantizes(row))
                add(alive(row, now), Precisions::float_bits, -1);
            else
                for (std::size_t j = Space::prunes ? 1 : 0; j < candidates; ++j)
                    add(channels_of(row, now.counts, j), Space::weight_bits[j], static_cast<int>(j));
            const auto with = [&](double share, int activation, int bits) {
                one.share = share;
                one.activation = activation;
                for (std::size_t k = 0; k < one.count; ++k)
                    one.calls[k].activation_bits = bits;
                f(one);
            };
            if (quantizer < 0)
                return with(1, -1,
                            quantizer == Space::sites.from_input ? Space::input_bits
                                                                 : Precisions::float_input_bits(row));
            for (std::size_t i = 0; i < Space::activation_candidates; ++i) {
                const std::size_t at = static_cast<std::size_t>(quantizer) * Space::activation_candidates + i;
                with(now.activation_shares[at], static_cast<int>(at), Space::activation_bits[i]);
            }
        }
    };
    /// The derivatives of those, by the channels of each precision, by those alive, and by shares.
    struct CaseSlopes {
        std::span<const double> thetas;
        Counts by_count{};
        GroupWidths by_width{};
        std::span<double> by_theta, by_activation;

        constexpr void by_reach(int row, double slope) {
            if (!by_theta.empty())
                add_reach_slopes(graph, row, thetas, slope, by_theta);
        }
        constexpr void by_share(int activation, double slope) {
            by_activation[static_cast<std::size_t>(activation)] += slope;
        }
        constexpr void by_channels(int row, const PricedCall<double>& call, double by_in, double by_out) {
            const bool depthwise = graph[row].facts.depthwise;
            if (call.candidate >= 0)
                spread(row, static_cast<std::size_t>(call.candidate), by_out + (depthwise ? by_in : 0));
            else
                spread_alive(row, by_out + (depthwise ? by_in : 0));
            if (!depthwise)
                spread_alive(graph.input(row), by_in);
        }

    private:
        constexpr void spread(int row, std::size_t candidate, double slope) {
            for (const Segment& segment : graph.channels(row))
                by_count[static_cast<std::size_t>(segment.group)][candidate] += slope * segment.repeat;
        }
        constexpr void spread_alive(int row, double slope) {
            for (const Segment& segment : graph.channels(row)) {
                const auto g = static_cast<std::size_t>(segment.group);
                if (!prunes(g))
                    by_width[g] += slope * segment.repeat;
                else
                    for (std::size_t j = 1; j < candidates; ++j)
                        by_count[g][j] += slope * segment.repeat;
            }
        }
    };

public:
    /// From the shares of all lots, and the channels alive: those of each group, and the mask of each channel
    /// that has one.
    static constexpr Counts counts(std::span<const double> shares,
                                   const GroupWidths& alive = full_widths<double>(graph),
                                   std::span<const double> masks = {}) {
        Counts counts{};
        for_each_made_group([&](std::size_t g, std::size_t first, std::size_t lots) {
            const bool masked = lots > 1 && first_mask(g) >= 0 && !masks.empty();
            const double each = lots > 1 ? 1 : alive[g];
            for (std::size_t c = 0; c < lots; ++c) {
                const double channels = masked ? masks[static_cast<std::size_t>(first_mask(g)) + c] : each;
                for (std::size_t j = 0; j < candidates; ++j)
                    counts[g][j] += channels * shares[(first + c) * candidates + j];
            }
        });
        return counts;
    }

    template <class CostType>
    static constexpr double of(const CostType& cost, const Numbers& now) {
        return static_cast<double>(evaluated(cost, Cases{now}));
    }
    /// The numbers for the shares of all lots.
    static constexpr Numbers numbers_of(std::span<const double> shares) {
        return {.counts = counts(shares), .activation_shares = shares.subspan(Space::first_activation_share)};
    }
    template <class State>
    static constexpr Numbers numbers(const State& now) {
        return {.widths = now.widths,
                .counts = counts(now.bit_shares, now.widths, now.counted),
                .thetas = now.shares,
                .activation_shares = std::span(now.bit_shares).subspan(Space::first_activation_share)};
    }
    /// The cost for the shares of all lots.
    template <class CostType>
    static constexpr double of_shares(const CostType& cost, std::span<const double> shares) {
        return of(cost, numbers_of(shares));
    }

    /// Where derivatives are added: by the channels alive of each group and by each mask of a channel, by the
    /// shares of alternatives and of all lots.
    struct Slopes {
        std::span<double> by_width{}, by_mask{}, by_theta{}, by_share{};
    };
    /// The cost of `now`, made of `shares` and `masks`, with its derivatives, times `scale`, added.
    template <class CostType>
    static constexpr double add_slopes(const CostType& cost, const Numbers& now,
                                       std::span<const double> shares, std::span<const double> masks,
                                       const Slopes& slopes, double scale) {
        CaseSlopes by{.thetas = now.thetas,
                      .by_theta = slopes.by_theta,
                      .by_activation = slopes.by_share.subspan(Space::first_activation_share)};
        const double sum = evaluated_gradient(cost, Cases{now}, by, scale);
        for_each_made_group([&](std::size_t g, std::size_t first, std::size_t lots) {
            const bool masked = lots > 1 && first_mask(g) >= 0 && !masks.empty();
            const double each = lots > 1 ? 1 : now.widths[g];
            for (std::size_t c = 0; c < lots; ++c) {
                const std::size_t mask = masked ? static_cast<std::size_t>(first_mask(g)) + c : 0;
                double by_channel = 0;
                for (std::size_t j = 0; j < candidates; ++j) {
                    const std::size_t at = (first + c) * candidates + j;
                    slopes.by_share[at] += (masked ? masks[mask] : each) * by.by_count[g][j];
                    by_channel += shares[at] * by.by_count[g][j];
                }
                if (masked)
                    slopes.by_mask[mask] += by_channel;
                else if (lots == 1)
                    by.by_width[g] += by_channel;
            }
        });
        if (!slopes.by_width.empty())
            for (std::size_t g = 0; g < Space::groups; ++g)
                slopes.by_width[g] += by.by_width[g];
        return sum;
    }
    /// The cost in a state, with its derivatives, times `scale`, added.
    template <class CostType, class State, class AllSlopes>
    static constexpr double add_slopes(const CostType& cost, const State& now, AllSlopes& slopes,
                                       double scale) {
        return add_slopes(cost, numbers(now), now.bit_shares, now.counted,
                          {slopes.by_width, slopes.by_mask, slopes.by_theta, slopes.by_share}, scale);
    }
    /// As of_shares, with the derivatives by all shares, times `scale`, added.
    template <class CostType>
    static constexpr double gradient(const CostType& cost, std::span<const double> shares,
                                     std::span<double> by_share, double scale = 1) {
        return add_slopes(cost, numbers_of(shares), shares, {}, {.by_share = by_share}, scale);
    }
};

} // namespace pliny
