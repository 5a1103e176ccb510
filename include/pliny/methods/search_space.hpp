// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/exclude.hpp>
#include <pliny/methods/mask_sites.hpp>
#include <pliny/methods/theta_sites.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <type_traits>

namespace pliny {

namespace roles {
struct Multiple {};
} // namespace roles

/// Every width that a search finds is a multiple of Factor, as SIMD units and accelerators like it; a group
/// whose own width is none keeps it.
template <int Factor>
struct Multiple {
    static_assert(Factor > 0, "[multiple.1] Multiple<N> needs N >= 1");
    using role = roles::Multiple;
    static constexpr int value = Factor;
};

namespace detail {

template <class Option>
inline constexpr int multiple_of = 1;
template <int Factor>
inline constexpr int multiple_of<Multiple<Factor>> = Factor;

/// Of what a method that transforms weights asks for the number of inputs of a layer; 1 where there is none.
template <class Net>
constexpr int multiple_of_inputs() {
    if constexpr (requires { Net::multiple_of_inputs; })
        for (const Row& row : plan<Net>.rows)
            if (row.facts.transformed)
                return Net::multiple_of_inputs;
    return 1;
}

template <class Option>
constexpr bool excludes(const Row& row) {
    if constexpr (requires { Option::matches(row); })
        return Option::matches(row);
    return false;
}

} // namespace detail

/// What a search changes of Net: the widths of its groups of channels, if it searches those, and which
/// alternative each choice takes. All alphas are one flat vector, those of widths before those of choices.
template <class Net, bool SearchesWidths, class... Options>
struct SearchSpace {
    using network = Net;
    static constexpr const auto& graph = plan<Net>;
    using PlanType = std::remove_cvref_t<decltype(graph)>;
    static constexpr std::size_t groups = std::tuple_size_v<decltype(graph.groups)>;
    static constexpr int multiple =
        std::lcm(std::max({1, detail::multiple_of<Options>...}), detail::multiple_of_inputs<Net>());

    struct Analysis {
        std::array<bool, groups> trainable{};
        std::array<int, groups> offset{};                                  // of the group's first alpha
        std::array<int, groups> smallest{};                                // width that it keeps at least
        int alphas = 0;                                                    // of widths
        std::array<bool, static_cast<std::size_t>(graph.size())> masked{}; // rows that have such alphas
        std::array<MaskSite, static_cast<std::size_t>(graph.size())> sites{};
    };
    static constexpr Analysis analysis = [] {
        Analysis a;
        for (std::size_t g = 0; g < groups; ++g)
            a.trainable[g] = SearchesWidths && !graph.groups[g].frozen && graph.groups[g].width > multiple &&
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
        for (int r = 1; r < graph.size(); ++r)
            for (const Segment& segment : graph.channels(r))
                if (a.trainable[static_cast<std::size_t>(segment.group)])
                    a.masked[static_cast<std::size_t>(r)] = true;
        a.sites = mask_sites(graph, a.masked);
        for (const ThetaPlace& place : theta_places(graph, true)) // a merged output has no place of its own
            if (place.site == ThetaSite::Merged &&
                a.sites[static_cast<std::size_t>(place.row)] == MaskSite::Output)
                a.sites[static_cast<std::size_t>(place.row)] = MaskSite::Weight;
        return a;
    }();
    /// Length of the flat vector, and where the alphas of the choices begin in it.
    static constexpr int alphas = analysis.alphas + static_cast<int>(alternative_count<PlanType>);
    static constexpr int first_choice_alpha = analysis.alphas;

    /// The widths of the narrowest network.
    static constexpr std::array<double, groups> narrowest = [] {
        std::array<double, groups> narrow{};
        for (std::size_t g = 0; g < groups; ++g)
            narrow[g] = analysis.smallest[g];
        return narrow;
    }();
};

} // namespace pliny
