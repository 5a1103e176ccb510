// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/problem.hpp>
#include <pliny/layers/window.hpp>
#include <pliny/meta/list.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace pliny {

/// How the output channels of a layer come from its input channels: what decides which layers share one mask.
enum class Channels : std::uint8_t {
    Keep,    // channel i comes from channel i alone: activations, pooling, batch norm, depthwise convolution
    Mix,     // every output channel sees every input channel: dense convolution, linear
    Fixed,   // related otherwise, so that neither side can lose a channel: grouped convolution
    Flatten, // channel i becomes a run of features
    Join,    // element by element over several inputs: Add, Choice, joins of the user's own
    Concat,  // one input after the other
};

/// What a layer is, apart from its input.
enum class Kind : std::uint8_t {
    Input,
    Conv2d,
    Linear,
    BatchNorm1d,
    BatchNorm2d,
    ReLU,
    ReLU6,
    SiLU,
    Sigmoid,
    Tanh,
    LeakyReLU,
    MaxPool2d,
    AvgPool2d,
    AdaptiveAvgPool2d,
    Flatten,
    Dropout,
    Identity,
    Zero,
    Add,
    Concat,
    Choice,
    Custom
};

constexpr std::string_view kind_name(Kind kind) {
    constexpr std::string_view names[] = {
        "Input",   "Conv2d",  "Linear",   "BatchNorm1d", "BatchNorm2d", "ReLU",      "ReLU6",
        "SiLU",    "Sigmoid", "Tanh",     "LeakyReLU",   "MaxPool2d",   "AvgPool2d", "AdaptiveAvgPool2d",
        "Flatten", "Dropout", "Identity", "Zero",        "Add",         "Concat",    "Choice",
        "Custom"};
    static_assert(sizeof names / sizeof names[0] == static_cast<std::size_t>(Kind::Custom) + 1);
    return names[static_cast<std::size_t>(kind)];
}

/// What is known of the signs of the values that a layer gives.
enum class Signs : std::uint8_t {
    Any,
    AsInputs, // never negative where its inputs are not: pooling, sums
    NotNegative,
};

/// What stands at the taps of the window of a layer that a convolution could do as well.
enum class Taps : std::uint8_t {
    Nothing, // it is no linear map of this kind
    Weight,  // the layer's own weight
    One,     // 1: each channel is passed on
    Mean,    // 1 / kernel area: each channel is averaged
};

/// What is known of how the library runs a layer, so that methods may fold it, merge it or leave it out. The
/// defaults promise nothing.
struct LayerTraits {
    Taps taps = Taps::Nothing;
    bool has_window = false;         // is named with its kernel
    bool normalises = false;         // a batch norm: scale, shift and statistics of each channel
    bool has_mode = false;           // computes otherwise in training, as its own module says
    bool is_view = false;            // gives its input, in another shape at most
    bool rectifies = false;          // max(x, 0), which values that are quantized without a sign imply
    bool commutes_with_relu = false; // gives the same whether its input or its output is rectified
    bool gives_zeros = false;
    bool output_unread = false; // gives a tensor of its own that its backward does not read: the next layer
                                // may overwrite it

    friend constexpr bool operator==(const LayerTraits&, const LayerTraits&) = default;
};

/// Which axis of a weight is that of the output channels, and which of the input channels (of one group); the
/// others are the taps of its kernel, in their order.
struct WeightAxes {
    int out = 0;
    int in = 1;
    friend constexpr bool operator==(const WeightAxes&, const WeightAxes&) = default;
};

/// How many of the weights of a layer are left by what a network's method sets to 0: `left` of every `of`.
struct Density {
    std::int64_t left = 1;
    std::int64_t of = 1;

    constexpr Density() = default;
    constexpr Density(std::int64_t kept, std::int64_t all) : left(kept), of(all) {}
    friend constexpr bool operator==(const Density&, const Density&) = default;
};

/// Everything that the plan needs to know of one layer on one input: the single place of each formula.
struct Facts {
    Kind kind = Kind::Custom;
    Shape out{};
    Channels channels = Channels::Keep;
    std::int64_t weights = 0; // weights of a convolution or linear layer, zeros among them
    std::int64_t biases = 0;  // its biases
    WeightAxes axes{};        // of the weight
    std::int64_t norm = 0;    // scale and shift of a normalisation: trained, but no cost counts them
    Window window{};
    std::int64_t groups = 1;
    bool depthwise = false;
    bool keeps_zero = true;   // f(0) == 0: a dead channel stays dead
    bool makes_values = true; // of quantized values it makes others, which are quantized anew
    bool joins_chain = false; // is quantized together with the layer before it: activations, norms
    Signs signs = Signs::Any;
    LayerTraits traits{};     // a layer of the user's own (Kind::Custom) has none
    double epsilon = 0;       // of a normalisation
    double momentum = 0;      // of its running statistics
    double scalar = 0;        // slope of LeakyReLU, probability of Dropout
    bool transformed = false; // its weights count as the network's method makes them, see Transformed
    Density density{};        // then: what that leaves of them
    Problem problem{};

    constexpr bool has_bias() const { return biases > 0; }
    /// Its weight has taps: it reads images, or what has as many axes as its window behind the channels.
    constexpr bool has_taps(const Shape& in) const { return weights > 0 && in.rank == window.axes + 1; }
    /// Gives its input.
    constexpr bool is_identity() const { return traits.is_view && channels == Channels::Keep; }
    /// Weights that are left.
    constexpr std::int64_t weights_left() const { return weights * density.left / density.of; }
    /// Those of one output channel that reads so many input channels.
    constexpr std::int64_t kernel_weights(std::int64_t in) const {
        return (depthwise ? 1 : in / groups) * window.area() * density.left / density.of;
    }
    /// Multiply-accumulates of one sample, the bias not counted (OpsNoBias).
    constexpr std::int64_t macs() const { return weights_left() * out.positions(); }
    /// As the cost Ops counts them: a bias is one more for each output.
    constexpr std::int64_t macs_with_biases() const { return (weights_left() + biases) * out.positions(); }
};

namespace detail {

/// The facts of a layer on an input. A layer of the user's own may have taken those of another layer, and
/// runs in a way that the library does not know.
template <class LayerType>
constexpr Facts facts_of(const Shape& in) {
    Facts facts = LayerType::facts(in);
    if (facts.kind == Kind::Custom)
        facts.traits = LayerTraits{};
    return facts;
}

} // namespace detail

/// A layer: `facts(Shape)` tells all about it, `spelled(width)` writes its C++ type with that many output
/// channels. `runtime`, of layers of the library, is the struct by which it runs, see nn/layers/layer.hpp; a
/// layer of the user's own has a `forward` instead.
template <class LayerType>
concept Layer = requires(Shape in, std::int64_t width) {
    { LayerType::facts(in) } -> std::same_as<Facts>;
    { LayerType::spelled(width) } -> std::same_as<std::string>;
};

} // namespace pliny
