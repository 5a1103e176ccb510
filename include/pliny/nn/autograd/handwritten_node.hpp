// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/text.hpp>
#include <pliny/nn/model_error.hpp>
#include <pliny/nn/without_autocast.hpp>

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace pliny::detail {

/// Stands behind the gradients that a hand-written node gives while gradients are recorded: whoever
/// differentiates them again is told so.
struct SecondDerivative : torch::autograd::Node {
    SecondDerivative(const char* derivative_of, torch::autograd::edge_list depends_on)
        : Node(UINT64_MAX, std::move(depends_on)), of(derivative_of) {} // the number: it runs before others
    const char* of;

    torch::autograd::variable_list apply(torch::autograd::variable_list&&) override {
        throw ModelError(joined("backward: found a second derivative through ", of,
                                ", whose backward pass is written by hand; expected first derivatives "
                                "(create_graph only where these are not differentiated again)"));
    }
};

/// A node whose backward pass is written by hand: it records nothing, so it can be differentiated once, and
/// it computes in the types of its tensors, also under autocast.
struct HandWrittenNode : torch::autograd::Node {
    torch::autograd::variable_list apply(torch::autograd::variable_list&& upstream) final {
        const bool recorded = at::GradMode::is_enabled();
        torch::autograd::edge_list depends_on;
        if (recorded) {
            depends_on = torch::autograd::collect_next_edges(upstream);
            depends_on.insert(depends_on.end(), next_edges().begin(), next_edges().end());
        }
        torch::autograd::variable_list gradients;
        {
            const at::NoGradGuard no_grad;
            const WithoutAutocast exact;
            gradients = gradients_of(std::move(upstream));
        }
        if (!recorded)
            return gradients;
        const std::shared_ptr<SecondDerivative> refusal(new SecondDerivative(what(), std::move(depends_on)),
                                                        torch::autograd::deleteNode);
        for (at::Tensor& gradient : gradients)
            if (gradient.defined()) {
                gradient = gradient.detach(); // it may be one that this node was given
                torch::autograd::set_history(gradient, refusal);
            }
        return gradients;
    }

protected:
    /// The gradients of the inputs from those of the outputs.
    virtual torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) = 0;
    /// What it differentiates, in words.
    virtual const char* what() const = 0;
};

/// The node behind what is made of these tensors and lists of tensors, which may be undefined; null where no
/// gradient is wanted.
template <class NodeType, class... Inputs>
std::shared_ptr<NodeType> node_behind(const Inputs&... inputs) {
    if (!torch::autograd::compute_requires_grad(inputs...))
        return nullptr;
    std::shared_ptr<NodeType> node(new NodeType, torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(inputs...));
    return node;
}

} // namespace pliny::detail
