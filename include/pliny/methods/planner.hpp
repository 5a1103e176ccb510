// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/search.hpp>

#include <array>
#include <cstddef>

namespace pliny {

/// The rules between the methods of a search: who changes which tensor of a row, and in which order. First
/// alternatives are merged, then masks are applied, then quantizers.
///
/// - Masks go where they are cheapest (see mask_sites). A norm that is folded into the layer before it is not
///   there any more: that layer takes the masks into its weight and bias.
/// - Shares of alternatives go into weights and norms, and convolutions are merged (see theta_sites), unless
///   bits are chosen: then each alternative has weights on grids of its own and ends on the quantizer of the
///   join, and shares multiply what that gives.
/// - Who owns pruning where both could is decided when words are lowered: masks.
template <class Search>
struct Planner {
    static constexpr const auto& graph = Search::space::graph;
    static constexpr std::size_t rows = static_cast<std::size_t>(graph.size());

    /// Whether shares of alternatives may go into their layers.
    static constexpr bool folds_shares = !Search::quantizes;

    static constexpr std::array<MaskSite, rows> mask_sites = [] {
        const auto& found = Search::space::analysis;
        if constexpr (Search::quantizes && Search::prunes) {
            std::array<bool, rows> absent{};
            for (int r = 1; r < graph.size(); ++r)
                absent[static_cast<std::size_t>(r)] = Search::bit_space::passes(r);
            return pliny::mask_sites(graph, found.masked, absent);
        } else {
            return found.sites;
        }
    }();

    /// Whether a row has a bias: its own, or that of a norm folded into it.
    static constexpr bool has_bias(int row) {
        if constexpr (Search::quantizes)
            return Search::bit_space::has_bias(row);
        return graph[row].facts.has_bias();
    }
};

} // namespace pliny
