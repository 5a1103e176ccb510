// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/quantizers/row_gradients.hpp>

#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace pliny::detail {

/// For every row and channel, the derivatives by the shares of its candidates: [row][channel x candidates].
using ShareGradients = std::vector<std::vector<double>>;

/// Backward of `quantized_weights`: its inputs are alpha, the logarithms of learned steps, and the parameters
/// of all rows.
template <WeightQuantizer Quantizer, int... Bits>
struct WeightNode : HandWrittenNode {
    static constexpr std::size_t candidate_count = sizeof...(Bits), first = 2;
    std::vector<RowWeights> rows; // their tensors undefined
    std::vector<torch::autograd::SavedVariable> parameters;
    std::function<at::Tensor(const ShareGradients&)> to_alpha;
    at::Tensor log_step_like;

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        torch::autograd::variable_list gradients(parameters.size() + first);
        const bool wants_alpha = to_alpha && task_should_compute_output(0);
        const bool wants_steps = log_step_like.defined() && task_should_compute_output(1);
        ShareGradients by_share(rows.size());
        std::vector<double> by_step(wants_steps ? static_cast<std::size_t>(log_step_like.numel())
                                                : std::size_t{0});
        std::size_t next = 0;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            const RowWeights& row = rows[r];
            RowGradients by;
            if (wants_alpha)
                by.by_share.assign(row.alive.size() * candidate_count, 0.0);
            if (wants_steps)
                by.by_step.assign(row.step_at.size(), 0.0);
            if (upstream[next].defined())
                gradients[next + first] = weight_gradient<Quantizer, Bits...>(row, parameters[next].unpack(),
                                                                              std::move(upstream[next]), by);
            ++next;
            if (wants_alpha && !row.strength.empty() && row.bits.empty())
                through_normalization<Bits...>(row, by.by_share);
            const std::size_t biases = row.has_bias ? 1 : 0;
            for (std::size_t i = 0; i < biases + row.fading.size(); ++i, ++next) {
                if (!upstream[next].defined())
                    continue;
                const bool is_bias = i < biases;
                std::vector<double> none; // a bias before a norm that fades does not
                gradients[next + first] = bias_gradient<Bits...>(
                    parameters[next].unpack(), upstream[next], is_bias ? row.alive : row.strength,
                    is_bias && !row.strength.empty() ? none : by.by_share);
            }
            for (std::size_t i = 0; i < by.by_step.size(); ++i)
                by_step[row.step_at[i]] += by.by_step[i];
            by_share[r] = std::move(by.by_share);
        }
        if (wants_alpha)
            gradients[0] = to_alpha(by_share);
        if (wants_steps)
            gradients[1] = write(by_step, log_step_like);
        return gradients;
    }
    const char* what() const override { return "quantized weights"; }
    void release_variables() override {
        for (torch::autograd::SavedVariable& parameter : parameters)
            parameter.reset_data();
    }
};

/// What the gradients of quantized weights go to beside the weights: alpha by way of `to_alpha`, which has
/// those by the shares, and the logarithms of learned steps.
struct WeightLearners {
    at::Tensor alpha{}, log_step{};
    std::function<at::Tensor(const ShareGradients&)> to_alpha{};
};

/// The quantized weight of every row, its bias where it has one, and what fades with it, from one autograd
/// node a step. The gradient passes straight through to what is not pruned, with learned steps to what is not
/// clipped. `buffers` keeps the memory of the results from step to step.
template <WeightQuantizer Quantizer, int... Bits>
std::vector<at::Tensor> quantized_weights(std::vector<RowWeights> rows, std::vector<at::Tensor>& buffers,
                                          WeightLearners learners = {}) {
    std::vector<at::Tensor> parameters, outputs;
    buffers.resize(rows.size());
    {
        const c10::InferenceMode normal(false); // buffers of inference mode could not be trained with later
        const at::NoGradGuard no_grad;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            outputs.push_back(quantized_weight<Quantizer, Bits...>(rows[r], buffers[r]));
            parameters.push_back(rows[r].weight);
            if (rows[r].has_bias) {
                outputs.push_back(quantized_bias<Quantizer>(rows[r]));
                parameters.push_back(rows[r].bias);
            }
            for (const at::Tensor& fading : rows[r].fading) {
                outputs.push_back(faded(rows[r], fading));
                parameters.push_back(fading);
            }
        }
    }
    const auto& [alpha, log_step, to_alpha] = learners;
    const bool wants_alpha = to_alpha && alpha.defined() && alpha.requires_grad();
    const bool wants_steps = log_step.defined() && log_step.requires_grad();
    bool wants_gradient = wants_alpha || wants_steps;
    for (const at::Tensor& parameter : parameters)
        wants_gradient = wants_gradient || parameter.requires_grad();
    if (!wants_gradient || !at::GradMode::is_enabled())
        return outputs;
    const std::shared_ptr<WeightNode<Quantizer, Bits...>> node(new WeightNode<Quantizer, Bits...>,
                                                               torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(alpha, log_step, parameters));
    for (const at::Tensor& parameter : parameters)
        node->parameters.emplace_back(parameter, false);
    for (RowWeights& row : rows) {
        row.weight = row.bias = at::Tensor{};
        for (at::Tensor& numbers : row.fading)
            numbers.reset();
    }
    node->rows = std::move(rows);
    if (wants_alpha)
        node->to_alpha = std::move(learners.to_alpha);
    if (wants_steps)
        node->log_step_like = log_step.detach();
    for (const at::Tensor& output : outputs)
        torch::autograd::set_history(output, node);
    return outputs;
}

} // namespace pliny::detail
