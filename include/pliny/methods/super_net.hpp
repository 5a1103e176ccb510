// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/ops.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/methods/parts.hpp>
#include <pliny/methods/search_space.hpp>

#include <type_traits>

namespace pliny {
namespace detail {

template <class... Parts>
inline constexpr bool parts_known = parts_among<6, Parts...>({PartKind::Costs, PartKind::Regularizer,
                                                              PartKind::Sampling, PartKind::Temperature,
                                                              PartKind::Entropy, PartKind::Variation});

template <class Net>
constexpr bool has_choices() {
    return choice_count<std::remove_const_t<decltype(plan<Net>)>> > 0;
}

} // namespace detail

/// Chooses among the alternatives of every Choice of Net while training (Liu et al., DARTS, 2019): each has
/// an alpha, the share theta of an alternative follows from it, and the cost of a choice is the sum of theta
/// x cost. Parts, any order: Cost<...> (Params and Ops); Duccio<...> or Strength<...>; Softmax (the default),
/// Gumbel, HardGumbel, Hard or SinglePath; Temperature<first, last>; Entropy<...>, InverseVariation<...>.
/// With Pit, `Pit<SuperNet<Net>, Cost<...>, ...>`, widths are searched as well.
template <class Net, class... Parts>
struct SuperNet {
    static_assert(DescribedNetwork<Net>,
                  "[super_net.1] the first argument of SuperNet is a network: struct Net : Network<Input, "
                  "Block> {}");
    static_assert(
        !DescribedNetwork<Net> || detail::parts_known<Parts...>,
        "[super_net.2] SuperNet does not know one of its arguments; it takes Cost<...>, Duccio<...> "
        "or Strength<...>, Softmax, Gumbel, HardGumbel, Hard or SinglePath, Temperature<...>, "
        "Entropy<...>, InverseVariation<...>");
    static_assert(!detail::parts_known<Parts...> || detail::parts_distinct<Parts...>,
                  "[super_net.3] SuperNet is told one thing twice; keep one of each");
};

template <DescribedNetwork Net, class... Parts>
    requires(detail::parts_known<Parts...>&& detail::parts_distinct<Parts...>)
struct SuperNet<Net, Parts...> {
    using network = Net;
    using costs = detail::PartOr<detail::PartKind::Costs, Cost<Params, Ops>, Parts...>;
    using regularizer = detail::PartOr<detail::PartKind::Regularizer, NoRegularizer, Parts...>;
    using space = SearchSpace<Net, false>;
    using choice_options = detail::ChoiceOptions<Parts...>;
    static constexpr bool relaxed = false;
    /// It says how to choose only, and nothing of costs.
    static constexpr bool bare = ((detail::part_kind<Parts> != detail::PartKind::Costs &&
                                   detail::part_kind<Parts> != detail::PartKind::Regularizer) &&
                                  ...);

private:
    static constexpr bool planned = plan<Net>.size() > 1;
    static constexpr bool chooses = !planned || detail::has_choices<Net>();
    static constexpr bool costs_known = RegularizerTraits<regularizer>::template knows_its_costs<costs>;
    static_assert(chooses, "[super_net.4] the network has no Choice<...>: there is nothing to choose");
    static_assert(!chooses || costs_known,
                  "[super_net.5] the regularizer speaks of a cost that Cost<...> does not list, or does not "
                  "say which of several");
    using bounded = BoundedSearch<space, costs, regularizer, planned && chooses && costs_known>;

public:
    /// Smallest and largest value of each cost over all paths.
    static constexpr auto bounds = bounded::bounds;
    /// The limits of the regularizer in the units of their costs.
    static constexpr auto limits = bounded::limits;
};

} // namespace pliny
