// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>
#include <pliny/nn/autograd/transform_node.hpp>
#include <pliny/nn/graph/kept_channels.hpp>
#include <pliny/nn/layers/tensors.hpp>

#include <ATen/ATen.h>

#include <array>
#include <concepts>
#include <type_traits>

namespace pliny::detail {

/// What the transform of a network makes of a weight, without gradients.
template <class Net>
at::Tensor transformed(const at::Tensor& weight) {
    using Own = typename Net::weight_transform;
    constexpr bool runs = requires {
        { Own::forward(weight) } -> std::same_as<at::Tensor>;
    };
    static_assert(runs,
                  "[transformed.7] a transform of weights needs a forward(weight) that gives a tensor; see "
                  "methods/transformed.hpp");
    const at::NoGradGuard no_grad;
    if constexpr (runs)
        return Own::forward(weight.detach());
    return weight;
}
template <class Net>
constexpr TransformBackward transform_backward() {
    using Own = typename Net::weight_transform;
    if constexpr (requires(const at::Tensor& t) { Own::backward(t, t, t); })
        return [](const at::Tensor& gradient, const at::Tensor& weight, const at::Tensor& made) {
            return Own::backward(gradient, weight, made);
        };
    return nullptr;
}

/// Whether the weight of a row is transformed.
template <class Net>
constexpr bool transforms(int row) {
    return TransformedNetwork<Net> && plan<Net>[row].facts.transformed;
}

/// The weight of a row as it counts while it is trained. `inputs`: the numbers of the input channels that are
/// alive, which alone are transformed; what reads dead ones stays, as it reads zeros; undefined: all are.
template <class Net>
at::Tensor counted_weight(const at::Tensor& weight, const at::Tensor& inputs = {}) {
    if (!inputs.defined())
        return straight_through(weight, transformed<Net>(weight), transform_backward<Net>());
    const at::Tensor alive = inputs.to(weight.device());
    return straight_through(
        weight,
        weight.detach().index_copy(1, alive, transformed<Net>(weight.detach().index_select(1, alive))),
        transform_backward<Net>());
}

/// Puts what the transform makes of the weight of a row in its place.
template <class Net>
void transform_in_place(const LayerTensors& own, int row) {
    if constexpr (TransformedNetwork<Net>)
        if (transforms<Net>(row) && own.weight.defined())
            own.weight.set_data(
                in_order_of_layer(transformed<Net>(rows_first(own.weight, plan<Net>[row].facts.axes)),
                                  plan<Net>[row].facts.axes));
}

/// As transform_in_place, of all rows: a network that is found then holds its zeros.
template <class Net, class Tensors>
void transform_all(const Tensors& tensors) {
    for (int r = 1; r < plan<Net>.size(); ++r)
        transform_in_place<Net>(tensors[static_cast<std::size_t>(r)], r);
}

/// The weight with which a row runs by itself, rows first: as it counts; `Found`: it is that already.
template <class Net, int RowNumber, bool Found>
at::Tensor own_weight(const at::Tensor& of_layer) {
    const at::Tensor weight = rows_first(of_layer, plan<Net>[RowNumber].facts.axes);
    if constexpr (!transforms<Net>(RowNumber))
        return weight;
    else if constexpr (Found)
        return zeros_held(weight);
    else
        return counted_weight<Net>(weight);
}

/// Some layer has the axes of its weight in another order than methods see.
template <class Net>
inline constexpr bool moves_axes = [] {
    for (const Row& row : plan<Net>.rows)
        if (row.facts.axes != WeightAxes{})
            return true;
    return false;
}();

/// The tensors of all rows with their weights as they count while they are trained, rows first: themselves
/// where that changes nothing. `kept()` tells the channels alive; `Pruned`: these may be fewer than all.
template <class Net>
using CountedTensors =
    std::conditional_t<TransformedNetwork<Net> || moves_axes<Net>,
                       std::array<LayerTensors, static_cast<std::size_t>(plan<Net>.size())>,
                       const std::array<LayerTensors, static_cast<std::size_t>(plan<Net>.size())>&>;
template <class Net, bool Pruned, class Tensors, class Kept>
CountedTensors<Net> counted_tensors(const Tensors& own, const Kept& kept) {
    if constexpr (!TransformedNetwork<Net> && !moves_axes<Net>) {
        return own;
    } else {
        CountedTensors<Net> counted = own;
        for (int r = 1; moves_axes<Net> && r < plan<Net>.size(); ++r)
            if (at::Tensor& weight = counted[static_cast<std::size_t>(r)].weight; weight.defined())
                weight = rows_first(weight, plan<Net>[r].facts.axes).contiguous();
        if constexpr (TransformedNetwork<Net>) {
            KeptChannels<Net> alive;
            if constexpr (Pruned)
                alive = kept();
            for (int r = 1; r < plan<Net>.size(); ++r) {
                if (!transforms<Net>(r))
                    continue;
                const int input = plan<Net>.input(r);
                at::Tensor inputs;
                if (Pruned && plan<Net>[r].facts.channels == Channels::Mix)
                    inputs = kept_indices<Net>(input, alive);
                if (inputs.defined() && inputs.numel() == plan<Net>[input].out().channels())
                    inputs.reset();
                at::Tensor& weight = counted[static_cast<std::size_t>(r)].weight;
                weight = counted_weight<Net>(weight, inputs);
            }
        }
        return counted;
    }
}

} // namespace pliny::detail
