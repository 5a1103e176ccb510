// SPDX-License-Identifier: Apache-2.0
// What networks cost whose bits are searched: bounds, limits, shares; the parts of a search.
#include <pliny/core.hpp>

#include <array>
#include <span>
#include <type_traits>

using namespace pliny;

// Bounds of known networks: all weights of 8 bits (golden/costs.json), of the fewest.
static_assert(Mps<Cnn>::bounds[0].largest == 3'371'264 && Mps<Cnn>::bounds[0].smallest == 3'371'264 / 4);
static_assert(Mps<ResNet8>::bounds[0].largest == 618'880 && Mps<ResNet8>::bounds[0].smallest == 154'720);
static_assert(Mps<Vgg16>::bounds[0].largest == 1'074'303'488);
static_assert(Mps<Cnn, Weights<8>>::bounds[0].smallest == 3'371'264);
static_assert(Mps<ResNet8, PerChannel>::bounds[0].smallest == 154'720);
template <class Net>
using Pruned = Mps<Net, PerChannel, Weights<0, 2, 4, 8>>;
// A channel of each group: 10 kernels of 3x3 (one is the stem's, with 3 inputs), 2 of 1x1, 10 outputs.
static_assert(Pruned<ResNet8>::bounds[0].smallest == 2 * (3 * 9 + 6 * 9 + 2 + 10));
static_assert(Pruned<Vgg16>::bounds[0].smallest == 2 * (13 * 9 + 49 + 1 + 10));
static_assert(Pruned<Cnn>::bounds[0].smallest == 2 * (9 + 9 + 49 + 10) &&
              Pruned<Cnn>::bounds[0].largest == 3'371'264);

// clang-format off
/// 108, 216 and 960 weights, over 64, 16 and 1 positions.
struct Small : Network<Image<3, 8, 8>, Sequential<
    Conv2d<4, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>,
    Conv2d<6, Kernel<3>, Padding<1>>, ReLU,
    Flatten, Linear<10>>> {};
// clang-format on
inline constexpr double ops[] = {108 * 64, 216 * 16, 960};
template <class... Parts>
using Of = Mps<Small, Cost<ParamsBit, OpsBit, Params>, Parts...>;
static_assert(Of<>::bounds[0].largest == 8 * 1284 && Of<>::bounds[0].smallest == 2 * 1284);
static_assert(Of<>::bounds[1].largest == 64 * (ops[0] + ops[1] + ops[2]));
static_assert(Of<>::bounds[1].smallest == 2 * 8 * ops[0] + 2 * 2 * (ops[1] + ops[2])); // an input of 8 bits
static_assert(Of<>::bounds[2].largest == 1304 && Of<>::bounds[2].smallest == 1304);    // with biases
static_assert(Of<InputBits<3>>::bounds[1].smallest == 2 * 3 * ops[0] + 2 * 2 * (ops[1] + ops[2]));
static_assert(Of<FloatInput>::bounds[1].smallest == Of<>::bounds[1].smallest);
static_assert(Of<Weights<3, 5>, Activations<4, 7>>::bounds[1].largest ==
              5 * 8 * ops[0] + 5 * 7 * (ops[1] + ops[2]));
static_assert(Of<PerChannel, Weights<0, 4, 8>>::bounds[0].smallest == 4 * (27 + 9 + 160));
static_assert(Of<PerChannel, Weights<0, 4, 8>>::bounds[2].smallest == 27 + 1 + 9 + 1 + 160 + 10);
// Layers that are left as they are: 32 bits, also those of the values that they give.
using Left = Of<Exclude<"3">>;
static_assert(Left::bounds[0].largest == 8 * 108 + 32 * 216 + 8 * 960);
static_assert(Left::bounds[1].largest == 64 * ops[0] + 8 * 32 * ops[1] + 32 * 8 * ops[2]);
static_assert(Left::bounds[1].smallest == 2 * 8 * ops[0] + 2 * 32 * ops[1] + 32 * 2 * ops[2]);
static_assert(Of<PerChannel, Weights<0, 8>, Exclude<"3">>::bounds[0].smallest ==
              8 * 108 + 32 * 216 + 8 * 960); // nothing can be pruned
static_assert(Of<Only<"3", Weights<2>, Activations<2, 4>>>::bounds[0].largest == 8 * 1068 + 2 * 216);
static_assert(Of<Only<"3", Weights<2>, Activations<2, 4>>>::bounds[1].largest ==
              64 * ops[0] + 2 * 8 * ops[1] + 8 * 4 * ops[2]);
static_assert(Of<Only<"0", Activations<8>>>::bounds[1].smallest == 16 * ops[0] + 16 * ops[1] + 4 * ops[2]);

// Limits.
static_assert(Mps<Small>::limits.empty() && Mps<Small, Strength<1e-3>>::limits.empty());
static_assert(Mps<Small, Duccio<Limit<Percent<50>>>>::limits == std::array{4. * 1284});
static_assert(Mps<Small, Duccio<Limit<2568>>>::limits == std::array{2568.}); // the smallest possible
static_assert(Of<Duccio<Limit<OpsBit, Percent<25>>, Limit<ParamsBit, 5000>>>::limits ==
              std::array{16 * (ops[0] + ops[1] + ops[2]), 5000.});
static_assert(Pruned<ResNet8>::limits.empty() &&
              Mps<ResNet8, Duccio<Limit<Percent<12.5>>>, Weights<0, 8>, PerChannel>::limits[0] == 77'360);

// The parts of a search, in any order.
using Parts = Mps<Small, Temperature<5, 0.5>, Activations<4>, Hard, Cost<OpsBit>, QuantizedOutput, PerChannel,
                  Duccio<Limit<Percent<90>>>, SharedClip, Weights<0, 4>, FloatInput>;
static_assert(std::is_same_v<Parts::costs, Cost<OpsBit>> &&
              std::is_same_v<Parts::choice_options::sampling, Hard> &&
              Parts::choice_options::temperature::first == 5 && Parts::bit_space::per_channel &&
              Parts::bit_space::prunes && !Parts::bit_space::quantizes_input &&
              Parts::bit_space::quantizes_output && Parts::bit_space::shared_clip);
using Plain = Mps<Small>;
static_assert(std::is_same_v<Plain::costs, Cost<ParamsBit>> && std::is_same_v<Plain::network, Small> &&
              std::is_same_v<Plain::regularizer, NoRegularizer> &&
              std::is_same_v<Plain::choice_options::sampling, Softmax>);
static_assert(Plain::bit_space::weight_bits == std::array{2, 4, 8} &&
              Plain::bit_space::activation_bits == std::array{2, 4, 8} && !Plain::bit_space::per_channel &&
              Plain::bit_space::quantizes_input && !Plain::bit_space::quantizes_output);
static_assert(BitSearchDescription<Plain> && !BitSearchDescription<Pit<Cnn, Cost<Params>>> &&
              SearchDescription<Plain> && SearchDescription<Pit<Cnn, Cost<Params>>>);

// Bits that a cost has a price for.
template <class Search, auto C>
inline constexpr bool priced = BitCosts<typename Search::bit_space>::supported(C);
static_assert(priced<Mps<Small>, MpicLatency> && !priced<Mps<Small, Weights<3, 8>>, MpicLatency>);
static_assert(priced<Mps<Small, Weights<3, 8>, Activations<8>>, Ne16Latency> &&
              !priced<Mps<Small>, Ne16Latency> &&
              !priced<Mps<Small, Activations<8>, InputBits<4>>, Ne16Latency>);
static_assert(priced<Mps<Small, Weights<0, 2, 8>, Activations<8>, PerChannel>, DianaLatency> &&
              !priced<Mps<Small, Activations<8>>, DianaLatency>);
static_assert(!priced<Mps<Small, Exclude<"3">>, MpicLatency>);

// Costs of chosen bits, by hand.
using Space = Mps<Small, PerChannel, Weights<0, 2, 8>, Activations<4, 8>>::bit_space;
using Costs = BitCosts<Space>;
/// Shares of 1 for a candidate of each lot of weights; activations of 4 bits count by a share.
constexpr auto assigned(const std::array<int, 20>& candidates, double first_of_four, double second_of_four) {
    std::array<double, Space::shares> shares{};
    for (std::size_t lot = 0; lot < candidates.size(); ++lot)
        shares[lot * 3 + static_cast<std::size_t>(candidates[lot])] = 1;
    const double last[] = {first_of_four, 1 - first_of_four, second_of_four, 1 - second_of_four};
    for (std::size_t i = 0; i < 4; ++i)
        shares[Space::first_activation_share + i] = last[i];
    return shares;
}
template <auto C>
constexpr double cost(const std::array<double, Space::shares>& shares) {
    return Costs::of_shares(C, shares);
}
static_assert(Space::weight_lots == 20 && Space::shares == 64);
// 3 of 4 channels, of 2, 2 and 8 bits; 4 of 6, of 2, 2, 8 and 8; ten outputs, of which four with 2 bits.
inline constexpr auto found =
    assigned({0, 1, 1, 2, /**/ 0, 0, 1, 1, 2, 2, /**/ 1, 1, 1, 1, 2, 2, 2, 2, 2, 2}, 1, 0);
static_assert(cost<ParamsBit>(found) == 27 * 12 + 27 * 20 + 4 * 16 * 56);
static_assert(cost<Params>(found) == 27 * 3 + 3 + 27 * 4 + 4 + 64 * 10 + 10);
static_assert(cost<Ops>(found) == 28 * 3 * 64 + 28 * 4 * 16 + 650);
static_assert(cost<OpsBit>(found) == 27 * 12 * 64 * 8 + 27 * 20 * 16 * 4 + 4 * 16 * 56 * 8);
inline constexpr auto mixed =
    assigned({0, 1, 1, 2, /**/ 0, 0, 1, 1, 2, 2, /**/ 1, 1, 1, 1, 2, 2, 2, 2, 2, 2}, 0.25, 0.5);
static_assert(cost<OpsBit>(mixed) == 27 * 12 * 64 * 8 + 27 * 20 * 16 * 7 + 4 * 16 * 56 * 6);
static_assert(cost<ParamsBit>(mixed) == cost<ParamsBit>(found));
constexpr double by_hand = (27 + 1) * 64 * (2 / 2.5 + 1 / 2.1) + // an input of 8 bits
                           (27 + 1) * 16 * (2 / 3.9 + 2 / 2.1) + // 4 bits
                           (64 + 1) * 1 * (4 / 2.5 + 6 / 2.1);   // 8 bits
static_assert(cost<MpicLatency>(found) > by_hand * (1 - 1e-12) &&
              cost<MpicLatency>(found) < by_hand * (1 + 1e-12));
// A channel with half of each kind counts as half a channel of each.
inline constexpr auto halves = [] {
    auto shares = found;
    shares[0] = shares[1] = 0.5; // channel 0: 0 or 2 bits
    return shares;
}();
static_assert(Costs::counts(halves)[1] == std::array{0.5, 2.5, 1.});
static_assert(cost<ParamsBit>(halves) == 27 * (5 + 8) + 31.5 * 20 + 4 * 16 * 56);
