// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/problem.hpp>
#include <pliny/layers/shape.hpp>
#include <pliny/meta/list.hpp>

#include <concepts>
#include <cstdint>
#include <string>
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

namespace detail {
constexpr bool is_norm(Kind kind) { return kind == Kind::BatchNorm1d || kind == Kind::BatchNorm2d; }
} // namespace detail

/// What is known of the signs of the values that a layer gives.
enum class Signs : std::uint8_t {
    Any,
    AsInputs, // never negative where its inputs are not: pooling, sums
    NotNegative,
};

/// The sliding window of a convolution or pooling layer.
struct Window {
    Size kernel{1};
    Size stride{1};
    Size before{0}; // zero padding above and left
    Size after{0};  // zero padding below and right
    Size dilation{1};

    constexpr Size output(const Shape& in) const {
        return {extent(in[1], kernel.height, stride.height, before.height + after.height, dilation.height),
                extent(in[2], kernel.width, stride.width, before.width + after.width, dilation.width)};
    }
    friend constexpr bool operator==(const Window&, const Window&) = default;

private:
    // floor((n + padding - dilation (kernel - 1) - 1) / stride) + 1; 0 where the kernel does not fit.
    static constexpr std::int64_t extent(std::int64_t n, std::int64_t k, std::int64_t stride,
                                         std::int64_t padding, std::int64_t dilation) {
        const std::int64_t room = n + padding - dilation * (k - 1) - 1;
        return room < 0 ? 0 : room / (stride < 1 ? 1 : stride) + 1; // Stride reports 0
    }
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
    std::int64_t norm = 0;    // scale and shift of a normalisation: trained, but no cost counts them
    Window window{};
    std::int64_t groups = 1;
    bool depthwise = false;
    bool keeps_zero = true;   // f(0) == 0: a dead channel stays dead
    bool makes_values = true; // of quantized values it makes others, which are quantized anew
    bool joins_chain = false; // is quantized together with the layer before it: activations, norms
    Signs signs = Signs::Any;
    double epsilon = 0;       // of a normalisation
    double momentum = 0;      // of its running statistics
    double scalar = 0;        // slope of LeakyReLU, probability of Dropout
    bool transformed = false; // its weights count as the network's method makes them, see Transformed
    Density density{};        // then: what that leaves of them
    Problem problem{};

    constexpr bool has_bias() const { return biases > 0; }
    /// Weights that are left.
    constexpr std::int64_t weights_left() const { return weights * density.left / density.of; }
    /// Those of one output channel that reads so many input channels.
    constexpr std::int64_t kernel_weights(std::int64_t in) const {
        return (depthwise ? 1 : in / groups) * window.kernel.area() * density.left / density.of;
    }
    /// Multiply-accumulates of one sample, the bias not counted (OpsNoBias).
    constexpr std::int64_t macs() const { return weights_left() * out.positions(); }
    /// As the cost Ops counts them: a bias is one more for each output.
    constexpr std::int64_t macs_with_biases() const { return (weights_left() + biases) * out.positions(); }
};

/// A layer: `facts(Shape)` tells all about it, `spelled(width)` writes its C++ type with that many output
/// channels.
template <class LayerType>
concept Layer = requires(Shape in, std::int64_t width) {
    { LayerType::facts(in) } -> std::same_as<Facts>;
    { LayerType::spelled(width) } -> std::same_as<std::string>;
};

} // namespace pliny
