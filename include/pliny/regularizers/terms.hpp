// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/list.hpp>
#include <pliny/regularizers/limit.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

namespace pliny {

/// The costs that a regularizer speaks of, from its list of terms: a `Limit<...>` each, or an
/// `Unlimited<...>` where it bounds none. One cost may be in several terms.
template <class Terms>
struct RegularizerTerms {
    static constexpr bool sound = false;
};

template <class... Terms>
struct RegularizerTerms<List<Terms...>> {
    static constexpr bool sound = ((is_limit<Terms> || is_unlimited<Terms>)&&...);
    static constexpr std::size_t size = sizeof...(Terms);
    static constexpr std::size_t limits = (std::size_t{0} + ... + std::size_t{is_limit<Terms>});

    /// The place of every term's cost in a list; -1 where it is not there or cannot be told.
    template <class Costs>
    static constexpr std::array<int, size> cost_indices() {
        return {Terms::template index_in<Costs>()...};
    }
    /// The same of those terms that are limits.
    template <class Costs>
    static constexpr std::array<int, limits> limit_indices() {
        std::array<int, limits> indices{};
        each_limit([&]<class Bound>(std::type_identity<Bound>, std::size_t place) {
            indices[place] = Bound::template index_in<Costs>();
        });
        return indices;
    }
    /// The limits in the units of their costs; `full[i]` is what cost i of the list amounts to in the
    /// unpruned network.
    template <class Costs>
    static constexpr std::array<double, limits> amounts(std::span<const double> full) {
        std::array<double, limits> amounts{};
        each_limit([&]<class Bound>(std::type_identity<Bound>, std::size_t place) {
            amounts[place] =
                Bound::amount_of(full[static_cast<std::size_t>(Bound::template index_in<Costs>())]);
        });
        return amounts;
    }

private:
    template <class Function>
    static constexpr void each_limit(const Function& f) {
        [[maybe_unused]] std::size_t next = 0;
        [[maybe_unused]] const auto take = [&]<class Term>(std::type_identity<Term> term) {
            if constexpr (is_limit<Term>)
                f(term, next++);
        };
        (take(std::type_identity<Terms>{}), ...);
    }
};

} // namespace pliny
