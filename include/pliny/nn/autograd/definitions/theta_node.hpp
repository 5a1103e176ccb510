// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/autograd/theta_node.hpp>

#include <torch/csrc/autograd/functions/utils.h>

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace pliny::detail {

/// Backward of `shared`: from the gradient of the shares to that of all alphas.
struct ThetaNode : HandWrittenNode {
    std::vector<double> soft; // the softmax that the gradient goes through
    double temperature = 1;
    std::int64_t first = 0; // of the alphas of choices
    at::Tensor alpha_like;  // detached
    void (*through_softmax)(std::span<const double> theta, double temperature, std::span<double> gradient);

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        if (!upstream[0].defined())
            return {at::Tensor{}};
        std::vector<double> gradient = read(upstream[0]);
        through_softmax(soft, temperature, gradient);
        gradient.insert(gradient.begin(), static_cast<std::size_t>(first), 0.0);
        return {write(gradient, alpha_like)};
    }
    const char* what() const override { return "the shares of alternatives"; }
    void release_variables() override { alpha_like.reset(); }
};

PLINY_INLINE at::Tensor shared(const at::Tensor& alpha, const std::vector<double>& values,
                               std::vector<double> soft, double temperature, std::int64_t first,
                               void (*through_softmax)(std::span<const double> theta, double temperature,
                                                       std::span<double> gradient)) {
    const at::Tensor theta = write(values, alpha);
    if (const auto node = node_behind<ThetaNode>(alpha)) {
        node->soft = std::move(soft);
        node->temperature = temperature;
        node->first = first;
        node->alpha_like = alpha.detach();
        node->through_softmax = through_softmax;
        torch::autograd::set_history(theta, node);
    }
    return theta;
}

} // namespace pliny::detail
