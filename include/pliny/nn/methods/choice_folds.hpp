// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/row_positions.hpp>
#include <pliny/methods/theta_sites.hpp>
#include <pliny/nn/autograd/fold_node.hpp>
#include <pliny/nn/autograd/mixture_node.hpp>
#include <pliny/nn/layers/tensors.hpp>

#include <array>
#include <cstddef>
#include <vector>

namespace pliny::detail {

/// Where the shares of the alternatives of a network are applied while all of them run: which rows get a
/// weight that is made, and what a choice sums. Without `Folding` all are applied to what alternatives give.
template <class Net, bool Folding = true>
struct ChoiceFolds {
    static constexpr const auto& graph = plan<Net>;
    static constexpr auto places = [] {
        auto places = theta_places(graph, Folding);
        for (ThetaPlace& place : places)
            if (!Folding && place.site != ThetaSite::Nothing)
                place.site = ThetaSite::Output;
        return places;
    }();
    static constexpr std::size_t rows = static_cast<std::size_t>(graph.size());

    /// The row runs with a weight that is made of several; those in `absorbed` do not run.
    static constexpr bool is_base(int row) {
        for (const ThetaPlace& place : places)
            if (place.site == ThetaSite::Merged && place.base == row)
                return true;
        return false;
    }
    static constexpr bool absorbed(int row) {
        for (const ThetaPlace& place : places)
            if ((place.site == ThetaSite::Merged && place.row == row && place.base != row) ||
                (place.site == ThetaSite::Nothing && place.row == row))
                return true;
        return false;
    }
    /// The row's weight and bias come from `folded`.
    static constexpr bool is_site(int row) {
        for (const ThetaPlace& place : places)
            if (place.row == row && (place.site == ThetaSite::Weight || place.site == ThetaSite::Affine))
                return true;
        return is_base(row);
    }
    static constexpr bool has_bias(int row) {
        bool bias = false;
        for (const ThetaPlace& place : places)
            if (place.row == row || (place.site == ThetaSite::Merged && place.base == row))
                bias = bias || graph[place.row].facts.has_bias() || graph[place.row].facts.norm > 0;
        return bias;
    }
    /// Position among the results of `folded` of the weight of a row.
    static constexpr std::size_t position(int row) { return positions[static_cast<std::size_t>(row)]; }

    /// What a choice sums of what the rows give.
    template <class Values>
    static std::vector<Summand> summands(int choice, const Values& values) {
        std::vector<Summand> summands;
        for (const Alternative& one : graph.alternatives_of(choice)) {
            const int a = graph[choice].first_alternative + one.number;
            if (one.end > one.first && absorbed(one.output))
                continue;
            summands.push_back({values[static_cast<std::size_t>(one.output)],
                                places[static_cast<std::size_t>(a)].site == ThetaSite::Output ? a : -1});
        }
        return summands;
    }

    static const FoldTable& table() {
        static const FoldTable table = make_table();
        return table;
    }
    /// The tensors that `folded` takes: `weight(row)` and `bias(row)` give those of a row.
    template <class Weight, class Bias>
    static ParameterList parameters(const Weight& weight, const Bias& bias) {
        ParameterList list(table().parameters);
        for_each_part([&](int, const ThetaPlace& place, const FoldTable::Part& part) {
            if (part.weight >= 0)
                list[static_cast<std::size_t>(part.weight)] = weight(place.row);
            if (part.bias >= 0)
                list[static_cast<std::size_t>(part.bias)] = bias(place.row);
        });
        return list;
    }

private:
    static constexpr auto positions =
        row_positions<rows>([](int row) { return is_site(row) ? (has_bias(row) ? 2 : 1) : 0; });

    /// Calls f(row of the site, place, part) for all parts of all sites, in order.
    template <class Function>
    static void for_each_part(const Function& f) {
        int next = 0;
        for (int row = 1; row < graph.size(); ++row) {
            if (!is_site(row))
                continue;
            for (std::size_t a = 0; a < places.size(); ++a) {
                const ThetaPlace& place = places[a];
                const bool merged = place.site == ThetaSite::Merged && place.base == row;
                const bool alone =
                    place.row == row && (place.site == ThetaSite::Weight || place.site == ThetaSite::Affine);
                if (!merged && !alone)
                    continue;
                const Facts& facts = graph[place.row].facts;
                FoldTable::Part part{.kernel = kernel(place, row, static_cast<int>(a))};
                if (facts.weights > 0 || facts.norm > 0)
                    part.weight = next++;
                if (facts.has_bias() || facts.norm > 0)
                    part.bias = next++;
                f(row, place, part);
            }
        }
    }
    static KernelPart kernel(const ThetaPlace& place, int base, int alternative) {
        const Facts& facts = graph[place.row].facts;
        KernelPart part{.taps = facts.traits.taps, .kernel = facts.window.kernel, .alternative = alternative};
        if (place.site == ThetaSite::Merged) {
            merges(facts, graph[base].facts, graph[base].in, part.grid);
            part.places = tap_places(part.kernel, part.grid, graph[base].facts.window.kernel_shape());
        }
        return part;
    }
    static FoldTable make_table() {
        FoldTable made;
        for_each_part([&](int row, const ThetaPlace& place, const FoldTable::Part& part) {
            if (made.sites.empty() || made.sites.back().row != row) {
                const Facts& facts = graph[row].facts;
                made.sites.push_back({.row = row,
                                      .merged = place.site == ThetaSite::Merged,
                                      .shape = {facts.out.channels(), graph[row].in.channels() / facts.groups,
                                                facts.window.kernel_shape()},
                                      .parts = {}});
            }
            made.sites.back().parts.push_back(part);
            made.parameters += (part.weight >= 0) + (part.bias >= 0);
        });
        return made;
    }
};

} // namespace pliny::detail
