// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/list.hpp>

#include <type_traits>

namespace pliny {

/// Searches of one network, to be compared: `Sweep<SearchAtHalf, SearchAtQuarter>`.
template <class First, class... More>
struct Sweep {
    static_assert((std::is_same_v<typename First::network, typename More::network> && ...),
                  "[sweep.1] the searches of a Sweep are of one network");
    using network = typename First::network;
    using costs = typename First::costs;
    using searches = List<First, More...>;
};

} // namespace pliny
