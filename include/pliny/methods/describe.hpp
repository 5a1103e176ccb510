// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/describe.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/search_space.hpp>

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
    if constexpr (Search::limits.size() > 0) {
        constexpr auto indices =
            RegularizerTraits<typename Search::regularizer>::template cost_indices<typename Search::costs>;
        [&]<std::size_t... Place>(std::index_sequence<Place...>) {
            ((text += joined("limit ",
                             std::remove_cvref_t<decltype(cost_at<static_cast<std::size_t>(indices[Place]),
                                                                  typename Search::costs>)>::name,
                             ": ", decimals(Search::limits[Place], 0), "\n")),
             ...);
        }
        (std::make_index_sequence<Search::limits.size()>{});
    }
    return text;
}

} // namespace detail

/// A search as a table: the network with the groups that this search cannot prune marked, the bounds of its
/// costs, its limits.
template <class Search>
    requires requires { typename Search::space; }
std::string describe() {
    using space = typename Search::space;
    std::string text = detail::plan_table(plan<typename Search::network>, [](int group) {
        return !space::analysis.trainable[static_cast<std::size_t>(group)];
    });
    text += detail::cost_lines<Search>(typename Search::costs{});
    text += detail::limit_lines<Search>();
    return text;
}

} // namespace pliny
