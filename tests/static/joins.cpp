// SPDX-License-Identifier: Apache-2.0
// Joins of the user's own: their rows, their mask groups, where their masks and their quantizers are, how
// they are spelled; and what layers of the user's own say to quantizers.
#include "../support/joins.hpp"
#include "networks.hpp"

#include <pliny/methods/mask_sites.hpp>
#include <pliny/methods/mps/rows.hpp>

#include <algorithm>

using namespace pliny;
using namespace pliny::test;
using testing::GatedProduct;
using testing::MeanPlusOne;
using testing::Reversed;
using testing::ScaledChannels;

static_assert(Join<GatedProduct> && Join<MeanPlusOne> && Join<SumJoin<>> && Join<ConcatJoin>);
static_assert(!Join<ReLU> && !Join<int> && !Join<Add<ReLU, ReLU>> && !Layer<GatedProduct>);
static_assert(Block<JoinedBy<GatedProduct, ReLU, ReLU>> && !Block<GatedProduct>);

// A gate: 1 stem, 2 and 3 branches, 4 the product.
template <class JoinType>
struct Gate
    : Network<Image<3, 4, 4>, Sequential<Conv2d<8>, JoinedBy<JoinType, Conv2d<6>, Conv2d<6>>, Conv2d<2>>> {};
static_assert(plan<Gate<GatedProduct>>.size() == 6 && plan<Gate<GatedProduct>>[4].path == "1");
static_assert(plan<Gate<GatedProduct>>[4].facts.kind == Kind::Custom);
static_assert(plan<Gate<GatedProduct>>[2].path == "1.0" && plan<Gate<GatedProduct>>[3].path == "1.1");
static_assert(plan<Gate<GatedProduct>>.inputs(4).size() == 2 && plan<Gate<GatedProduct>>.inputs(4)[1] == 3);
static_assert(plan<Gate<GatedProduct>>[4].out() == Shape{6, 4, 4});
static_assert(group_of<Gate<GatedProduct>>(2) == group_of<Gate<GatedProduct>>(3) &&
              group_of<Gate<GatedProduct>>(2) == group_of<Gate<GatedProduct>>(4) &&
              !frozen<Gate<GatedProduct>>(4));
static_assert(cost_of<Gate<GatedProduct>, Params> == 4 * 8 + 2 * 9 * 6 + 7 * 2);
// The same as with a sum: costs, groups, sites.
static_assert(plan<Gate<SumJoin<>>>[4].facts.kind == Kind::Add);
static_assert(cost_of<Gate<SumJoin<>>, Params> == cost_of<Gate<GatedProduct>, Params>);

// Channels one after the other.
struct Strung {
    static constexpr Facts facts(std::span<const Shape> inputs) { return concat_facts(inputs); }
    static std::string spelled() { return "Strung"; }
};
struct Two : Network<Image<3, 4, 4>, Sequential<JoinedBy<Strung, Conv2d<4>, Conv2d<6>>, Conv2d<2>>> {};
static_assert(plan<Two>[3].out() == Shape{10, 4, 4} && runs_are<Two>(3, 4, 6) && !frozen<Two>(3));

// A factor for each channel: both inputs live and die together.
struct Squeezed
    : Network<Image<3, 4, 4>,
              Sequential<Conv2d<8>,
                         JoinedBy<ScaledChannels, Identity,
                                  Sequential<AdaptiveAvgPool2d<1>, Conv2d<2>, ReLU, Conv2d<8>, Sigmoid>>,
                         Conv2d<2>>> {};
static_assert(plan<Squeezed>[8].out() == Shape{8, 4, 4} && group_of<Squeezed>(1) == group_of<Squeezed>(8));
static_assert(group_of<Squeezed>(6) == group_of<Squeezed>(1) &&
              group_of<Squeezed>(4) != group_of<Squeezed>(1));

// What relates channels otherwise freezes all that it joins.
static_assert(frozen<Gate<Reversed>>(2) && frozen<Gate<Reversed>>(3) && frozen<Gate<Reversed>>(4) &&
              group_of<Gate<Reversed>>(2) != group_of<Gate<Reversed>>(4) && !frozen<Gate<Reversed>>(1));

// Masks: on what is joined where the join keeps zeros, else on what it makes.
template <class Net>
inline constexpr auto mask_places = mask_sites(plan<Net>, [] {
    std::array<bool, static_cast<std::size_t>(plan<Net>.size())> masked{};
    for (std::size_t r = 1; r < masked.size(); ++r)
        masked[r] = !frozen<Net>(static_cast<int>(r));
    return masked;
}());
using enum MaskSite;
static_assert(mask_places<Gate<GatedProduct>> ==
              std::array{Nowhere, Weight, Weight, Weight, Nowhere, Nowhere});
static_assert(mask_places<Gate<MeanPlusOne>> ==
              std::array{Nowhere, Weight, Nowhere, Nowhere, Output, Nowhere});

// Quantizers: what is joined and what it makes share one, as with a sum; a join that says so passes values
// on.
template <class Net>
inline constexpr auto quantizers = BitSpace<Net, Weights<2, 4, 8>, Activations<2, 4, 8>, false>::sites;
static_assert(quantizers<Gate<GatedProduct>> == quantizers<Gate<SumJoin<>>>);
static_assert(quantizers<Gate<GatedProduct>>.quantizer == std::array{-1, 0, 1, 1, 1, -2});
static_assert(quantizers<Two>.quantizer == std::array{-1, 0, 0, 0, -2} && !quantizers<Two>.quantized[3]);

// A layer of the user's own ends in a quantizer of its own, unless it says more.
template <bool Values, bool Chain, Signs Of>
struct Own {
    static constexpr Facts facts(const Shape& in) {
        return {.out = in, .makes_values = Values, .joins_chain = Chain, .signs = Of};
    }
    static std::string spelled(std::int64_t) { return "Own"; }
};
template <class Layer>
struct Behind : Network<Image<3, 4, 4>, Sequential<Conv2d<8>, ReLU, Layer, Conv2d<2>>> {};
static_assert(quantizers<Behind<Own<true, false, Signs::Any>>>.quantizer == std::array{-1, -2, 0, 0, -2} &&
              quantizers<Behind<Own<true, false, Signs::Any>>>.can_be_negative[3] &&
              quantizers<Behind<Own<true, false, Signs::Any>>>.quantized[3]);
static_assert(!quantizers<Behind<Own<true, false, Signs::AsInputs>>>.can_be_negative[3]);
static_assert(!quantizers<Behind<Own<true, true, Signs::NotNegative>>>.can_be_negative[3] &&
              quantizers<Behind<Own<true, true, Signs::NotNegative>>>.quantizer ==
                  std::array{-1, -2, -2, 0, -2});
static_assert(quantizers<Behind<Own<false, false, Signs::Any>>>.quantizer == std::array{-1, -2, 0, 0, -2} &&
              !quantizers<Behind<Own<false, false, Signs::Any>>>.quantized[3]);
