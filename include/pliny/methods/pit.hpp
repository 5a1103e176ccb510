// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/super_net.hpp>

#include <type_traits>

namespace pliny {

/// The penalty and `cost<C>()` read the relaxed widths, sum(theta), instead of the number of channels alive.
struct RelaxedCost {};

namespace detail {

template <class Option>
inline constexpr bool pit_option = std::is_same_v<Option, RelaxedCost>;
template <int Factor>
inline constexpr bool pit_option<Multiple<Factor>> = true;
template <LayerKey... Keys>
inline constexpr bool pit_option<Exclude<Keys...>> = true;

template <class Option, class AnyPlan>
constexpr bool excludes_known_layers(const AnyPlan& plan) {
    if constexpr (requires { Option::all_found(plan); })
        return Option::all_found(plan);
    return true;
}

template <class CostList>
inline constexpr bool is_cost_list = false;
template <auto... Costs>
inline constexpr bool is_cost_list<Cost<Costs...>> = sizeof(Cost<Costs...>) > 0; // Cost checks its list

/// What Pit prunes: a network, or one whose alternatives are chosen meanwhile.
template <class Described>
struct PitSubject {
    static constexpr bool known = false;
};
template <DescribedNetwork Net>
struct PitSubject<Net> {
    static constexpr bool known = true, chooses = false, bare = true;
    using network = Net;
    using choice_options = ChoiceOptions<>;
};
template <class Net, class... Parts>
    requires requires { typename SuperNet<Net, Parts...>::space; }
struct PitSubject<SuperNet<Net, Parts...>> {
    static constexpr bool known = true, chooses = true, bare = SuperNet<Net, Parts...>::bare;
    using network = Net;
    using choice_options = ChoiceOptions<Parts...>;
};

template <class Described>
inline constexpr bool is_super_net = false;
template <class Net, class... Parts>
inline constexpr bool is_super_net<SuperNet<Net, Parts...>> = true; // reports its own arguments

} // namespace detail

/// What PIT searches of a network.
template <class Net, class... Options>
using PitSpace = SearchSpace<Net, true, Options...>;

/// Channel pruning by trainable masks (Risso et al., Pruning In Time; PLiNIO): every group of channels that
/// the plan finds gets an alpha per channel, alive while |alpha| > 0.5; the cost reads the number of channels
/// alive. Subject: a network, or SuperNet<Net> to choose alternatives in the same search. Costs: Cost<...>.
/// Regularizer: Duccio<...>, Strength<...> or NoRegularizer. Options: Exclude<...>, Multiple<N>, RelaxedCost.
template <class Subject, class Costs = void, class Regularizer = NoRegularizer, class... Options>
struct Pit {
    static_assert(detail::PitSubject<Subject>::known || detail::is_super_net<Subject>,
                  "[pit.1] the first argument of Pit is a network: struct Net : Network<Input, Block> {}");
    static_assert(detail::is_cost_list<Costs>,
                  "[pit.2] the second argument of Pit is its costs, such as Cost<Params>");
    static_assert(RegularizerTraits<Regularizer>::known,
                  "[pit.3] the third argument of Pit is Duccio<Limit<...>>, Strength<...> or NoRegularizer");
    static_assert(
        (detail::pit_option<Options> && ...),
        "[pit.4] Pit does not know one of its options; it takes Exclude<...>, Multiple<N>, RelaxedCost");
};

template <class Subject, auto... Metrics, class Regularizer, class... Options>
    requires(detail::PitSubject<Subject>::known && sizeof...(Metrics) > 0 &&
             (LayerCost<decltype(Metrics)> && ...) && RegularizerTraits<Regularizer>::known &&
             (detail::pit_option<Options> && ...))
struct Pit<Subject, Cost<Metrics...>, Regularizer, Options...> {
    using network = typename detail::PitSubject<Subject>::network;
    using costs = Cost<Metrics...>;
    using regularizer = Regularizer;
    using space = PitSpace<network, Options...>;
    using choice_options = typename detail::PitSubject<Subject>::choice_options;
    static constexpr bool relaxed = count_of<RelaxedCost, Options...> > 0;

private:
    // Each check only where those before it hold: one mistake, one sentence.
    static constexpr bool planned = plan<network>.size() > 1;
    static constexpr bool chooses =
        !planned || detail::PitSubject<Subject>::chooses || !detail::has_choices<network>();
    static constexpr bool outer = !chooses || detail::PitSubject<Subject>::bare;
    static constexpr bool excludes_layers =
        !planned || !chooses || (detail::excludes_known_layers<Options>(plan<network>) && ...);
    static constexpr bool has_alphas = !planned || !chooses || !excludes_layers || space::analysis.alphas > 0;
    static constexpr bool costs_known = RegularizerTraits<Regularizer>::template knows_its_costs<costs>;
    static_assert(chooses, "[pit.7] the network has a Choice; write Pit<SuperNet<Net>, ...>");
    static_assert(outer, "[pit.8] costs and regularizer are arguments of Pit, not of the SuperNet inside: "
                         "Pit<SuperNet<Net>, Cost<...>, Duccio<...>>");
    static_assert(excludes_layers, "[exclude.1] Exclude names a layer that the network does not have; "
                                   "describe<Net>() lists the paths");
    static_assert(has_alphas,
                  "[pit.5] there is nothing to prune: every group of channels is frozen by the input, "
                  "the output, Exclude or Multiple");
    static_assert(costs_known,
                  "[pit.6] the regularizer speaks of a cost that Cost<...> does not list, or does "
                  "not say which of several");
    using bounded =
        BoundedSearch<space, costs, Regularizer,
                      planned && chooses && outer && excludes_layers && has_alphas && costs_known>;

public:
    /// Smallest and largest value of each cost.
    static constexpr auto bounds = bounded::bounds;
    /// The limits of the regularizer in the units of their costs.
    static constexpr auto limits = bounded::limits;
};

} // namespace pliny
