// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/ops.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/methods/lowering.hpp>

namespace pliny {

template <class Subject, class... Parts>
struct SuperNet;

namespace detail {

template <class... Parts>
inline constexpr bool super_net_parts_known =
    parts_among<List<roles::Costs, roles::Regularizer, roles::Sampling, roles::Temperature, roles::Entropy,
                     roles::Variation>,
                Parts...>;

template <class Subject, class... Parts>
struct SuperNetCheck {
    static constexpr bool described = is_subject<Subject>;
    static constexpr bool known = super_net_parts_known<Parts...>;
    static_assert(described,
                  "[super_net.1] the first argument of SuperNet is a network: struct Net : Network<Input, "
                  "Block> {}");
    static_assert(
        !described || known,
        "[super_net.2] SuperNet does not know one of its arguments; it takes Cost<...>, Duccio<...> "
        "or Strength<...>, Softmax, Gumbel, HardGumbel, Hard or SinglePath, Temperature<...>, "
        "Entropy<...>, InverseVariation<...>");
    static_assert(!known || parts_distinct<Parts...>,
                  "[super_net.3] SuperNet is told one thing twice; keep one of each");
    static constexpr bool valid = described && known && parts_distinct<Parts...> && subject_valid<Subject>;
};

} // namespace detail

template <class Subject, class... Parts>
struct SearchWord<SuperNet<Subject, Parts...>> {
    static constexpr bool known = true;
    using subject = Subject;
    using parts = List<Parts...>;
    using method = methods::Choices<detail::PartOr<roles::Entropy, Entropy<0>, Parts...>,
                                    detail::PartOr<roles::Variation, InverseVariation<0>, Parts...>>;
    using default_costs = Cost<Params, Ops>;
    using check = detail::SuperNetCheck<Subject, Parts...>;
};

/// Chooses among the alternatives of every Choice of a network while training (Liu et al., DARTS, 2019): each
/// has an alpha, the share theta of an alternative follows from it, and the cost of a choice is the sum of
/// theta x cost. Subject: a network, or another search of it (`SuperNet<Pit<Net>>` searches widths as well).
/// Parts, any order: Cost<...> (Params and Ops); Duccio<...> or Strength<...>; Softmax (the default), Gumbel,
/// HardGumbel, Hard or SinglePath; Temperature<first, last>; Entropy<...>, InverseVariation<...>.
template <class Subject, class... Parts>
struct SuperNet : detail::SearchOf<SuperNet<Subject, Parts...>> {};

} // namespace pliny
