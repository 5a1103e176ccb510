// SPDX-License-Identifier: Apache-2.0
// What a search for bits quantizes: which tensors, by which quantizers, which layers it drops, which lots of
// weights there are and what they may become.
#include <pliny/core.hpp>
#include <pliny/methods/mps/rows.hpp>

#include <algorithm>
#include <initializer_list>

using namespace pliny;

template <class... Blocks>
struct Made : Network<Image<3, 8, 8>, Sequential<Blocks...>> {};
template <class Net, class... Options>
using Layered = BitSpace<Net, Weights<2, 4, 8>, Activations<2, 4, 8>, false, Options...>;
template <class Net, class... Options>
using Pruned = BitSpace<Net, Weights<0, 2, 4, 8>, Activations<4, 8>, true, Options...>;
template <class Net, class... Options>
inline constexpr auto sites = Layered<Net, Options...>::sites;

/// The rows for which a flag is set.
template <std::size_t Rows>
constexpr bool only(const std::array<bool, Rows>& flags, std::initializer_list<std::size_t> rows) {
    for (std::size_t r = 0; r < Rows; ++r)
        if (flags[r] != (std::find(rows.begin(), rows.end(), r) != rows.end()))
            return false;
    return true;
}
using Conv = Conv2d<4, Kernel<3>, Padding<1>>;
using DepthwiseConv = Conv2d<4, Kernel<3>, Padding<1>, Depthwise>;

// Convolution, norm, ReLU, pooling: quantized once, at the end; -2: not quantized, -1: as the input.
using Chain = Made<Conv, BatchNorm2d, ReLU, MaxPool2d<2>, Flatten, Linear<5>>;
static_assert(only(sites<Chain>.quantized, {0, 4}) && only(sites<Chain>.passes, {2, 3}));
static_assert(sites<Chain>.quantizer == std::array{-1, -2, -2, -2, 0, 0, -2});
static_assert(sites<Chain>.component == std::array{0, 1, 1, 1, 1, 1, 6} && sites<Chain>.quantizers == 1);
static_assert(only(sites<Chain>.can_be_negative, {0}));
static_assert(Layered<Chain>::quantizer_of_input(1) == -1 && Layered<Chain>::quantizer_of_input(6) == 0);
static_assert(Layered<Chain>::quantizes(1) && Layered<Chain>::quantizes(6) && !Layered<Chain>::quantizes(2));
// The pooling first; a ReLU in front of it is implied as well.
static_assert(only(sites<Made<Conv, MaxPool2d<2>, ReLU, Conv>>.passes, {3}));
static_assert(only(sites<Made<Conv, Identity, ReLU, Conv>>.quantized, {0, 3}));
static_assert(only(sites<Made<Conv, ReLU, Identity, Conv>>.passes, {2}));
// A norm that is read by others too, or stands behind no layer of weights, is not folded.
static_assert(only(sites<Made<BatchNorm2d, ReLU, Conv>>.passes, {2}));
static_assert(only(sites<Made<Conv, ReLU, BatchNorm2d, Conv>>.passes, {}));
static_assert(only(sites<Made<Conv, ReLU, BatchNorm2d, Conv>>.can_be_negative, {0, 3}));
static_assert(only(sites<Made<Conv, BatchNorm2d, BatchNorm2d, ReLU, Conv>>.passes, {2, 4}));
// Dropout and Flatten pass values on; what is behind them is a chain of its own, of the same component.
using Dropped = Made<Conv, ReLU, Dropout, ReLU, Flatten, Linear<5>, BatchNorm1d, ReLU, Linear<2>>;
static_assert(only(sites<Dropped>.quantized, {0, 2, 8}) && only(sites<Dropped>.passes, {2, 7, 8}));
static_assert(sites<Dropped>.quantizer == std::array{-1, -2, 0, 0, 0, 0, -2, -2, 1, -2});

// Without ReLU a tensor is signed; norms are folded all the same.
static_assert(only(sites<Made<Conv, BatchNorm2d, Conv>>.can_be_negative, {0, 2}));
static_assert(only(sites<Made<Conv, BatchNorm2d, Conv>>.quantized, {0, 2}));
// Other activations are needed, but join the chain.
template <class Activation>
using Activated = Made<Conv, BatchNorm2d, Activation, Conv>;
static_assert(only(sites<Activated<ReLU6>>.passes, {2}) && only(sites<Activated<SiLU>>.passes, {2}));
static_assert(only(sites<Activated<LeakyReLU>>.passes, {2}) && only(sites<Activated<Tanh>>.passes, {2}));
static_assert(only(sites<Activated<LeakyReLU>>.quantized, {0, 3}) &&
              only(sites<Activated<ReLU6>>.quantized, {0, 3}));
static_assert(only(sites<Activated<ReLU6>>.can_be_negative, {0}) &&
              only(sites<Activated<Sigmoid>>.can_be_negative, {0}));
static_assert(only(sites<Activated<SiLU>>.can_be_negative, {0, 3}) &&
              only(sites<Activated<Tanh>>.can_be_negative, {0, 3}) &&
              only(sites<Activated<LeakyReLU>>.can_be_negative, {0, 3}));
static_assert(only(sites<Made<Conv, ReLU6, ReLU, Conv>>.passes, {3}));

// Averages are no codes: quantized again, by the quantizer of the channels that they are of.
using Averaged = Made<Conv, ReLU, AvgPool2d<2>, Conv, AdaptiveAvgPool2d<1>, Flatten, Linear<2>>;
static_assert(only(sites<Averaged>.quantized, {0, 2, 3, 4, 5}) &&
              only(sites<Averaged>.can_be_negative, {0, 4, 5}));
static_assert(sites<Averaged>.quantizer == std::array{-1, -2, 0, 0, 1, 1, 1, -2});
static_assert(only(sites<Made<AvgPool2d<2>, Conv>>.quantized, {0, 1}) &&
              sites<Made<AvgPool2d<2>, Conv>>.quantizer == std::array{-1, 0, -2});
static_assert(sites<Made<MaxPool2d<2>, Conv>>.quantizer == std::array{-1, -1, -2});

// Residual: addends and sum share a quantizer and lots; the addends are signed, the sum is behind a ReLU.
using Joined = Made<Conv, ReLU, Residual<Sequential<Conv, ReLU, Conv, BatchNorm2d>>, ReLU, Conv>;
static_assert(only(sites<Joined>.quantized, {0, 2, 4, 6, 9}) && only(sites<Joined>.passes, {2, 4, 6, 9}));
static_assert(only(sites<Joined>.can_be_negative, {0, 6}) && sites<Joined>.quantizers == 2);
static_assert(sites<Joined>.quantizer == std::array{-1, -2, 0, -2, 1, -2, 0, 0, -2, 0, -2});
static_assert(Layered<Joined>::weight_lots == 3 && Layered<Joined>::alphas == 3 * 3 + 2 * 3);
static_assert(Pruned<Joined>::weight_lots == 12 && Pruned<Joined>::alphas == 12 * 4 + 2 * 2);
static_assert(Pruned<Joined>::analysis.first_lot == std::array{-1, 0, 4, 8});
static_assert(Pruned<Joined>::analysis.allowed == std::array{0b1110u, 0b1111u, 0b1111u, 0b1110u});
// A sum with the input of the network: its channels cannot be pruned.
using OfInput = Made<Residual<Conv2d<3>>, Conv>;
static_assert(only(sites<OfInput>.quantized, {0, 1, 3}) &&
              sites<OfInput>.quantizer == std::array{-1, 0, -1, 0, -2});
static_assert(Pruned<OfInput>::analysis.first_lot == std::array{0, 3});
static_assert(Pruned<OfInput>::analysis.allowed == std::array{0b1110u, 0b1110u});
// At the end of the network, the sum alone is not quantized.
static_assert(only(sites<Made<Conv, Residual<Conv>>>.quantized, {0, 1, 2}));

// Concat: one quantizer; one lot with PerLayer, channels of different widths apart with PerChannel.
using Beside = Made<Concat<Sequential<Conv2d<2>, ReLU>, Conv2d<4>>, Conv>;
static_assert(sites<Beside>.quantizer == std::array{-1, -2, 0, 0, 0, -2});
static_assert(only(sites<Beside>.quantized, {0, 2, 3}) && only(sites<Beside>.can_be_negative, {0, 3}));
static_assert(Layered<Beside>::weight_lots == 2 && Pruned<Beside>::weight_lots == 10);
static_assert(Layered<Beside>::analysis.first_lot == std::array{-1, 0, 0, 1});
static_assert(Pruned<Beside>::analysis.first_lot == std::array{-1, 0, 2, 6});

// Depthwise: the channels, the precision and the quantizer of its input.
using Deep = Made<Conv, ReLU, DepthwiseConv, ReLU, Conv>;
static_assert(sites<Deep>.quantizer == std::array{-1, -2, 0, -2, 0, -2} && sites<Deep>.quantizers == 1);
static_assert(only(sites<Deep>.quantized, {0, 2, 4}) && only(sites<Deep>.passes, {2, 4}));
static_assert(Layered<Deep>::weight_lots == 2 && Pruned<Deep>::weight_lots == 8);
static_assert(Layered<Deep>::quantizer_of_input(3) == 0 && Layered<Deep>::quantizer_of_input(5) == 0);
static_assert(sites<Made<Conv2d<3, Depthwise>, Conv>>.quantizer == std::array{-1, 0, -2});
static_assert(Pruned<Made<Conv2d<3, Depthwise>, Conv>>::analysis.allowed == std::array{0b1110u, 0b1110u});

// Several readers: a chain ends where two layers read a tensor.
using Branched = Made<Conv, ReLU, Concat<Sequential<MaxPool2d<2>, Conv>, Sequential<AvgPool2d<2>, Conv>>>;
static_assert(sites<Branched>.quantizer == std::array{-1, -2, 0, 0, -2, 0, -2, -2});
static_assert(only(sites<Branched>.quantized, {0, 2, 5}));
static_assert(Layered<Branched>::weight_lots == 2 && Pruned<Branched>::weight_lots == 12);
static_assert(Pruned<Branched>::analysis.allowed == std::array{0b1110u, 0b1111u, 0b1110u, 0b1110u});
using NormTwice = Made<Conv, Residual<Sequential<BatchNorm2d, ReLU, Conv>>, Conv>;
static_assert(only(sites<NormTwice>.quantized, {0, 1, 3, 4, 6}) && only(sites<NormTwice>.passes, {3}));

// The output stays as it is, with all that computes it, unless QuantizedOutput.
static_assert(only(sites<Chain, QuantizedOutput>.quantized, {0, 4, 6}));
static_assert(sites<Chain, QuantizedOutput>.quantizer == std::array{-1, -2, -2, -2, 0, 0, 1});
static_assert(only(sites<Made<Conv, Conv, BatchNorm2d, ReLU, Flatten>>.quantized, {0, 1}) &&
              only(sites<Made<Conv, Conv, BatchNorm2d, ReLU, Flatten>>.passes, {3}));
static_assert(only(sites<Made<Conv, Concat<Conv, Conv>>>.quantized, {0, 1}));
// The input as well with FloatInput; its bits are those that costs count.
static_assert(sites<Chain, FloatInput>.quantizer == std::array{-2, -2, -2, -2, 0, 0, -2} &&
              only(sites<Chain, FloatInput>.quantized, {4}));
static_assert(Layered<Chain>::input_bits == 8 && Layered<Chain, InputBits<5>>::input_bits == 5);
static_assert(!Layered<Chain>::shared_clip && Layered<Chain, SharedClip>::shared_clip);

// Learned steps: one for each channel and candidate that is not 0 bits, layer after layer.
using Steps = BitRows<Pruned<Made<Conv2d<8>, Conv2d<2>>, LearnedSteps>>;
static_assert(Steps::steps_each == 3 && Steps::step_at(1, 0, 1) == 0 && Steps::step_at(1, 2, 3) == 8);
static_assert(Steps::step_at(2, 0, 1) == 24 && Steps::steps == 30);
static_assert(BitRows<Layered<Made<Conv2d<8>, Conv2d<2>>, LearnedSteps>>::step_at(2, 1, 0) == 27);

// A norm that is kept runs in training; where channels may be pruned its scale and shift fade with them. The
// export has the same sites.
using Norm = Made<Conv2d<8, NoBias>, BatchNorm2d, ReLU, Conv2d<2>>;
static_assert(Layered<Norm>::folds(2) && Layered<Norm>::passes(2) && Layered<Norm>::passes(3));
static_assert(Layered<Norm>::has_bias(1) && BitRows<Layered<Norm>>::position(4) == 2);
static_assert(sites<Norm, KeepBatchNorm>.passes == sites<Norm>.passes);
static_assert(Layered<Norm, KeepBatchNorm>::folds(2) && !Layered<Norm, KeepBatchNorm>::passes(2) &&
              Layered<Norm, KeepBatchNorm>::passes(3));
using KeptRows = BitRows<Layered<Norm, KeepBatchNorm>>;
static_assert(!Layered<Norm, KeepBatchNorm>::has_bias(1) && Layered<Norm, KeepBatchNorm>::kept_norm(1) == 2 &&
              KeptRows::position(4) == 1);
static_assert(!KeptRows::fades(2) && BitRows<Pruned<Norm, KeepBatchNorm>>::fades(2));
static_assert(BitRows<Pruned<Norm, KeepBatchNorm>>::norm_position(2) == 1 &&
              BitRows<Pruned<Norm, KeepBatchNorm>>::position(4) == 3);

// An excluded layer has no lots and no quantizer behind it, and neither side of it can be pruned.
using Three = Made<Conv2d<8>, BatchNorm2d, ReLU, Conv2d<6>, BatchNorm2d, ReLU, Conv2d<4>, ReLU, Conv2d<2>>;
static_assert(sites<Three, Exclude<"3">>.quantizer == std::array{-1, -2, -2, 0, -2, -2, -2, -2, 1, -2});
static_assert(only(sites<Three, Exclude<"3">>.passes, {2, 3, 8}));
static_assert(!Layered<Three, Exclude<"3">>::quantizes(4) && Layered<Three, Exclude<"3">>::quantizes(7));
static_assert(Layered<Three, Exclude<"3">>::weight_lots == 3 && Layered<Three>::weight_lots == 4);
static_assert(Pruned<Three, Exclude<"3">>::analysis.allowed ==
              std::array{0b1110u, 0b1110u, 0b1110u, 0b1111u, 0b1110u});
static_assert(Pruned<Three, Exclude<"3">>::analysis.first_lot == std::array{-1, 0, -1, 8, 12});
static_assert(Layered<Three, Exclude<Kind::Conv2d>>::lots == 0);

// Only: the candidates that are left, as bits of a set; of weights, of activations, of those related.
static_assert(Layered<Three, Only<"3", Weights<8>, Activations<2, 8>>>::analysis.allowed ==
              std::array{7u, 7u, 4u, 7u, 7u});
static_assert(Layered<Three, Only<"3", Weights<8>, Activations<2, 8>>>::analysis.allowed_activations ==
              std::array{7u, 5u, 7u});
static_assert(Layered<Three, Only<"0", Activations<4>>, Only<"0", Weights<2, 4>>>::analysis.allowed ==
              std::array{7u, 3u, 7u, 7u, 7u});
static_assert(Pruned<Three, Only<"3", Weights<0, 4>>>::analysis.allowed[2] == 0b0101u);
static_assert(Pruned<Three, Only<"8", Weights<0, 4>>>::analysis.allowed[4] == 0b0100u); // the output
static_assert(Layered<Beside, Only<"0.0", Weights<2, 4>>>::analysis.allowed == std::array{7u, 3u, 3u, 7u});
static_assert(Pruned<Beside, Only<"0.0", Weights<2, 4>>>::analysis.allowed ==
              std::array{0b1110u, 0b0110u, 0b1111u, 0b1110u});
static_assert(Pruned<Deep, Only<"2", Weights<8>>>::analysis.allowed[1] == 0b1000u);
static_assert(Layered<Three, Only<"3", Weights<8>>>::restrictions_found &&
              !Layered<Three, Only<"1", Weights<8>>>::restrictions_found && // a norm has no weights
              !Layered<Three, Exclude<"5">>::restrictions_found);
static_assert(Layered<Three, Only<"3", Weights<8>>>::restrictions_usable &&
              !Layered<Three, Only<"3", Weights<3>>>::restrictions_usable &&
              !Layered<Three, Only<"3", Activations<16>>>::restrictions_usable &&
              !Pruned<Three, Only<"3", Weights<2>>, Only<"3", Weights<0, 8>>>::restrictions_usable);

// The last channel of each group and the channels of the output are never pruned.
template <class Space>
constexpr auto allowed_by_lot() {
    std::array<std::uint32_t, Space::lots> all{};
    Space::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t allowed) {
        const bool of_weights = lot < Space::weight_lots;
        const std::size_t expected =
            of_weights ? 4 * lot : 4 * Space::weight_lots + 2 * (lot - Space::weight_lots);
        all[lot] = first == expected && count == (of_weights ? 4u : 2u) ? allowed : 0u;
    });
    return all;
}
static_assert(allowed_by_lot<Pruned<Made<Conv2d<3>, ReLU, Conv2d<2>>>>() ==
              std::array{0b1111u, 0b1111u, 0b1110u, 0b1110u, 0b1110u, 0b11u});
static_assert(allowed_by_lot<Pruned<Beside>>() ==
              std::array{15u, 14u, 15u, 15u, 15u, 14u, 14u, 14u, 14u, 14u, 3u});
// A grouped convolution has lots, but neither side of it is pruned.
using Grouped = Pruned<Made<Conv, Conv2d<6, Groups<2>>, Conv>>;
static_assert(Grouped::analysis.allowed == std::array{14u, 14u, 14u, 14u} && Grouped::weight_lots == 14);

// Single candidates have no alphas.
using Plain = BitSpace<Three, Weights<8>, Activations<8>, false>;
static_assert(Plain::alphas == 0 && Plain::lots == 7 && Plain::shares == 7);
using OnlyActivations = BitSpace<Three, Weights<8>, Activations<4, 8>, false>;
static_assert(OnlyActivations::alphas == 6 && OnlyActivations::first_alpha == 4);
using OnlyWeights = BitSpace<Three, Weights<4, 8>, Activations<8>, false>;
static_assert(OnlyWeights::alphas == 8 && OnlyWeights::first_alpha == 0 && OnlyWeights::shares == 11);
static_assert(OnlyWeights::first_activation_share == 8 && OnlyWeights::end_alpha == 8);

// Known networks: quantizers, lots, alphas.
template <class Search, std::size_t Quantizers, std::size_t Lots, std::size_t Alphas>
inline constexpr bool has = Search::bit_space::quantizers == Quantizers&& Search::bit_space::weight_lots ==
                            Lots&& Search::bit_space::alphas == Alphas;
static_assert(has<Mps<Cnn>, 3, 4, 21> && has<Mps<ResNet8>, 6, 7, 39> && has<Mps<Vgg16>, 15, 16, 93>);
template <class Net>
using ByChannel = Mps<Net, PerChannel, Weights<0, 2, 4, 8>>;
static_assert(has<ByChannel<Cnn>, 3, 234, 945> && has<ByChannel<ResNet8>, 6, 234, 954>);
static_assert(has<ByChannel<Vgg16>, 15, 12'426, 49'749>);
static_assert(has<Mps<Cnn, Weights<8>, Activations<8>>, 3, 4, 0> &&
              has<Mps<Cnn, QuantizedOutput, Activations<8>>, 4, 4, 12>);
