// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/exclude.hpp>

#include <array>

namespace pliny {
namespace roles {

struct Weights {};
struct Activations {};
struct Granularity {};
struct Input {};
/// Of which a search takes several parts.
struct Only {
    static constexpr bool repeatable = true;
};

} // namespace roles
namespace detail {

template <int... Bits>
constexpr bool rising() {
    constexpr std::array<int, sizeof...(Bits)> bits{Bits...};
    for (std::size_t i = 1; i < bits.size(); ++i)
        if (bits[i] <= bits[i - 1])
            return false;
    return true;
}
constexpr bool usable_bits(int bits) { return (bits >= 1 && bits <= 8) || bits == 16; }

} // namespace detail

/// The bits that weights may have, in rising order: 1 to 8 and 16; 0 where channels may be pruned. One number
/// alone is plain quantization-aware training.
template <int... Bits>
struct Weights {
    static_assert(sizeof...(Bits) > 0 && ((detail::usable_bits(Bits) || Bits == 0) && ...),
                  "[weights.1] Weights<...> takes 0 (pruned), 1 to 8 and 16 bits, such as Weights<2, 4, 8>");
    static_assert(detail::rising<Bits...>(),
                  "[weights.2] the bits of Weights<...> rise, each named once: Weights<0, 2, 4, 8>");
    static_assert(sizeof...(Bits) != 1 || ((Bits != 0) && ...),
                  "[weights.3] Weights<0> leaves no weights; add other bits");
    using role = roles::Weights;
    static constexpr std::array<int, sizeof...(Bits)> bits{Bits...};
};

/// The bits that activations may have, in rising order: 1 to 8 and 16.
template <int... Bits>
struct Activations {
    static_assert(sizeof...(Bits) > 0 && (detail::usable_bits(Bits) && ...),
                  "[activations.1] Activations<...> takes 1 to 8 and 16 bits, such as Activations<8>");
    static_assert(detail::rising<Bits...>(),
                  "[activations.2] the bits of Activations<...> rise, each named once: Activations<2, 4, 8>");
    using role = roles::Activations;
    static constexpr std::array<int, sizeof...(Bits)> bits{Bits...};
};

/// One precision for all weights of a layer, and of those that an Add, a Concat or a depthwise convolution
/// relates to it.
struct PerLayer {
    using role = roles::Granularity;
};
/// A precision for every output channel; 0 bits prune it. Layers that share channels share them.
struct PerChannel {
    using role = roles::Granularity;
};

/// The input of the network has these bits, with a zero point, over the range of the data. Without it: 8.
template <int Bits>
struct InputBits {
    static_assert(detail::usable_bits(Bits), "[input_bits.1] InputBits takes 1 to 8 and 16");
    using role = roles::Input;
    static constexpr int bits = Bits;
};
/// The input of the network is not quantized; costs count it with 8 bits.
struct FloatInput {
    using role = roles::Input;
};
/// The output of the network is quantized as well.
struct QuantizedOutput {
    using role = QuantizedOutput;
};
/// The candidates of a tensor of activations learn one clip together instead of one each.
struct SharedClip {
    using role = SharedClip;
};
/// Batch norms are trained, with the statistics of their batches, behind the quantized weights of the layer
/// before, and folded into it in what is exported, which is what runs in eval mode without gradients. Without
/// it they are folded at the start.
struct KeepBatchNorm {
    using role = KeepBatchNorm;
};
/// The steps of weights, of every channel and candidate, are learned (Esser et al., LSQ, 2020); weights of 2
/// bits and more. Without it they follow the weights.
struct LearnedSteps {
    using role = LearnedSteps;
};

namespace detail {

template <class Part>
inline constexpr bool is_bit_list = false;
template <int... Bits>
inline constexpr bool is_bit_list<Weights<Bits...>> = true;
template <int... Bits>
inline constexpr bool is_bit_list<Activations<Bits...>> = true;

} // namespace detail

/// Restricts the bits of the layers named by path (`"classifier"` with all below it): `Only<"conv1",
/// Weights<8>, Activations<8>>`, or one of the two. They must be among those of the search.
template <LayerKey Key, class... Bits>
struct Only {
    static_assert(sizeof...(Bits) > 0 && (detail::is_bit_list<Bits> && ...),
                  "[only.1] Only takes a layer and its bits: Only<\"conv1\", Weights<8>, Activations<8>>");
    using role = roles::Only;
    static constexpr bool matches(const Row& row) { return Key.matches(row); }
};

} // namespace pliny
