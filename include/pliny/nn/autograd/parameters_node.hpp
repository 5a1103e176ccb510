// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/handwritten_node.hpp>

#include <torch/csrc/autograd/functions/utils.h>

#include <cmath>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace pliny::detail {

/// Clips, or steps, of their logarithms, at most what float can hold; NaN stays.
inline std::vector<double> exponentials(const at::Tensor& logarithms) {
    std::vector<double> values = read(logarithms);
    for (double& value : values)
        value = std::exp(value > 80 ? 80 : value);
    return values;
}

/// Backward of `quantizer_parameters`.
struct QuantizerParametersNode : HandWrittenNode {
    std::size_t candidates = 0, quantizers = 0;
    at::Tensor clip_like;
    std::function<at::Tensor(const std::vector<double>& by_share)> to_alpha;

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        TORCH_CHECK(clip_like.defined(), torch::autograd::ERR_BACKWARD_TWICE);
        std::vector<double> by_share(quantizers * candidates),
            by_clip(static_cast<std::size_t>(clip_like.numel()));
        const std::size_t clips_each = by_clip.size() / quantizers;
        for (std::size_t q = 0; q < quantizers; ++q) {
            if (!upstream[q].defined())
                continue;
            const std::vector<double> gradient = read(upstream[q]);
            for (std::size_t i = 0; i < candidates; ++i) {
                by_share[q * candidates + i] = gradient[i];
                by_clip[q * clips_each + (clips_each > 1 ? i : 0)] += gradient[candidates + i];
            }
        }
        torch::autograd::variable_list gradients(2);
        if (to_alpha && task_should_compute_output(0))
            gradients[0] = to_alpha(by_share);
        if (task_should_compute_output(1))
            gradients[1] = write(by_clip, clip_like);
        return gradients;
    }
    const char* what() const override { return "the shares and clips of quantizers"; }
    void release_variables() override { clip_like.reset(); }
};

/// For every quantizer of activations a vector that stands for its parameters in the graph: the shares of its
/// candidates, then the logarithms of their clips. `to_alpha` turns the gradient by the shares into that of
/// alpha.
inline std::vector<at::Tensor>
quantizer_parameters(const at::Tensor& alpha, const at::Tensor& log_clip, std::size_t quantizers,
                     std::size_t candidates, std::function<at::Tensor(const std::vector<double>&)> to_alpha) {
    std::vector<at::Tensor> outputs;
    const bool alpha_learns = to_alpha && alpha.defined() && alpha.requires_grad();
    if (quantizers == 0 || !at::GradMode::is_enabled() || !(alpha_learns || log_clip.requires_grad())) {
        outputs.resize(quantizers);
        return outputs;
    }
    const std::shared_ptr<QuantizerParametersNode> node(new QuantizerParametersNode,
                                                        torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(alpha, log_clip));
    node->candidates = candidates;
    node->quantizers = quantizers;
    node->clip_like = log_clip.detach();
    if (alpha_learns)
        node->to_alpha = std::move(to_alpha);
    const auto length = static_cast<std::int64_t>(2 * candidates);
    for (std::size_t q = 0; q < quantizers; ++q) {
        outputs.push_back(at::empty({length}, log_clip.options().requires_grad(false)));
        torch::autograd::set_history(outputs.back(), node);
    }
    return outputs;
}

} // namespace pliny::detail
