// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/ops.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/methods/sampling.hpp>
#include <pliny/methods/search_space.hpp>

#include <type_traits>

namespace pliny {
namespace detail {

/// What the arguments of SuperNet after the network are for.
enum class SuperNetPart { Unknown, Costs, Regularizer, Sampling, Temperature, Entropy, Variation };

template <class Part>
inline constexpr SuperNetPart super_net_part = Sampling<Part>                   ? SuperNetPart::Sampling
                                               : RegularizerTraits<Part>::known ? SuperNetPart::Regularizer
                                                                                : SuperNetPart::Unknown;
/// The part, which checks its numbers, is instantiated here.
template <class Part, SuperNetPart What>
inline constexpr SuperNetPart checked_part = sizeof(Part) > 0 ? What : SuperNetPart::Unknown;
template <auto... C>
inline constexpr SuperNetPart super_net_part<Cost<C...>> = checked_part<Cost<C...>, SuperNetPart::Costs>;
template <Real First, Real Last>
inline constexpr SuperNetPart super_net_part<Temperature<First, Last>> =
    checked_part<Temperature<First, Last>, SuperNetPart::Temperature>;
template <Real Value>
inline constexpr SuperNetPart super_net_part<Entropy<Value>> =
    checked_part<Entropy<Value>, SuperNetPart::Entropy>;
template <Real Value, Real Epsilon>
inline constexpr SuperNetPart super_net_part<InverseVariation<Value, Epsilon>> =
    checked_part<InverseVariation<Value, Epsilon>, SuperNetPart::Variation>;

/// The part of a kind, or the default.
template <SuperNetPart What, class Default, class... Parts>
struct FindPart {
    using type = Default;
};
template <SuperNetPart What, class Default, class First, class... Rest>
struct FindPart<What, Default, First, Rest...>
    : std::conditional_t<super_net_part<First> == What, std::type_identity<First>,
                         FindPart<What, Default, Rest...>> {};
template <SuperNetPart What, class Default, class... Parts>
using PartOr = typename FindPart<What, Default, Parts...>::type;

template <class... Parts>
inline constexpr bool parts_known = ((super_net_part<Parts> != SuperNetPart::Unknown) && ...);
template <class... Parts>
inline constexpr bool parts_distinct = [] {
    int times[static_cast<std::size_t>(SuperNetPart::Variation) + 1]{};
    (++times[static_cast<std::size_t>(super_net_part<Parts>)], ...);
    for (int count : times)
        if (count > 1)
            return false;
    return true;
}();

/// How the choices of a search are made.
template <class... Parts>
struct ChoiceOptions {
    using sampling = PartOr<SuperNetPart::Sampling, Softmax, Parts...>;
    using temperature = PartOr<SuperNetPart::Temperature, Temperature<1>, Parts...>;
    using entropy = PartOr<SuperNetPart::Entropy, Entropy<0>, Parts...>;
    using variation = PartOr<SuperNetPart::Variation, InverseVariation<0>, Parts...>;
};

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
    using costs = detail::PartOr<detail::SuperNetPart::Costs, Cost<Params, Ops>, Parts...>;
    using regularizer = detail::PartOr<detail::SuperNetPart::Regularizer, NoRegularizer, Parts...>;
    using space = SearchSpace<Net, false>;
    using choice_options = detail::ChoiceOptions<Parts...>;
    static constexpr bool relaxed = false;
    /// It says how to choose only, and nothing of costs.
    static constexpr bool bare = ((detail::super_net_part<Parts> != detail::SuperNetPart::Costs &&
                                   detail::super_net_part<Parts> != detail::SuperNetPart::Regularizer) &&
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
