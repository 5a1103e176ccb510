// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/tensors.hpp>

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <tuple>
#include <type_traits>

namespace pliny::detail {

/// One call of a layer: its input, and the weight and bias that it computes with, its own or those that a
/// method makes of them; undefined where it has none.
struct ForwardCall {
    const at::Tensor& x;
    const at::Tensor& weight;
    const at::Tensor& bias;
    const LayerTensors& tensors; // its own
    const Row& row;
    bool training = false;
    bool in_place = false; // nobody else reads x, and nobody needs it in backward

    const Facts& facts() const { return row.facts; }
    const Window& window() const { return row.facts.window; }
};

/// The gradients of a layer by its input, weight and bias, of those that are wanted.
using LayerGradients = std::tuple<at::Tensor, at::Tensor, at::Tensor>;
using WantedGradients = std::array<bool, 3>;
using LayerBackward = LayerGradients(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& g,
                                     const Facts& facts, const WantedGradients& wanted);

/// A size as LibTorch takes it: a number for each axis.
class AxisNumbers {
    std::array<std::int64_t, Size::max_axes> numbers_;
    std::size_t axes_;

public:
    AxisNumbers(const Size& size, int axes)
        : numbers_{size[0], size[1], size[2]}, axes_(static_cast<std::size_t>(axes)) {}
    operator at::IntArrayRef() const { return {numbers_.data(), axes_}; }
};

/// How a layer of the user's own runs: by its `forward(x)`, or with weights `forward(x, weight, bias)`.
template <class LayerType, bool HasWeights>
struct OwnRuntime {
    static at::Tensor forward(const ForwardCall& call) {
        if constexpr (HasWeights) {
            constexpr bool takes_weights = requires { LayerType::forward(call.x, call.weight, call.bias); };
            static_assert(takes_weights,
                          "[layer.2] a layer of your own has weights, so its forward takes them: "
                          "forward(x, weight, bias)");
            if constexpr (takes_weights)
                return LayerType::forward(call.x, call.weight, call.bias);
            else
                return call.x;
        } else {
            return LayerType::forward(call.x);
        }
    }
};

template <class LayerType, Kind LayerKind>
concept RunByLibrary = (LayerKind != Kind::Custom) && requires {
    typename LayerType::runtime;
};

template <class LayerType, Kind LayerKind, bool HasWeights>
struct RuntimeOf {
    using type = OwnRuntime<LayerType, HasWeights>;
};
template <class LayerType, Kind LayerKind, bool HasWeights>
    requires RunByLibrary<LayerType, LayerKind>
struct RuntimeOf<LayerType, LayerKind, HasWeights> {
    using type = typename LayerType::runtime;
};

/// What runs of a layer, found by the type that describes it: the struct that it names as `runtime`, which
/// the headers of this folder define, or the `forward` of a layer of the user's own. It has
///
///     static at::Tensor forward(const ForwardCall& call);
///
/// and, where methods may run it backward from values that are made again, `gradients`, a LayerBackward.
template <class LayerType, Kind LayerKind, bool HasWeights>
using Runtime = typename RuntimeOf<LayerType, LayerKind, HasWeights>::type;

} // namespace pliny::detail
