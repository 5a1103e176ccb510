// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/describe.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/search.hpp>

#include <string>

namespace pliny {
namespace detail {

template <class Search, auto... Metrics>
std::string cost_lines(Cost<Metrics...>) {
    std::string text;
    std::size_t i = 0;
    ((text += joined("cost ", std::remove_cvref_t<decltype(Metrics)>::name, ": ",
                     decimals(Search::bounds[i].largest, 0), " at most, ",
                     decimals(Search::bounds[i].smallest, 0), " at least\n"),
      ++i),
     ...);
    return text;
}

template <class Search>
std::string limit_lines() {
    std::string text;
    for_each_limit<Search>([&]<std::size_t Place, auto Metric>() {
        text += joined("limit ", std::remove_cvref_t<decltype(Metric)>::name, ": ",
                       decimals(Search::limits[Place], 0), "\n");
    });
    return text;
}

} // namespace detail

/// A search as a table: the network, in which * marks the groups of channels that it cannot prune, the
/// candidates of bits where it chooses such, the bounds of its costs, its limits.
template <SearchDescription Search>
std::string describe() {
    using space = typename Search::space;
    std::string text = detail::plan_table(plan<typename Search::network>, [](int group) {
        const auto g = static_cast<std::size_t>(group);
        if constexpr (Search::quantizes)
            if (Search::bit_space::may_prune(g))
                return false;
        return !space::analysis.trainable[g];
    });
    if constexpr (Search::quantizes) {
        using Bits = typename Search::bit_space;
        const auto list = [](const auto& bits) {
            std::string numbers;
            for (int b : bits)
                numbers += (numbers.empty() ? "" : ", ") + std::to_string(b);
            return numbers;
        };
        text += joined("weights: ", list(Bits::weight_bits), " bits, ", Bits::weight_lots,
                       Bits::per_channel ? " channels" : " layers", " to choose for",
                       std::is_same_v<typename Bits::quantizer, UniformGrid> ? "" : ", quantizer: ",
                       std::is_same_v<typename Bits::quantizer, UniformGrid> ? "" : Bits::quantizer::name,
                       "\n", "activations: ", list(Bits::activation_bits), " bits, ", Bits::quantizers,
                       " quantizers\n");
    }
    text += detail::cost_lines<Search>(typename Search::costs{});
    text += detail::limit_lines<Search>();
    return text;
}

} // namespace pliny
