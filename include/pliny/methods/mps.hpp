// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/params_bit.hpp>
#include <pliny/methods/lowering.hpp>
#include <pliny/methods/mps/costs.hpp>
#include <pliny/methods/mps/shares.hpp>
#include <pliny/methods/mps/space.hpp>
#include <pliny/methods/super_net.hpp>

#include <algorithm>
#include <array>
#include <type_traits>

namespace pliny {

template <class Subject, class... Parts>
struct Mps;

namespace detail {

/// Whether a cost has a price for all bits that a layer may come to have.
template <class Prices, auto Metric>
constexpr bool prices_all_bits() {
    if constexpr (requires { Metric.supports(Prices::graph[1].facts, 8, 8); })
        return Prices::supported(Metric);
    return true;
}
template <class Prices, class Costs>
inline constexpr bool costs_price_all_bits = true;
template <class Prices, auto... Metrics>
inline constexpr bool costs_price_all_bits<Prices, Cost<Metrics...>> = (prices_all_bits<Prices, Metrics>() &&
                                                                        ...);
/// The same candidates without 0 bits.
template <class WeightCandidates>
struct WithoutZero {
    using type = WeightCandidates;
};
template <int... Bits>
struct WithoutZero<Weights<0, Bits...>> {
    using type = Weights<Bits...>;
};

} // namespace detail

namespace methods {

/// Chooses bits, see Mps.
template <class WeightCandidates, class ActivationCandidates, class Granularity, class... Options>
struct Bits {
    static constexpr int order = 2; // among the methods of a search
    using without_pruning = Bits<typename detail::WithoutZero<WeightCandidates>::type, ActivationCandidates,
                                 Granularity, Options...>;
    template <class Net>
    using space = BitSpace<Net, WeightCandidates, ActivationCandidates,
                           std::is_same_v<Granularity, PerChannel>, Options...>;
    template <class Space>
    using Shares = BitShares<Space>;
    template <class Space, class Widths>
    using prices = BitCosts<Space, Widths>;
    template <class Prices, class Costs>
    static constexpr bool prices_all = detail::costs_price_all_bits<Prices, Costs>;

    static constexpr int fewest_bits = WeightCandidates::bits[0];
    static constexpr bool lots_fit =
        std::is_same_v<Granularity, PerChannel> || WeightCandidates::bits[0] != 0;
    static constexpr bool steps_learnable =
        count_of<LearnedSteps, Options...> == 0 ||
        std::find(WeightCandidates::bits.begin(), WeightCandidates::bits.end(), 1) ==
            WeightCandidates::bits.end();
};

} // namespace methods

namespace detail {

template <class... Parts>
inline constexpr bool mps_parts_known =
    parts_among<List<roles::Costs, roles::Regularizer, roles::Sampling, roles::Temperature, roles::Weights,
                     roles::Activations, roles::Granularity, roles::Input, QuantizedOutput, SharedClip,
                     KeepBatchNorm, LearnedSteps, roles::Quantizer, roles::Exclude, roles::Only>,
                Parts...>;

/// Whether a quantizer of weights does what its contract says, for all candidates.
template <class Quantizer, std::size_t Count>
constexpr bool quantizer_keeps_codes(const std::array<int, Count>& bits) {
    if constexpr (WeightQuantizer<Quantizer> && !std::is_same_v<Quantizer, UniformGrid>)
        return std::all_of(bits.begin(), bits.end(), keeps_codes<Quantizer>);
    return true;
}

template <class Subject, class... Parts>
struct MpsCheck {
    static constexpr bool described = is_subject<Subject>;
    static constexpr bool known = mps_parts_known<Parts...>;
    static_assert(described,
                  "[mps.1] the first argument of Mps is a network: struct Net : Network<Input, Block> {}");
    static_assert(!described || known,
                  "[mps.2] Mps does not know one of its arguments; it takes Weights<...>, Activations<...>, "
                  "PerLayer or PerChannel, Cost<...>, Duccio<...> or Strength<...>, Softmax, Gumbel, "
                  "HardGumbel or Hard, Temperature<...>, InputBits<...> or FloatInput, QuantizedOutput, "
                  "SharedClip, KeepBatchNorm, LearnedSteps, a quantizer of weights, Exclude<...>, "
                  "Only<...>");
    static_assert(!known || parts_distinct<Parts...>,
                  "[mps.3] Mps is told one thing twice; keep one of each");
    static constexpr bool keeps_codes = quantizer_keeps_codes<QuantizerOf<Parts...>>(
        PartOr<roles::Weights, Weights<2, 4, 8>, Parts...>::bits);
    static_assert(
        !known || keeps_codes,
        "[quantizer.2] a quantizer of weights gives codes that fit into the bits, -1 or 1 of 1 bit, "
        "scales above 0 and finite values, and the value of a code has that code again");
    static constexpr bool steps_are_its_own =
        std::is_same_v<QuantizerOf<Parts...>, UniformGrid> || count_of<LearnedSteps, Parts...> == 0;
    static_assert(!known || steps_are_its_own,
                  "[mps.12] LearnedSteps learns the steps of uniform grids; leave it out, or the quantizer");
    static constexpr bool valid = described && known && parts_distinct<Parts...> && keeps_codes &&
                                  steps_are_its_own && subject_valid<Subject>;
};

/// Kinds of options in one order, so that the same ones in another order are the same method.
template <class OptionList, class... Parts>
struct BitsOfParts;
template <class... Options, class... Parts>
struct BitsOfParts<List<Options...>, Parts...> {
    using type = methods::Bits<PartOr<roles::Weights, Weights<2, 4, 8>, Parts...>,
                               PartOr<roles::Activations, Activations<2, 4, 8>, Parts...>,
                               PartOr<roles::Granularity, PerLayer, Parts...>, Options...>;
};
template <class... Parts>
using OwnQuantizer = std::conditional_t<std::is_same_v<QuantizerOf<Parts...>, UniformGrid>, List<>,
                                        PartsOf<roles::Quantizer, Parts...>>;
template <class... Parts>
using BitOptions =
    Append<PartsOf<roles::Input, Parts...>, PartsOf<QuantizedOutput, Parts...>, PartsOf<SharedClip, Parts...>,
           PartsOf<KeepBatchNorm, Parts...>, PartsOf<LearnedSteps, Parts...>, OwnQuantizer<Parts...>,
           PartsOf<roles::Exclude, Parts...>, PartsOf<roles::Only, Parts...>>;

} // namespace detail

template <class Subject, class... Parts>
struct SearchWord<Mps<Subject, Parts...>> {
    static constexpr bool known = true;
    using subject = Subject;
    using parts = List<Parts...>;
    using method = typename detail::BitsOfParts<detail::BitOptions<Parts...>, Parts...>::type;
    using default_costs = Cost<ParamsBit>;
    using check = detail::MpsCheck<Subject, Parts...>;
};

/// Searches the bits of weights and activations while training (Risso et al., Channel-wise Mixed-precision
/// Assignment, 2022; Cai and Vasconcelos, EdMIPS, 2020): every candidate of a lot of weights, or of a tensor
/// of activations, counts by its share theta = softmax(alpha / T). Batch norms behind convolutions and linear
/// layers are folded into them at the start, unless KeepBatchNorm. Subject: a network, or another search of
/// it, to prune channels (`Mps<Pit<Net>, ...>`) or choose alternatives meanwhile. Parts, any order:
/// Weights<2, 4, 8> and Activations<2, 4, 8> (the defaults); PerLayer (the default) or PerChannel, which may
/// prune with 0 bits, unless Pit does; Cost<...> (ParamsBit); Duccio<...> or Strength<...>; Softmax (the
/// default), Gumbel, HardGumbel or Hard; Temperature<first, last>; InputBits<8> or FloatInput;
/// QuantizedOutput; SharedClip; KeepBatchNorm; LearnedSteps; a WeightQuantizer (UniformGrid); Exclude<...>;
/// Only<"layer", Weights<8>>.
template <class Subject, class... Parts>
struct Mps : detail::SearchOf<Mps<Subject, Parts...>> {};

} // namespace pliny
