// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/autograd/theta_node.hpp>

#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace pliny::detail {

/// Backward of `shared`: from the gradient of the shares to that of all alphas.
struct ThetaNode : HandWrittenNode {
    HeldNumbers soft; // the softmax that the gradient goes through
    double temperature = 1;
    std::size_t first = 0; // of the alphas of choices
    at::Tensor alpha_like; // detached
    void (*through_softmax)(std::span<const double> theta, double temperature, std::span<double> gradient);

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        if (!upstream[0].defined())
            return {at::Tensor{}};
        return {gradient_like(alpha_like, [&](std::span<double> gradient) {
            const std::span<double> own = gradient.subspan(first, soft.values.size());
            for_numbers(upstream[0],
                        [&](auto numbers) { std::copy(numbers.begin(), numbers.end(), own.begin()); });
            through_softmax(soft.values, temperature, own);
        })};
    }
    const char* what() const override { return "the shares of alternatives"; }
    void release_variables() override {
        alpha_like.reset();
        soft = {};
    }
};

PLINY_INLINE at::Tensor shared(const at::Tensor& alpha, const HeldNumbers& values, const HeldNumbers& soft,
                               double temperature, std::size_t first,
                               void (*through_softmax)(std::span<const double> theta, double temperature,
                                                       std::span<double> gradient)) {
    const at::Tensor shares = tensor_of(values.values, alpha.options().requires_grad(false));
    if (const auto node = node_behind<ThetaNode>(alpha)) {
        node->soft = soft;
        node->temperature = temperature;
        node->first = first;
        node->alpha_like = alpha.detach();
        node->through_softmax = through_softmax;
        torch::autograd::set_history(shares, node);
    }
    return shares;
}

} // namespace pliny::detail
