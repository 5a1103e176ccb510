// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/autograd/mixture_node.hpp>
#include <pliny/nn/autograd/row_products.hpp>

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace pliny::detail {

/// out (+)= factor x in.
inline void add_scaled(const float* __restrict in, float factor, float* __restrict out, bool fresh,
                       std::int64_t length) {
    if (fresh)
        for (std::int64_t k = 0; k < length; ++k)
            out[k] = factor * in[k];
    else
        for (std::int64_t k = 0; k < length; ++k)
            out[k] += factor * in[k];
}

/// All on the CPU, of one shape and layout.
inline bool plain_summands(const std::vector<Summand>& summands) {
    return std::all_of(summands.begin(), summands.end(), [&](const Summand& s) {
        return plain_floats(s.value) && s.value.sizes() == summands[0].value.sizes();
    });
}

/// The sum, in one pass over the elements.
inline at::Tensor mixed(const std::vector<Summand>& summands, const at::Tensor& theta,
                        const HeldNumbers& shares) {
    const auto share = [&](const Summand& s) {
        return s.alternative < 0 ? 1.0 : shares[static_cast<std::size_t>(s.alternative)];
    };
    if (!plain_summands(summands)) {
        at::Tensor sum;
        for (const Summand& s : summands) {
            const at::Tensor part =
                s.alternative < 0 ? s.value : at::mul(s.value, theta.select(0, s.alternative));
            sum = sum.defined() ? at::add(sum, part) : part;
        }
        return sum;
    }
    at::Tensor sum = at::empty_like(summands[0].value);
    float* out = sum.mutable_data_ptr<float>();
    for_each_piece(sum.numel(), [&](std::int64_t, std::int64_t first, std::int64_t length) {
        for (std::size_t i = 0; i < summands.size(); ++i)
            add_scaled(summands[i].value.const_data_ptr<float>() + first,
                       static_cast<float>(share(summands[i])), out + first, i == 0, length);
    });
    return sum;
}

/// The gradients of `share x value` to the value and, as a scalar, to the share, in one pass.
inline std::pair<at::Tensor, at::Tensor> mixed_backward(const at::Tensor& upstream, const at::Tensor& value,
                                                        const at::Tensor& theta, int alternative,
                                                        double share) {
    const at::Tensor up = upstream.contiguous();
    if (!plain_floats(up) || !plain_floats(value))
        return {at::mul(up, theta.select(0, alternative)), at::sum(at::mul(up, value))};
    at::Tensor by_value = at::empty_like(value);
    const float *u = up.const_data_ptr<float>(), *v = value.const_data_ptr<float>();
    float* g = by_value.mutable_data_ptr<float>();
    std::vector<float> sums(static_cast<std::size_t>(up.numel() / mixture_piece + 1));
    for_each_piece(up.numel(), [&](std::int64_t piece, std::int64_t first, std::int64_t length) {
        sums[static_cast<std::size_t>(piece)] =
            scale_and_dot(u + first, v + first, static_cast<float>(share), g + first, length);
    });
    double sum = 0;
    for (float s : sums)
        sum += s;
    return {by_value, at::scalar_tensor(sum, value.options().requires_grad(false))};
}

/// Backward of `mixture`.
struct MixtureNode : HandWrittenNode {
    std::vector<torch::autograd::SavedVariable> values; // of summands with a share; empty for the others
    std::vector<int> alternatives;
    HeldNumbers shares;
    at::Tensor theta;

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        torch::autograd::variable_list gradients(alternatives.size() + 1);
        if (!upstream[0].defined())
            return gradients;
        const bool wants_theta = task_should_compute_output(0);
        if (wants_theta)
            gradients[0] = at::zeros_like(theta);
        for (std::size_t i = 0; i < alternatives.size(); ++i) {
            if (alternatives[i] < 0) {
                gradients[i + 1] = upstream[0];
                continue;
            }
            auto [by_value, by_share] =
                mixed_backward(upstream[0], values[i].unpack(), theta, alternatives[i],
                               shares[static_cast<std::size_t>(alternatives[i])]);
            gradients[i + 1] = std::move(by_value);
            if (wants_theta)
                gradients[0].select(0, alternatives[i]).add_(by_share);
        }
        return gradients;
    }
    const char* what() const override { return "a mixture of alternatives"; }
    void release_variables() override {
        for (torch::autograd::SavedVariable& value : values)
            value.reset_data();
        theta.reset();
        shares = {};
    }
};

PLINY_INLINE at::Tensor mixture(std::vector<Summand> summands, const at::Tensor& theta,
                                const HeldNumbers& shares) {
    const bool by_share =
        std::any_of(summands.begin(), summands.end(), [](const Summand& s) { return s.alternative >= 0; });
    if (!by_share) { // shares are in the weights already
        at::Tensor sum = summands[0].value;
        for (std::size_t i = 1; i < summands.size(); ++i)
            sum = i == 1 ? at::add(sum, summands[i].value) : sum.add_(summands[i].value);
        return sum;
    }
    at::Tensor result;
    {
        const at::NoGradGuard no_grad;
        const bool alone =
            summands.size() == 1 && shares[static_cast<std::size_t>(summands[0].alternative)] == 1;
        result = alone ? summands[0].value.variable_data() : mixed(summands, theta.detach(), shares);
    }
    if (!at::GradMode::is_enabled())
        return result;
    std::vector<at::Tensor> values;
    for (const Summand& s : summands)
        values.push_back(s.value);
    const std::shared_ptr<MixtureNode> node(new MixtureNode, torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(theta, values));
    for (const Summand& s : summands) {
        node->alternatives.push_back(s.alternative);
        if (s.alternative >= 0)
            node->values.emplace_back(s.value, false);
        else
            node->values.emplace_back();
    }
    node->shares = shares;
    node->theta = theta.detach();
    torch::autograd::set_history(result, node);
    return result;
}

} // namespace pliny::detail
