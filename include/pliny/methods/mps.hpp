// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/params_bit.hpp>
#include <pliny/methods/mps/costs.hpp>
#include <pliny/methods/parts.hpp>
#include <pliny/methods/search_space.hpp>
#include <pliny/methods/super_net.hpp>

#include <algorithm>
#include <type_traits>

namespace pliny {
namespace detail {

template <class... Parts>
inline constexpr bool mps_parts_known = parts_among<14, Parts...>(
    {PartKind::Costs, PartKind::Regularizer, PartKind::Sampling, PartKind::Temperature, PartKind::Weights,
     PartKind::Activations, PartKind::Granularity, PartKind::Input, PartKind::Output, PartKind::Clip,
     PartKind::Norm, PartKind::Steps, PartKind::Exclude, PartKind::Only});

/// Whether a cost has a price for all bits that a layer may come to have.
template <class Space, auto Metric>
constexpr bool prices_all_bits() {
    if constexpr (requires { Metric.supports(Space::graph[1].facts, 8, 8); })
        return BitCosts<Space>::supported(Metric);
    return true;
}
template <class Space, class Costs>
inline constexpr bool costs_price_all_bits = true;
template <class Space, auto... Metrics>
inline constexpr bool costs_price_all_bits<Space, Cost<Metrics...>> = (prices_all_bits<Space, Metrics>() &&
                                                                       ...);

} // namespace detail

/// Searches the bits of weights and activations while training (Risso et al., Channel-wise Mixed-precision
/// Assignment, 2022; Cai and Vasconcelos, EdMIPS, 2020): every candidate of a lot of weights, or of a tensor
/// of activations, counts by its share theta = softmax(alpha / T). Batch norms behind convolutions and linear
/// layers are folded into them at the start, unless KeepBatchNorm. Parts, any order: Weights<2, 4, 8> and
/// Activations<2, 4, 8> (the defaults); PerLayer (the default) or PerChannel, which may prune with 0 bits;
/// Cost<...> (ParamsBit); Duccio<...> or Strength<...>; Softmax (the default), Gumbel, HardGumbel or Hard;
/// Temperature<first, last>; InputBits<8> or FloatInput; QuantizedOutput; SharedClip; KeepBatchNorm;
/// LearnedSteps; Exclude<...>; Only<"layer", Weights<8>>.
template <class Net, class... Parts>
struct Mps {
    static_assert(DescribedNetwork<Net>,
                  "[mps.1] the first argument of Mps is a network: struct Net : Network<Input, Block> {}");
    static_assert(!DescribedNetwork<Net> || detail::mps_parts_known<Parts...>,
                  "[mps.2] Mps does not know one of its arguments; it takes Weights<...>, Activations<...>, "
                  "PerLayer or PerChannel, Cost<...>, Duccio<...> or Strength<...>, Softmax, Gumbel, "
                  "HardGumbel or Hard, Temperature<...>, InputBits<...> or FloatInput, QuantizedOutput, "
                  "SharedClip, KeepBatchNorm, LearnedSteps, Exclude<...>, Only<...>");
    static_assert(!detail::mps_parts_known<Parts...> || detail::parts_distinct<Parts...>,
                  "[mps.3] Mps is told one thing twice; keep one of each");
};

template <DescribedNetwork Net, class... Parts>
    requires(detail::mps_parts_known<Parts...>&& detail::parts_distinct<Parts...>)
struct Mps<Net, Parts...> {
private:
    using Kind = detail::PartKind;
    using Lots = detail::PartOr<Kind::Granularity, PerLayer, Parts...>;

public:
    using network = Net;
    using costs = detail::PartOr<Kind::Costs, Cost<ParamsBit>, Parts...>;
    using regularizer = detail::PartOr<Kind::Regularizer, NoRegularizer, Parts...>;
    using weights = detail::PartOr<Kind::Weights, Weights<2, 4, 8>, Parts...>;
    using activations = detail::PartOr<Kind::Activations, Activations<2, 4, 8>, Parts...>;
    using bit_space = BitSpace<Net, weights, activations, std::is_same_v<Lots, PerChannel>, Parts...>;
    using choice_options = detail::ChoiceOptions<Parts...>;

private:
    // Each check only where those before it hold: one mistake, one sentence.
    static constexpr bool planned = plan<Net>.size() > 1;
    static constexpr bool fixed = !planned || !detail::has_choices<Net>();
    static constexpr bool lots_fit = bit_space::per_channel || weights::bits[0] != 0;
    static constexpr bool drawn_all_at_once = !choice_options::sampling::scored;
    static constexpr bool steps_learnable =
        !bit_space::learned_steps ||
        std::find(weights::bits.begin(), weights::bits.end(), 1) == weights::bits.end();
    static constexpr bool sound = planned && fixed && lots_fit && drawn_all_at_once && steps_learnable;
    static_assert(fixed, "[mps.4] the network has a Choice; choose its layers first: SuperNet<Net, ...>");
    static_assert(lots_fit, "[mps.5] 0 bits prune single channels: add PerChannel");
    static_assert(drawn_all_at_once,
                  "[mps.6] Mps has no SinglePath; take Softmax, Gumbel, HardGumbel or Hard");
    static_assert(steps_learnable,
                  "[mps.11] LearnedSteps takes weights of 2 bits or more; leave out 1 bit, or LearnedSteps");
    static constexpr bool names_found = [] {
        if constexpr (sound)
            return bit_space::restrictions_found;
        return true;
    }();
    static constexpr bool names_usable = [] {
        if constexpr (sound && names_found)
            return bit_space::restrictions_usable;
        return true;
    }();
    static constexpr bool priced = [] {
        if constexpr (sound && names_found && names_usable)
            return detail::costs_price_all_bits<bit_space, costs>;
        return true;
    }();
    static constexpr bool costs_known = RegularizerTraits<regularizer>::template knows_its_costs<costs>;
    static_assert(
        names_found,
        "[mps.7] Only or Exclude names a layer that the network does not have, or that has no weights; "
        "describe<Net>() lists the paths");
    static_assert(
        names_usable,
        "[mps.8] Only names bits that the search does not have, or several of them leave a layer none");
    static_assert(priced, "[mps.9] a cost has no price for some layer with some of the bits of the search; "
                          "the cost's header says which it has");
    static_assert(costs_known,
                  "[mps.10] the regularizer speaks of a cost that Cost<...> does not list, or does "
                  "not say which of several");
    static constexpr bool usable = sound && names_found && names_usable && priced && costs_known;

public:
    /// Smallest and largest value of each cost.
    static constexpr auto bounds = [] {
        if constexpr (usable)
            return BitCosts<bit_space>::template bounds<costs>;
        else
            return std::array<Bounds, costs::size>{};
    }();
    /// The limits of the regularizer in the units of their costs.
    static constexpr auto limits = [] {
        if constexpr (usable)
            return BoundedSearch<BitCosts<bit_space>, costs, regularizer, true>::limits;
        else
            return std::array<double, 0>{};
    }();
};

/// A description of a search for bits: what Model<...> runs.
template <class SearchType>
concept BitSearchDescription = requires {
    typename SearchType::network;
    typename SearchType::bit_space;
    typename SearchType::costs;
    SearchType::limits;
};
template <class SearchType>
concept AnySearchDescription = SearchDescription<SearchType> || BitSearchDescription<SearchType>;

} // namespace pliny
