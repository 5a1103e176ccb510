// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/autograd/mixture_node.hpp>
#include <pliny/nn/quantizers/row_weights.hpp>
#include <pliny/quantizers/loops.hpp>

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace pliny::detail {

/// On LibTorch's operators, for what the loops do not take: another device or precision.
template <int Candidates>
at::Tensor mix_by_operators(const at::Tensor& x, const Mixture<Candidates>& mixture) {
    at::Tensor sum;
    for (int i = 0; i < Candidates; ++i) {
        const Grid& grid = mixture.grids[i];
        const at::Tensor part = at::mul(x, grid.inverse)
                                    .clamp_(grid.lo, grid.hi)
                                    .round_()
                                    .mul_(Candidates == 1 ? grid.step : mixture.share[i] * grid.step);
        sum = sum.defined() ? sum.add_(part) : part;
    }
    return sum;
}
template <int Candidates>
at::Tensor mix_backward_by_operators(const at::Tensor& x, const at::Tensor& g,
                                     const Mixture<Candidates>& mixture, MixtureSums<Candidates>* sums) {
    at::Tensor factor = at::zeros_like(x);
    for (int i = 0; i < Candidates; ++i) {
        const Grid& grid = mixture.grids[i];
        const at::Tensor scaled = at::mul(x, grid.inverse);
        const at::Tensor inside = at::logical_and(scaled > grid.lo, scaled < grid.hi);
        if (sums != nullptr) {
            const at::Tensor value = at::clamp(scaled, grid.lo, grid.hi).round_().mul_(grid.step);
            sums->by_value[i] = at::sum(g * value).template item<double>();
            sums->by_input[i] = at::sum(g * x * inside).template item<double>();
        }
        factor.add_(inside, Candidates == 1 ? 1.0 : double{mixture.share[i]});
    }
    return factor.mul_(g);
}

/// x, any shape, as a mixture of its quantized values, in one pass.
template <int Candidates>
at::Tensor mix_values(const at::Tensor& x, const Mixture<Candidates>& mixture) {
    if (!x.is_cpu() || x.scalar_type() != at::kFloat || !x.is_contiguous())
        return mix_by_operators(x, mixture);
    at::Tensor y = at::empty_like(x);
    const float* in = x.const_data_ptr<float>();
    float* out = y.template mutable_data_ptr<float>();
    for_each_piece(x.numel(), [&](std::int64_t, std::int64_t first, std::int64_t length) {
        mix(in + first, out + first, length, mixture);
    });
    return y;
}

/// What quantized values were made of: who needs them in backward makes them again and keeps none.
struct QuantizedOrigin {
    virtual ~QuantizedOrigin() = default;
    virtual at::Tensor input() const = 0;
    virtual at::Tensor values() const = 0;
};
template <int Candidates>
struct MixtureOrigin : QuantizedOrigin {
    MixtureOrigin(const at::Tensor& x, const Mixture<Candidates>& mix) : mixture(mix), saved(x, false) {}
    at::Tensor input() const override { return saved.unpack(); }
    at::Tensor values() const override { return mix_values(input(), mixture); }

    Mixture<Candidates> mixture;

private:
    torch::autograd::SavedVariable saved;
};

/// Backward of `quantized`. The gradients by the logarithm of a clip differentiate all but the rounding,
/// which passes gradients straight through (Esser et al., LSQ, 2020).
template <int Candidates>
struct ActivationNode : HandWrittenNode {
    std::shared_ptr<const MixtureOrigin<Candidates>> origin;
    // Where the gradients stand among the parameters.
    std::array<std::int64_t, Candidates> share_at{}, clip_at{};
    std::int64_t parameters = 0;
    at::TensorOptions options;

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        if (!upstream[0].defined())
            return {at::Tensor{}, at::Tensor{}};
        TORCH_CHECK(origin, torch::autograd::ERR_BACKWARD_TWICE);
        const at::Tensor x = origin->input();
        const bool wants_parameters = parameters > 0 && task_should_compute_output(1);
        at::Tensor g = std::move(upstream[0]);
        if (!g.is_contiguous() || !x.is_contiguous())
            g = g.contiguous();
        MixtureSums<Candidates> sums;
        at::Tensor by_x;
        if (plain_floats(x) && plain_floats(g)) {
            by_x = is_ours(g) ? g : at::empty_like(g);
            run(x.const_data_ptr<float>(), g.const_data_ptr<float>(), by_x.mutable_data_ptr<float>(),
                x.numel(), wants_parameters, sums);
        } else {
            by_x = mix_backward_by_operators(x, g, origin->mixture, wants_parameters ? &sums : nullptr);
        }
        return {by_x, wants_parameters ? gradient_of(sums) : at::Tensor{}};
    }
    const char* what() const override { return "quantized activations"; }
    void release_variables() override { origin.reset(); }

private:
    void run(const float* x, const float* g, float* by_x, std::int64_t count, bool wants_parameters,
             MixtureSums<Candidates>& sums) const {
        const Mixture<Candidates>& mixture = origin->mixture;
        std::vector<MixtureSums<Candidates>> parts(
            wants_parameters ? static_cast<std::size_t>(count / mixture_piece + 1) : 0);
        for_each_piece(count, [&](std::int64_t piece, std::int64_t first, std::int64_t length) {
            if (wants_parameters)
                mix_backward(x + first, g + first, by_x + first, length, mixture,
                             parts[static_cast<std::size_t>(piece)]);
            else
                mix_gradient(x + first, g + first, by_x + first, length, mixture);
        });
        for (const MixtureSums<Candidates>& part : parts)
            for (int i = 0; i < Candidates; ++i) {
                sums.by_value[i] += part.by_value[i];
                sums.by_input[i] += part.by_input[i];
            }
    }
    at::Tensor gradient_of(const MixtureSums<Candidates>& sums) const {
        std::vector<double> gradient(static_cast<std::size_t>(parameters));
        for (std::size_t i = 0; i < Candidates; ++i) {
            if (share_at[i] >= 0)
                gradient[static_cast<std::size_t>(share_at[i])] += sums.by_value[i];
            if (clip_at[i] >= 0)
                gradient[static_cast<std::size_t>(clip_at[i])] +=
                    (Candidates == 1 ? 1.0 : double{origin->mixture.share[i]}) *
                    (sums.by_value[i] - sums.by_input[i]);
        }
        return write(gradient, options);
    }
};

/// What a quantizer of activations needs in one step: its candidates, and a vector with gradient of which
/// entry share_at[i] is the share of candidate i and entry clip_at[i] the logarithm of its clip (-1: fixed).
template <int Candidates>
struct ActivationCandidates {
    Mixture<Candidates> mixture;
    at::Tensor parameters;
    std::array<std::int64_t, Candidates> share_at{}, clip_at{};
};

/// Quantized values; where gradients are recorded, with what they were made of.
struct QuantizedValues {
    at::Tensor values;
    std::shared_ptr<const QuantizedOrigin> origin;
};

/// x, any shape, as a mixture of its quantized values; saves x alone.
template <int Candidates>
QuantizedValues quantized(const at::Tensor& x, const ActivationCandidates<Candidates>& candidates) {
    at::Tensor input = x;
    if (x.is_cpu() && x.scalar_type() == at::kFloat && !x.is_contiguous()) {
        const at::NoGradGuard no_grad;
        input = x.contiguous();
    }
    at::Tensor y;
    {
        const at::NoGradGuard no_grad;
        y = mix_values(input, candidates.mixture);
    }
    if (!at::GradMode::is_enabled())
        return {y, nullptr};
    const auto origin = std::make_shared<const MixtureOrigin<Candidates>>(
        input.is_same(x) ? x : input.detach(), candidates.mixture);
    const at::Tensor& parameters = candidates.parameters;
    const bool wants_parameters = parameters.defined() && parameters.requires_grad();
    if (!(x.requires_grad() || wants_parameters))
        return {y, origin};
    const std::shared_ptr<ActivationNode<Candidates>> node(new ActivationNode<Candidates>,
                                                           torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(x, parameters));
    node->origin = origin;
    if (wants_parameters) {
        node->parameters = parameters.numel();
        node->options = parameters.options().requires_grad(false);
    }
    node->share_at = candidates.share_at;
    node->clip_at = candidates.clip_at;
    torch::autograd::set_history(y, node);
    return {y, origin};
}

} // namespace pliny::detail
