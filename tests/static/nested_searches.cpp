// SPDX-License-Identifier: Apache-2.0
// Words for searches, however they are nested and wherever their parts are told, mean one description.
#include <pliny/core.hpp>

#include "choice_networks.hpp"

#include <type_traits>

using namespace pliny;
using test::Nested;

namespace {

template <class One, class Other>
inline constexpr bool same = std::is_same_v<Lowered<One>, Lowered<Other>>;
using Half = Duccio<Limit<Percent<50>>>;

// Two words, both ways.
static_assert(same<Pit<SuperNet<Nested>, Cost<Params>>, SuperNet<Pit<Nested>, Cost<Params>>>);
static_assert(same<Mps<Pit<Cnn>, Half>, Pit<Mps<Cnn>, Cost<ParamsBit>, Half>>);
static_assert(same<Mps<SuperNet<Nested>, Cost<OpsBit>>, SuperNet<Mps<Nested>, Cost<OpsBit>>>);
static_assert(!same<Mps<SuperNet<Nested>, Cost<OpsBit>>, Mps<SuperNet<Nested>>>);
// Three words, all ways, with parts on any level.
using Whole = Mps<Pit<SuperNet<Nested>>, PerChannel, Gumbel, Temperature<5, 1>, Half>;
static_assert(same<Whole, Mps<SuperNet<Pit<Nested>>, PerChannel, Gumbel, Temperature<5, 1>, Half>>);
static_assert(same<Whole, Mps<Pit<SuperNet<Nested, Gumbel, Temperature<5, 1>>>, Half, PerChannel>>);
static_assert(
    same<Whole, Pit<Mps<SuperNet<Nested, Temperature<5, 1>>, PerChannel, Gumbel>, Half, Cost<ParamsBit>>>);
static_assert(
    same<Whole, SuperNet<Mps<Pit<Nested, Half>, Cost<ParamsBit>, PerChannel>, Gumbel, Temperature<5, 1>>>);
static_assert(
    same<Whole, SuperNet<Pit<Mps<Nested, PerChannel>, Cost<ParamsBit>>, Half, Temperature<5, 1>, Gumbel>>);
// What is told of a word stays with it.
static_assert(
    same<Mps<Pit<Cnn, Exclude<"0">, Multiple<4>>, Half>, Mps<Pit<Cnn, Multiple<4>, Exclude<"0">>, Half>>);
static_assert(!same<Mps<Pit<Cnn, Exclude<"0">>, Half>, Mps<Pit<Cnn>, Exclude<"0">, Half>>);
static_assert(same<Mps<Cnn, KeepBatchNorm, SharedClip>, Mps<Cnn, SharedClip, KeepBatchNorm>>);
// Masks own pruning: 0 bits beside them mean nothing else.
static_assert(same<Mps<Pit<Cnn>, PerChannel, Weights<0, 2, 8>>, Mps<Pit<Cnn>, PerChannel, Weights<2, 8>>>);
static_assert(!same<Mps<Cnn, PerChannel, Weights<0, 2, 8>>, Mps<Cnn, PerChannel, Weights<2, 8>>>);
static_assert(same<Mps<Pit<Cnn>, Weights<0, 2, 8>>, Mps<Pit<Cnn>, Weights<2, 8>>>); // also layer by layer

static_assert(Whole::prunes && Whole::chooses && Whole::quantizes);
static_assert(std::is_same_v<Whole::network, Nested> && std::is_same_v<Whole::costs, Cost<ParamsBit>>);
static_assert(Whole::limits[0] == Whole::bounds[0].largest / 2);
static_assert(Whole::choice_options::temperature::first == 5);
static_assert(SearchDescription<Whole> && BitSearchDescription<Whole> && SearchDescription<Lowered<Whole>>);
// What a search without costs lacks is told outside of it.
static_assert(SearchWord<Pit<Nested>>::known && !SearchWord<Nested>::known);

// One buffer of alphas: widths, alternatives, bits.
using Program = Architecture<Whole>;
static_assert(Program::masks == Pit<SuperNet<Nested>, Cost<Params>>::space::first_choice_alpha);
static_assert(Program::first_bit_number == Program::masks + ChoiceShares<Nested>::size);
static_assert(Program::alphas == Program::first_bit_number + Whole::bit_space::alphas);

// Bounds: every row at its cheapest and dearest on the cheapest and dearest path. Params of the widest path
// at 8 bits without biases; the narrowest at 2.
using Paths = Mps<SuperNet<Nested>>;
using Unpruned = SuperNet<Nested, Cost<ParamsNoBias>>;
static_assert(Paths::bounds[0].largest == 8 * Unpruned::bounds[0].largest);
static_assert(Paths::bounds[0].smallest == 2 * Unpruned::bounds[0].smallest);
using Narrow = Pit<SuperNet<Nested>, Cost<ParamsNoBias>>;
static_assert(Mps<Pit<SuperNet<Nested>>>::bounds[0].smallest == 2 * Narrow::bounds[0].smallest);

// Of the README and of the page on composed searches.
namespace readme {
using Search = Mps<Pit<SuperNet<ResNet8ChoicesAt28>>, Activations<8>, Duccio<Limit<Percent<12.5>>>>;
static_assert(Search::limits[0] == Search::bounds[0].largest / 8);
} // namespace readme
namespace page {
// clang-format off
using Search = Mps<Pit<SuperNet<ResNet8ChoicesAt28>>, PerChannel, Weights<2, 4, 8>, Activations<8>,
                   Duccio<Limit<Percent<12.5>>>>;
// clang-format on
static_assert(
    same<Search, SuperNet<Mps<Pit<ResNet8ChoicesAt28>, Activations<8>, Weights<2, 4, 8>, PerChannel>,
                          Cost<ParamsBit>, Duccio<Limit<Percent<12.5>>>>>);
} // namespace page

} // namespace
