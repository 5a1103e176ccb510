// SPDX-License-Identifier: Apache-2.0
// PLiNIO's mixed-precision search (Apache-2.0, commit 3d6b5e0) on operators of LibTorch, for comparisons with
// its numbers: the quantizers of support/plinio_quantizers.hpp as tensors with gradients. Slow; on the CPU
// bit for bit.
#pragma once

#include "support/plinio_quantizers.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace pliny::compat {

/// Backward of `straight_through`: the gradient as it comes.
struct StraightThroughNode : torch::autograd::Node {
    torch::autograd::variable_list apply(torch::autograd::variable_list&& upstream) override {
        return {std::move(upstream[0])};
    }
};

/// `value`, which needs no gradient and is nowhere else; the gradient to it becomes that to x, of the same
/// shape.
inline at::Tensor straight_through(const at::Tensor& value, const at::Tensor& x) {
    if (x.requires_grad() && at::GradMode::is_enabled()) {
        const std::shared_ptr<StraightThroughNode> node(new StraightThroughNode, torch::autograd::deleteNode);
        node->set_next_edges(torch::autograd::collect_next_edges(x));
        torch::autograd::set_history(value, node);
    }
    return value;
}

/// The logits at the start: bits of the candidate / most bits of a candidate; [N], or [N, C] for C channels.
inline at::Tensor initial_alpha(std::span<const int> bits, std::int64_t channels = 0) {
    std::vector<float> numbers;
    for (int b : bits)
        numbers.push_back(initial_alpha(b, *std::max_element(bits.begin(), bits.end())));
    const at::Tensor alpha = at::tensor(numbers, at::kFloat);
    return channels == 0 ? alpha : alpha.unsqueeze(1).repeat({1, channels});
}

/// softmax(alpha / temperature) over the first dimension; `one_hot`: 1 for the largest, straight through.
inline at::Tensor shares(const at::Tensor& alpha, double temperature, bool one_hot) {
    const at::Tensor soft = at::softmax(at::div(alpha, temperature), 0);
    if (!one_hot)
        return soft;
    const at::Tensor best = soft.detach().argmax(0, true);
    return straight_through(at::zeros_like(soft.detach()).scatter_(0, best, 1), soft);
}

namespace detail {

/// sum += share x value, in two roundings; an undefined sum is 0.
inline void add_share(at::Tensor& sum, const at::Tensor& share, const at::Tensor& value) {
    const at::Tensor part = at::mul(share, value);
    sum = sum.defined() ? at::add(sum, part) : part;
}

/// A number per channel, or one for all, beside a tensor with the channels in dimension 0.
inline at::Tensor beside(const at::Tensor& numbers, const at::Tensor& weight) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
    shape[0] = numbers.numel();
    return numbers.view(shape);
}

/// The scale of every channel: [C].
inline at::Tensor weight_scales(const at::Tensor& weight, int bits) {
    const at::NoGradGuard no_grad;
    const at::Tensor largest = weight.abs().flatten(1).amax(1);
    if (bits == 0)
        return at::zeros_like(largest);
    const at::Tensor range = at::add(largest, largest);
    return at::where(at::eq(range, 0), at::ones_like(range), range).div_(steps_of(bits));
}

inline at::Tensor weight_values(const at::Tensor& weight, const at::Tensor& scales, int bits) {
    const at::NoGradGuard no_grad;
    if (bits == 0)
        return at::zeros_like(weight);
    const at::Tensor step = beside(scales, weight);
    const double top = static_cast<double>((std::int64_t{1} << (bits - 1)) - 1);
    return at::div(weight, step).round_().clamp_max_(top).mul_(step);
}

inline at::Tensor pact_values(const at::Tensor& clipped, float multiplier) {
    const at::NoGradGuard no_grad;
    const at::Tensor k = at::full({}, multiplier, clipped.options()); // divides truly on every device
    return at::mul(clipped, k).floor_().div_(k);
}

} // namespace detail

/// The mixture of the candidates' weights, by a share [N] or by one per channel [N, C]; and, where wanted,
/// the effective scale [C], the same mixture of their scales.
inline at::Tensor quantized_weight(const at::Tensor& w, const at::Tensor& theta, std::span<const int> bits,
                                   at::Tensor* effective_scale = nullptr) {
    at::Tensor sum, scale;
    for (std::size_t i = 0; i < bits.size(); ++i) {
        const at::Tensor share = theta.select(0, static_cast<std::int64_t>(i));
        const at::Tensor scales = detail::weight_scales(w, bits[i]);
        detail::add_share(sum, detail::beside(share, w),
                          straight_through(detail::weight_values(w, scales, bits[i]), w));
        detail::add_share(scale, share, scales);
    }
    if (effective_scale)
        *effective_scale = scale;
    return sum;
}

/// The bias on the grid of input scale x weight scale; 0 where that is at most 1e-8. Its gradient has the
/// scale as a factor; that of the scales is upstream x code.
inline at::Tensor quantized_bias(const at::Tensor& b, const at::Tensor& input_scale,
                                 const at::Tensor& weight_scale) {
    const at::Tensor scale = at::mul(input_scale, weight_scale);
    at::Tensor code;
    {
        const at::NoGradGuard no_grad;
        code = at::where(at::gt(scale.abs(), 1e-8), at::div(b, scale).round_(), at::zeros_like(b));
    }
    return at::mul(straight_through(code, b), scale);
}

/// The mixture of the candidates' activations, by a share and a clip [N] each; and, where wanted, the
/// effective scale, a single number.
inline at::Tensor quantized_activation(const at::Tensor& x, const at::Tensor& theta, const at::Tensor& clips,
                                       std::span<const int> bits, at::Tensor* effective_scale = nullptr) {
    at::Tensor sum, scale;
    for (std::size_t i = 0; i < bits.size(); ++i) {
        const at::Tensor clip = clips.select(0, static_cast<std::int64_t>(i));
        const at::Tensor share = theta.select(0, static_cast<std::int64_t>(i));
        const Pact pact = unsigned_pact(clip.item<float>(), bits[i]);
        // The gradient goes to x between 0 and the clip, and to the clip from there on.
        const at::Tensor positive = at::where(at::le(x, 0), at::zeros_like(x), x);
        const at::Tensor clipped = at::where(at::ge(x, clip), clip, positive);
        detail::add_share(sum, share,
                          straight_through(detail::pact_values(clipped, pact.multiplier), clipped));
        detail::add_share(scale, share, at::full({}, pact.scale, x.options().requires_grad(false)));
    }
    if (effective_scale)
        *effective_scale = scale;
    return sum;
}

/// A layer with the batch norm behind it taken into weight and bias (undefined: none).
struct Folded {
    at::Tensor weight;
    at::Tensor bias;
};
inline Folded folded(const Folded& layer, const at::Tensor& gamma, const at::Tensor& beta,
                     const at::Tensor& mean, const at::Tensor& variance, double epsilon = 1e-5) {
    const at::NoGradGuard no_grad;
    const at::Tensor inverse = at::rsqrt(at::add(variance, epsilon));
    const at::Tensor bias = layer.bias.defined() ? layer.bias : at::zeros_like(mean);
    return {at::mul(layer.weight, detail::beside(at::mul(gamma, inverse), layer.weight)),
            at::add(at::mul(at::mul(at::sub(bias, mean), inverse), gamma), beta)};
}

/// The weights of a search that may choose 0 bits, at its start: divided by the initial share of all other
/// candidates, whatever the temperature. Biases stay.
inline at::Tensor compensated(const at::Tensor& weight, std::span<const int> bits) {
    if (std::find(bits.begin(), bits.end(), 0) == bits.end())
        return weight;
    const at::NoGradGuard no_grad;
    const at::Tensor theta = shares(initial_alpha(bits), 1, false);
    at::Tensor others = at::zeros({});
    for (std::size_t i = 0; i < bits.size(); ++i)
        if (bits[i] != 0)
            others = at::add(others, theta.select(0, static_cast<std::int64_t>(i)));
    return at::div(weight, others.to(weight.device()));
}

} // namespace pliny::compat
