// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/restrictions.hpp>
#include <pliny/methods/mps/sites.hpp>
#include <pliny/methods/parts.hpp>
#include <pliny/regularizers/feasibility.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <type_traits>

namespace pliny {
/// What a mixed-precision search changes of Net. Its unknowns are *lots*: for each lot of weights (a channel,
/// or with PerLayer a layer; those that share channels share lots) and for each quantizer of activations one
/// candidate is taken. All alphas are one flat vector, a run of candidates per lot, weights first; where
/// there is one candidate alone there are none.
template <class Net, class WeightCandidates, class ActivationCandidates, bool Channelwise, class... Options>
struct BitSpace {
    using network = Net;
    static constexpr const auto& graph = plan<Net>;
    using PlanType = std::remove_cvref_t<decltype(graph)>;
    static constexpr std::size_t rows = static_cast<std::size_t>(graph.size());
    static constexpr std::size_t groups = std::tuple_size_v<decltype(graph.groups)>;
    static constexpr bool per_channel = Channelwise;
    static constexpr auto& weight_bits = WeightCandidates::bits;
    static constexpr auto& activation_bits = ActivationCandidates::bits;
    using weights = WeightCandidates;
    using activations = ActivationCandidates;
    using quantizer = detail::QuantizerOf<Options...>; // of weights
    static constexpr std::size_t weight_candidates = WeightCandidates::bits.size();
    static constexpr std::size_t activation_candidates = ActivationCandidates::bits.size();
    static constexpr bool prunes = WeightCandidates::bits[0] == 0;
    static constexpr int given_input_bits = std::max({0, detail::input_bits_of<Options>...});
    static constexpr int input_bits = given_input_bits > 0 ? given_input_bits : 8;
    static constexpr bool quantizes_input = !(std::is_same_v<Options, FloatInput> || ...);
    static constexpr bool quantizes_output = (std::is_same_v<Options, QuantizedOutput> || ...);
    static constexpr bool shared_clip = (std::is_same_v<Options, SharedClip> || ...);
    static constexpr bool keeps_norms = (std::is_same_v<Options, KeepBatchNorm> || ...);
    static constexpr bool learned_steps = (std::is_same_v<Options, LearnedSteps> || ...);

private:
    static constexpr std::uint32_t zero = prunes ? 1u : 0u;

    template <class Option>
    static constexpr bool excludes_layer(const Row& row) {
        if constexpr (requires { Option::all_found(graph); })
            return Option::matches(row);
        return false;
    }
    template <class Option>
    static constexpr bool names_weights() {
        for (int r = 1; r < graph.size(); ++r)
            if (graph[r].has_weights() && Option::matches(graph[r]))
                return true;
        return false;
    }
    template <class Option>
    static constexpr bool names_a_layer() {
        if constexpr (requires { Option::all_found(graph); })
            return Option::all_found(graph) && names_weights<Option>();
        else if constexpr (!detail::Restriction<Option>::known)
            return true;
        else
            return names_weights<Option>();
    }

public:
    static constexpr std::array<bool, rows> excluded = [] {
        std::array<bool, rows> excluded{};
        for (int r = 1; r < graph.size(); ++r)
            excluded[static_cast<std::size_t>(r)] =
                graph[r].has_weights() && (excludes_layer<Options>(graph[r]) || ...);
        return excluded;
    }();
    static constexpr QuantizerSites<rows> sites =
        quantizer_sites(graph, excluded, quantizes_input, quantizes_output);
    static constexpr std::size_t quantizers = static_cast<std::size_t>(sites.quantizers);

    /// Whether a row is a norm that the export folds into the layer before.
    static constexpr bool folds(int row) {
        return graph[row].facts.traits.normalises && sites.passes[static_cast<std::size_t>(row)];
    }
    /// Whether a row gives its input in training.
    static constexpr bool passes(int row) {
        return sites.passes[static_cast<std::size_t>(row)] && !(keeps_norms && folds(row));
    }
    /// The norm behind a row that is folded into it in the export, or 0.
    static constexpr int norm_behind(int row) {
        const int next = graph[row].last_use;
        return graph.only_reader(row) && folds(next) ? next : 0;
    }
    /// The same where it is kept in training.
    static constexpr int kept_norm(int row) { return keeps_norms ? norm_behind(row) : 0; }
    /// Whether a row has a bias in training: its own, or that of a norm folded into it.
    static constexpr bool has_bias(int row) {
        return graph[row].facts.has_bias() || (!keeps_norms && norm_behind(row) > 0);
    }
    /// Whether the weights of a row are quantized.
    static constexpr bool quantizes(int row) {
        return graph[row].has_weights() && !excluded[static_cast<std::size_t>(row)];
    }

    struct Analysis {
        std::array<int, groups> first_lot{}; // of weights; -1: channels that no quantized weights make
        std::array<std::uint32_t, groups> allowed{}; // candidates of weights
        std::array<std::uint32_t, quantizers> allowed_activations{};
        int weight_lots = 0;
    };

private:
    template <class Option>
    static constexpr void restrict(Analysis& a, int row) {
        using Restricted = detail::Restriction<Option>;
        if (!Restricted::matches(graph[row]))
            return;
        for (const Segment& segment : graph.channels(row))
            a.allowed[static_cast<std::size_t>(segment.group)] &=
                detail::positions_of(WeightCandidates::bits, Restricted::weights);
        for (int end = row; end < graph.size(); end = graph[end].last_use) { // the end of its chain
            if (sites.quantized[static_cast<std::size_t>(end)]) {
                a.allowed_activations[static_cast<std::size_t>(
                    sites.quantizer[static_cast<std::size_t>(end)])] &=
                    detail::positions_of(ActivationCandidates::bits, Restricted::activations);
                break;
            }
            if (!graph.only_reader(end))
                break;
        }
    }

public:
    static constexpr Analysis analysis = [] {
        Analysis a;
        a.first_lot.fill(-1);
        std::array<int, rows> lot_of_component{};
        a.allowed.fill((1u << weight_candidates) - 1);
        a.allowed_activations.fill((1u << activation_candidates) - 1);
        for (int r = 1; r < graph.size(); ++r) {
            const auto row = static_cast<std::size_t>(r);
            if (!graph[r].has_weights()) {
                if (!graph[r].facts.keeps_zero && !folds(r)) // it would give a pruned channel values again
                    for (const Segment& segment : graph.channels(r))
                        a.allowed[static_cast<std::size_t>(segment.group)] &= ~zero;
                continue;
            }
            for (const Segment& segment : graph.channels(r)) {
                const auto g = static_cast<std::size_t>(segment.group);
                if (excluded[row])
                    a.allowed[g] &= ~zero;
                else if (a.first_lot[g] < 0) {
                    int& known = lot_of_component[static_cast<std::size_t>(sites.component[row])];
                    a.first_lot[g] = !per_channel && known > 0 ? known - 1 : a.weight_lots;
                    if (per_channel || known == 0)
                        a.weight_lots += per_channel ? graph.groups[g].width : 1;
                    known = a.first_lot[g] + 1;
                }
            }
            if (excluded[row])
                for (const Segment& segment : graph.channels(graph.input(r)))
                    a.allowed[static_cast<std::size_t>(segment.group)] &= ~zero;
            (restrict<Options>(a, r), ...);
        }
        for (std::size_t g = 0; g < groups; ++g)
            if (graph.groups[g].frozen)
                a.allowed[g] &= ~zero;
        if (!per_channel) { // groups with one lot have the same candidates
            std::array<std::uint32_t, groups> of_lot{};
            of_lot.fill(~0u);
            for (std::size_t g = 0; g < groups; ++g)
                if (a.first_lot[g] >= 0)
                    of_lot[static_cast<std::size_t>(a.first_lot[g])] &= a.allowed[g];
            for (std::size_t g = 0; g < groups; ++g)
                if (a.first_lot[g] >= 0)
                    a.allowed[g] = of_lot[static_cast<std::size_t>(a.first_lot[g])];
        }
        return a;
    }();
    static constexpr std::size_t weight_lots = static_cast<std::size_t>(analysis.weight_lots);
    static constexpr std::size_t lots = weight_lots + quantizers;

private:
    static constexpr bool first_of_lot(std::size_t g) {
        for (std::size_t h = 0; h < g; ++h)
            if (analysis.first_lot[h] == analysis.first_lot[g])
                return false;
        return true;
    }

public:
    /// Calls f(lot, first share of it, candidates, those allowed) for all lots. The last channel of a group
    /// is never pruned.
    template <class Function>
    static constexpr void for_each_lot(Function f) {
        for (std::size_t g = 0; g < groups; ++g) {
            if (analysis.first_lot[g] < 0 || (!per_channel && !first_of_lot(g)))
                continue;
            const auto first = static_cast<std::size_t>(analysis.first_lot[g]);
            const std::size_t width =
                per_channel ? static_cast<std::size_t>(graph.groups[g].width) : std::size_t{1};
            for (std::size_t c = 0; c < width; ++c)
                f(first + c, (first + c) * weight_candidates, weight_candidates,
                  c + 1 == width ? analysis.allowed[g] & ~zero : analysis.allowed[g]);
        }
        for (std::size_t q = 0; q < quantizers; ++q)
            f(weight_lots + q, first_activation_share + q * activation_candidates, activation_candidates,
              analysis.allowed_activations[q]);
    }

    // The shares of all candidates of all lots are one flat vector; the alphas are those of them that there
    // is something to choose among.
    static constexpr std::size_t first_activation_share = weight_lots * weight_candidates;
    static constexpr std::size_t shares = first_activation_share + quantizers * activation_candidates;
    static constexpr std::size_t first_alpha =
        weight_candidates > 1 ? 0 : first_activation_share; // in shares
    static constexpr std::size_t end_alpha = activation_candidates > 1 ? shares : first_activation_share;
    static constexpr std::size_t alphas = end_alpha > first_alpha ? end_alpha - first_alpha : 0;

    /// Whether 0 bits may prune channels of a group.
    static constexpr bool may_prune(std::size_t g) {
        return prunes && per_channel && analysis.first_lot[g] >= 0 && (analysis.allowed[g] & 1u);
    }

    /// Bits of the input of a row that has weights, by the candidate of its quantizer.
    static constexpr int quantizer_of_input(int row) {
        return sites.quantizer[static_cast<std::size_t>(graph.input(row))];
    }

    /// Whether all restrictions name layers of the network, and bits of the search that are left over.
    static constexpr bool restrictions_found = (names_a_layer<Options>() && ...);
    static constexpr bool restrictions_usable = [] {
        if (!(detail::bits_among(detail::Restriction<Options>::weights, WeightCandidates::bits) && ...) ||
            !(detail::bits_among(detail::Restriction<Options>::activations, ActivationCandidates::bits) &&
              ...))
            return false;
        for (std::size_t g = 0; g < groups; ++g)
            if (analysis.first_lot[g] >= 0 && (analysis.allowed[g] & ~zero) == 0)
                return false;
        for (std::uint32_t allowed : analysis.allowed_activations)
            if (allowed == 0)
                return false;
        return true;
    }();
};

} // namespace pliny
