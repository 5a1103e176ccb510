// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/meta/list.hpp>
#include <pliny/methods/mps/bits.hpp>
#include <pliny/methods/sampling.hpp>
#include <pliny/quantizers/uniform_grid.hpp>
#include <pliny/regularizers/feasibility.hpp>

#include <algorithm>
#include <array>
#include <type_traits>

namespace pliny::detail {

/// What an argument of a search is for.
enum class PartKind {
    Unknown,
    Costs,
    Regularizer,
    Sampling,
    Temperature,
    Entropy,
    Variation,
    Weights,
    Activations,
    Granularity,
    Input,
    Output,
    Clip,
    Norm,
    Steps,
    Quantizer,
    Multiple,
    Relaxed,
    Exclude, // from here on a search takes several of a kind
    Only
};

template <class Part>
inline constexpr PartKind part_kind = Sampling<Part>                   ? PartKind::Sampling
                                      : RegularizerTraits<Part>::known ? PartKind::Regularizer
                                                                       : PartKind::Unknown;
template <class Part>
struct CheckedQuantizer {
    static constexpr bool sound = [] {
        if constexpr (WeightQuantizer<Part>)
            return std::is_same_v<Part, UniformGrid> || (Part::name != "" && Part::name != UniformGrid::name);
        return false;
    }();
    static_assert(sound,
                  "[quantizer.1] a quantizer of weights is a struct without members, with a name of its own, "
                  "scale(channel, bits), code(w, scale, bits) and value(code, scale, bits), all constexpr, "
                  "which give float, int and float; see quantizers/concept.hpp");
    static constexpr PartKind kind = PartKind::Quantizer;
};
/// The part, which checks its numbers, is instantiated here.
template <class Part, PartKind What>
inline constexpr PartKind checked_part = sizeof(Part) > 0 ? What : PartKind::Unknown;
template <auto... Metrics>
inline constexpr PartKind part_kind<Cost<Metrics...>> = checked_part<Cost<Metrics...>, PartKind::Costs>;
template <Real First, Real Last>
inline constexpr PartKind part_kind<Temperature<First, Last>> =
    checked_part<Temperature<First, Last>, PartKind::Temperature>;
template <Real Value>
inline constexpr PartKind part_kind<Entropy<Value>> = checked_part<Entropy<Value>, PartKind::Entropy>;
template <Real Value, Real Epsilon>
inline constexpr PartKind part_kind<InverseVariation<Value, Epsilon>> =
    checked_part<InverseVariation<Value, Epsilon>, PartKind::Variation>;
template <int... Bits>
inline constexpr PartKind part_kind<Weights<Bits...>> = checked_part<Weights<Bits...>, PartKind::Weights>;
template <int... Bits>
inline constexpr PartKind part_kind<Activations<Bits...>> =
    checked_part<Activations<Bits...>, PartKind::Activations>;
template <>
inline constexpr PartKind part_kind<PerLayer> = PartKind::Granularity;
template <>
inline constexpr PartKind part_kind<PerChannel> = PartKind::Granularity;
template <int Bits>
inline constexpr PartKind part_kind<InputBits<Bits>> = checked_part<InputBits<Bits>, PartKind::Input>;
template <>
inline constexpr PartKind part_kind<FloatInput> = PartKind::Input;
template <>
inline constexpr PartKind part_kind<QuantizedOutput> = PartKind::Output;
template <>
inline constexpr PartKind part_kind<SharedClip> = PartKind::Clip;
template <>
inline constexpr PartKind part_kind<KeepBatchNorm> = PartKind::Norm;
template <>
inline constexpr PartKind part_kind<LearnedSteps> = PartKind::Steps;
template <class Part>
    requires NamesCodes<Part>
inline constexpr PartKind part_kind<Part> = CheckedQuantizer<Part>::kind;
template <LayerKey... Keys>
inline constexpr PartKind part_kind<Exclude<Keys...>> = PartKind::Exclude;
template <LayerKey Key, class... Bits>
inline constexpr PartKind part_kind<Only<Key, Bits...>> = checked_part<Only<Key, Bits...>, PartKind::Only>;

/// The part of a kind, or the default.
template <PartKind What, class Default, class... Parts>
struct FindPart {
    using type = Default;
};
template <PartKind What, class Default, class First, class... Rest>
struct FindPart<What, Default, First, Rest...>
    : std::conditional_t<part_kind<First> == What, std::type_identity<First>,
                         FindPart<What, Default, Rest...>> {};
template <PartKind What, class Default, class... Parts>
using PartOr = typename FindPart<What, Default, Parts...>::type;

/// The quantizer of weights among the parts.
template <class... Parts>
using QuantizerOf = PartOr<PartKind::Quantizer, UniformGrid, Parts...>;

/// Whether all parts are of the kinds that a search takes.
template <std::size_t Count, class... Parts>
constexpr bool parts_among(const std::array<PartKind, Count>& kinds) {
    return ((std::find(kinds.begin(), kinds.end(), part_kind<Parts>) != kinds.end()) && ...);
}
/// Whether no two parts are of one kind; several may exclude or restrict layers.
template <class... Parts>
inline constexpr bool parts_distinct = [] {
    int times[static_cast<std::size_t>(PartKind::Only) + 1]{};
    (++times[static_cast<std::size_t>(part_kind<Parts>)], ...);
    for (std::size_t kind = 0; kind < static_cast<std::size_t>(PartKind::Exclude); ++kind)
        if (times[kind] > 1)
            return false;
    return true;
}();

/// The parts of some kinds, in their order.
template <PartKind What, class... Parts>
using PartsOf = Append<std::conditional_t<part_kind<Parts> == What, List<Parts>, List<>>...>;

} // namespace pliny::detail
