// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/regularizers/duccio.hpp>
#include <pliny/regularizers/regularizers.hpp>
#include <pliny/regularizers/strength.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace pliny {

/// Smallest and largest cost over all networks of a search space.
struct Bounds {
    double smallest = 0;
    double largest = 0;
};

/// A limit against what is possible; the compiler prints the numbers, which are in the unit of the cost and
/// rounded down.
template <auto Cost, long long Asked, long long Smallest, long long Largest, bool Possible>
struct LimitCheck {
    static_assert(Possible,
                  "[duccio.5] the limit lies below the smallest possible cost; the lines around this "
                  "one print LimitCheck<cost, asked, smallest, largest, possible>");
    static constexpr bool checked = true;
};

/// Whether a search can use a regularizer: `known`, it speaks only of costs in the list, its limits can be
/// met in the space.
template <class Type>
struct RegularizerTraits {
    static constexpr bool known = false;
};

template <class Type>
    requires detail::NamesTerms<Type>
struct RegularizerTraits<Type> {
    static_assert(
        Regularizer<Type>,
        "[regularizer.1] a regularizer has terms, a List<...> of Limit<...> and Unlimited<...>, states, "
        "value(step, state, slopes) and advance(step, state); see regularizers/concept.hpp");
    static constexpr bool known = true;
    using terms = RegularizerTerms<typename Type::terms>;

    template <class Costs>
    static constexpr bool knows_its_costs = [] {
        for (int index : terms::template cost_indices<Costs>())
            if (index < 0)
                return false;
        return true;
    }();

    /// Which cost each limit bounds.
    template <class Costs>
    static constexpr auto cost_indices = terms::template limit_indices<Costs>();

    /// The limits in the units of their costs.
    template <class Space, class Costs>
    static constexpr std::array<double, terms::limits> limits = [] {
        std::array<double, Costs::size> full{};
        for (std::size_t i = 0; i < full.size(); ++i)
            full[i] = Space::template bounds<Costs>[i].largest;
        return terms::template amounts<Costs>(full);
    }();

    template <class Space, class Costs, std::size_t Place>
    static constexpr bool limit_feasible = [] {
        constexpr auto index = static_cast<std::size_t>(cost_indices<Costs>[Place]);
        constexpr Bounds bounds = Space::template bounds<Costs>[index];
        constexpr double limit = limits<Space, Costs>[Place];
        return LimitCheck<cost_at<index, Costs>, static_cast<long long>(limit),
                          static_cast<long long>(bounds.smallest), static_cast<long long>(bounds.largest),
                          (limit >= bounds.smallest)>::checked;
    }();
    template <class Space, class Costs>
    static constexpr bool feasible = []<std::size_t... Place>(std::index_sequence<Place...>) {
        return (limit_feasible<Space, Costs, Place> && ...);
    }
    (std::make_index_sequence<terms::limits>{});
};

} // namespace pliny
