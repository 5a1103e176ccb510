// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/autograd/transform_node.hpp>

#include <torch/csrc/autograd/saved_variable.h>

#include <memory>
#include <utility>

namespace pliny::detail {

/// Backward of `straight_through`, and of `zeros_held`.
struct TransformNode : HandWrittenNode {
    TransformBackward backward = nullptr;
    torch::autograd::SavedVariable weight; // for `backward`
    at::Tensor made, zeros;                // of the other, where they are

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        if (!upstream[0].defined() || (backward == nullptr && !zeros.defined()))
            return {upstream[0]};
        return {zeros.defined() ? upstream[0].masked_fill(zeros, 0)
                                : backward(upstream[0], weight.unpack().detach(), made)};
    }
    const char* what() const override { return "the weights that a transform makes"; }
    void release_variables() override {
        weight.reset_data();
        made.reset(), zeros.reset();
    }
};

PLINY_INLINE at::Tensor straight_through(const at::Tensor& weight, at::Tensor made,
                                         TransformBackward backward) {
    if (const auto node = node_behind<TransformNode>(weight)) {
        if (backward != nullptr) {
            node->backward = backward;
            node->weight = torch::autograd::SavedVariable(weight, false);
            node->made = made;
        }
        made = made.detach(); // which may be what others hold
        torch::autograd::set_history(made, node);
    }
    return made;
}

PLINY_INLINE at::Tensor zeros_held(const at::Tensor& weight) {
    const auto node = node_behind<TransformNode>(weight);
    if (!node)
        return weight;
    node->zeros = weight.detach().eq(0);
    at::Tensor same = weight.detach();
    torch::autograd::set_history(same, node);
    return same;
}

} // namespace pliny::detail
