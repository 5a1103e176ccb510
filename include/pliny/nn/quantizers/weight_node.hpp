// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/row_products.hpp>
#include <pliny/nn/quantizers/row_weights.hpp>

#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace pliny::detail {

/// For every row and channel, the derivatives by the shares of its candidates: [row][channel x candidates].
using ShareGradients = std::vector<std::vector<double>>;

/// Backward of `quantized_weights`.
template <int... Bits>
struct WeightNode : torch::autograd::Node {
    static constexpr std::size_t N = sizeof...(Bits);
    std::vector<RowWeights> rows;     // without their tensors
    std::vector<std::size_t> numbers; // of each row: its tensors beside the weight
    std::vector<torch::autograd::SavedVariable> parameters;
    std::function<at::Tensor(const ShareGradients&)> to_alpha;

    torch::autograd::variable_list apply(torch::autograd::variable_list&& upstream) override {
        const at::NoGradGuard no_grad;
        torch::autograd::variable_list gradients(parameters.size() + 1);
        const bool wants_alpha = to_alpha && task_should_compute_output(0);
        ShareGradients by_share(rows.size());
        std::size_t next = 0;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            const RowWeights& row = rows[r];
            if (wants_alpha)
                by_share[r].assign(row.alive.size() * N, 0.0);
            if (upstream[next].defined())
                gradients[next + 1] = weight_gradient<Bits...>(row, parameters[next].unpack(),
                                                               std::move(upstream[next]), by_share[r]);
            ++next;
            for (std::size_t i = 0; i < numbers[r]; ++i, ++next)
                if (upstream[next].defined())
                    gradients[next + 1] =
                        bias_gradient<Bits...>(row, parameters[next].unpack(), upstream[next], by_share[r]);
        }
        if (wants_alpha)
            gradients[0] = to_alpha(by_share);
        return gradients;
    }
    void release_variables() override {
        for (torch::autograd::SavedVariable& parameter : parameters)
            parameter.reset_data();
    }
};

/// The quantized weight of every row, its bias where it has one, and what fades with it, from one autograd node a step. The gradient
/// passes straight through to what is not pruned; `to_alpha` turns that by the shares into that of alpha.
/// `buffers` keeps the memory of the results from step to step.
template <int... Bits>
std::vector<at::Tensor> quantized_weights(std::vector<RowWeights> rows, std::vector<at::Tensor>& buffers,
                                          const at::Tensor& alpha = {},
                                          std::function<at::Tensor(const ShareGradients&)> to_alpha = {}) {
    std::vector<at::Tensor> parameters, outputs;
    std::vector<std::size_t> numbers;
    buffers.resize(rows.size());
    {
        const c10::InferenceMode normal(false); // buffers of inference mode could not be trained with later
        const at::NoGradGuard no_grad;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            outputs.push_back(quantized_weight<Bits...>(rows[r], buffers[r]));
            parameters.push_back(rows[r].weight);
            if (rows[r].has_bias) {
                outputs.push_back(quantized_bias(rows[r]));
                parameters.push_back(rows[r].bias);
            }
            for (const at::Tensor& fading : rows[r].fading) {
                outputs.push_back(faded(rows[r], fading));
                parameters.push_back(fading);
            }
            numbers.push_back((rows[r].has_bias ? 1 : 0) + rows[r].fading.size());
        }
    }
    const bool wants_alpha = to_alpha && alpha.defined() && alpha.requires_grad();
    bool wants_gradient = wants_alpha;
    for (const at::Tensor& parameter : parameters)
        wants_gradient = wants_gradient || parameter.requires_grad();
    if (!wants_gradient || !at::GradMode::is_enabled())
        return outputs;
    const std::shared_ptr<WeightNode<Bits...>> node(new WeightNode<Bits...>, torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(alpha, parameters));
    for (const at::Tensor& parameter : parameters)
        node->parameters.emplace_back(parameter, false);
    for (RowWeights& row : rows) {
        row.weight = row.bias = at::Tensor{};
        row.fading.clear();
    }
    node->numbers = std::move(numbers);
    node->rows = std::move(rows);
    if (wants_alpha)
        node->to_alpha = std::move(to_alpha);
    for (const at::Tensor& output : outputs)
        torch::autograd::set_history(output, node);
    return outputs;
}

} // namespace pliny::detail
