// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/lowering.hpp>
#include <pliny/methods/super_net.hpp>

#include <type_traits>

namespace pliny {

/// The penalty and `cost<C>()` read the relaxed widths, sum(theta), instead of the number of channels alive.
struct RelaxedCost {
    using role = RelaxedCost;
};

template <class Subject, class... Parts>
struct Pit;

namespace methods {

/// Prunes channels by masks, see Pit: `Step` channels of a group at a time; RelaxedCost or void;
/// Exclude<...>.
template <class Step = Multiple<1>, class RelaxedOrNot = void, class... Excludes>
struct Widths {
    static constexpr int order = 1; // among the methods of a search
    static constexpr bool relaxed = std::is_same_v<RelaxedOrNot, RelaxedCost>;
    template <class Net>
    using space = SearchSpace<Net, true, Step, Excludes...>;
    template <class AnyPlan>
    static constexpr bool knows_layers(const AnyPlan& plan) {
        return (detail::excludes_known_layers<Excludes>(plan) && ...);
    }
};

} // namespace methods

/// What PIT searches of a network.
template <class Net, class... Options>
using PitSpace = SearchSpace<Net, true, Options...>;

namespace detail {

template <class... Parts>
inline constexpr bool pit_parts_known =
    parts_among<List<roles::Costs, roles::Regularizer, roles::Multiple, RelaxedCost, roles::Exclude>,
                Parts...>;

template <class Subject, class... Parts>
struct PitCheck {
    static constexpr bool described = is_subject<Subject>;
    static constexpr bool limited = (is_limit<Parts> || ...);
    static constexpr bool known = pit_parts_known<Parts...>;
    static_assert(described,
                  "[pit.1] the first argument of Pit is a network: struct Net : Network<Input, Block> {}");
    static_assert(
        !described || !limited,
        "[pit.3] a limit of Pit stands in its regularizer: Pit<Net, Cost<Params>, Duccio<Limit<...>>>");
    static_assert(!described || limited || known,
                  "[pit.4] Pit does not know one of its arguments; it takes Cost<...>, Duccio<...> or "
                  "Strength<...>, Exclude<...>, Multiple<N>, RelaxedCost");
    static_assert(!described || !known || parts_distinct<Parts...>,
                  "[pit.8] Pit is told one thing twice; keep one of each");
    static constexpr bool valid = described && known && parts_distinct<Parts...> && subject_valid<Subject>;
};

template <class ExcludeList, class... Parts>
struct WidthsOfParts;
template <class... Excludes, class... Parts>
struct WidthsOfParts<List<Excludes...>, Parts...> {
    using type = methods::Widths<PartOr<roles::Multiple, Multiple<1>, Parts...>,
                                 PartOr<RelaxedCost, void, Parts...>, Excludes...>;
};

} // namespace detail

template <class Subject, class... Parts>
struct SearchWord<Pit<Subject, Parts...>> {
    static constexpr bool known = true;
    using subject = Subject;
    using parts = List<Parts...>;
    using method = typename detail::WidthsOfParts<detail::PartsOf<roles::Exclude, Parts...>, Parts...>::type;
    using default_costs = void;
    using check = detail::PitCheck<Subject, Parts...>;
};

/// Channel pruning by trainable masks (Risso et al., Pruning In Time; PLiNIO): every group of channels that
/// the plan finds gets an alpha per channel, alive while |alpha| > 0.5; the cost reads the number of channels
/// alive. Subject: a network, or another search of it, to choose alternatives (`Pit<SuperNet<Net>, ...>`) or
/// bits meanwhile. Parts, any order: Cost<...>; Duccio<...> or Strength<...>; Exclude<...>, Multiple<N>,
/// RelaxedCost.
template <class Subject, class... Parts>
struct Pit : detail::SearchOf<Pit<Subject, Parts...>> {};

} // namespace pliny
