// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/fold_node.hpp>
#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/autograd/kernel_merge.hpp>

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

namespace pliny::detail {

/// theta[alternative], as a number and as a tensor on the device.
struct Shares {
    const at::Tensor& theta;
    const HeldNumbers& numbers;
    float number(const FoldTable::Part& p) const {
        return static_cast<float>(numbers[static_cast<std::size_t>(p.kernel.alternative)]);
    }
    at::Tensor scalar(const FoldTable::Part& p) const { return theta.select(0, p.kernel.alternative); }
};

inline bool plain_site(const FoldTable::Site& site, const ParameterList& parameters) {
    return std::all_of(site.parts.begin(), site.parts.end(), [&](const FoldTable::Part& p) {
        return p.weight < 0 || plain_floats(parameters[static_cast<std::size_t>(p.weight)]);
    });
}

inline at::Tensor merged_weight(const FoldTable::Site& site, const ParameterList& parameters,
                                const Shares& shares) {
    const KernelShape& shape = site.shape;
    const auto weight = [&](const FoldTable::Part& p) {
        return p.weight < 0 ? at::Tensor{} : parameters[static_cast<std::size_t>(p.weight)];
    };
    at::TensorOptions options;
    for (const FoldTable::Part& p : site.parts)
        if (p.weight >= 0)
            options = weight(p).options().requires_grad(false);
    at::Tensor merged = at::zeros(weight_sizes(shape), options);
    if (!plain_site(site, parameters)) {
        for (const FoldTable::Part& p : site.parts) {
            const at::Tensor part = p.weight >= 0 ? weight(p) : diagonal(p.kernel, shape, options);
            taps_of(merged, p.kernel).add_(at::mul(part, shares.scalar(p)));
        }
        return merged;
    }
    float* to = merged.mutable_data_ptr<float>();
    at::parallel_for(0, shape.out, rows_per_task(shape.row()), [&](std::int64_t first, std::int64_t last) {
        for (const FoldTable::Part& p : site.parts)
            for (std::int64_t o = first; o < last; ++o)
                add_part(p.kernel, shape, p.weight < 0 ? nullptr : weight(p).const_data_ptr<float>(),
                         shares.number(p), to, o);
    });
    return merged;
}

/// Gradients of merged_weight: to the weights of the parts, and the sums for the shares added to `by_theta`.
inline void merged_weight_backward(const FoldTable::Site& site, const at::Tensor& upstream,
                                   const ParameterList& parameters, const Shares& shares,
                                   ParameterList& gradients, const at::Tensor& by_theta) {
    const at::Tensor up = upstream.contiguous();
    const KernelShape& shape = site.shape;
    const bool plain = plain_floats(up) && plain_site(site, parameters);
    std::vector<double> sums(static_cast<std::size_t>(shape.out));
    for (const FoldTable::Part& p : site.parts) {
        const auto position = static_cast<std::size_t>(std::max(p.weight, 0));
        at::Tensor* by_weight = p.weight < 0 ? nullptr : &gradients[position];
        double sum = 0;
        if (plain) {
            if (by_weight)
                *by_weight = at::empty_like(parameters[position]);
            const float *u = up.const_data_ptr<float>(),
                        *w = by_weight ? parameters[position].const_data_ptr<float>() : nullptr;
            float* g = by_weight ? by_weight->mutable_data_ptr<float>() : nullptr;
            at::parallel_for(0, shape.out, rows_per_task(shape.row()),
                             [&](std::int64_t first, std::int64_t last) {
                                 for (std::int64_t o = first; o < last; ++o)
                                     sums[static_cast<std::size_t>(o)] =
                                         part_backward(p.kernel, shape, u, w, shares.number(p), g, o);
                             });
            sum = std::accumulate(sums.begin(), sums.end(), 0.0);
            if (by_theta.defined())
                by_theta.select(0, p.kernel.alternative).add_(sum);
            continue;
        }
        const at::Tensor at_taps = taps_of(up, p.kernel);
        const at::Tensor part = by_weight ? parameters[position] : diagonal(p.kernel, shape, up.options());
        if (by_weight)
            *by_weight = at::mul(at_taps, shares.scalar(p));
        if (by_theta.defined())
            by_theta.select(0, p.kernel.alternative).add_(at::sum(at::mul(at_taps, part)));
    }
}

/// Backward of `folded`.
struct FoldNode : HandWrittenNode {
    const FoldTable* table = nullptr;
    std::vector<torch::autograd::SavedVariable> parameters;
    at::Tensor theta;
    HeldNumbers numbers;

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        ParameterList own;
        for (torch::autograd::SavedVariable& parameter : parameters)
            own.push_back(parameter.unpack());
        const Shares shares{theta, numbers};
        const at::Tensor by_theta = task_should_compute_output(0) ? at::zeros_like(theta) : at::Tensor{};
        ParameterList by_parameter(own.size());
        std::size_t output = 0;
        for (const FoldTable::Site& site : table->sites) {
            const at::Tensor by_weight = upstream[output++];
            const at::Tensor by_bias = site.has_bias() ? upstream[output++] : at::Tensor{};
            if (by_weight.defined() && site.merged)
                merged_weight_backward(site, by_weight, own, shares, by_parameter, by_theta);
            for (const FoldTable::Part& p : site.parts) {
                if (by_weight.defined() && !site.merged)
                    scaled_backward(by_weight, p, p.weight, own, shares, by_parameter, by_theta);
                if (by_bias.defined() && p.bias >= 0)
                    scaled_backward(by_bias, p, p.bias, own, shares, by_parameter, by_theta);
            }
        }
        by_parameter.insert(by_parameter.begin(), by_theta);
        return by_parameter;
    }
    const char* what() const override { return "weights that take shares of alternatives"; }
    void release_variables() override {
        for (torch::autograd::SavedVariable& parameter : parameters)
            parameter.reset_data();
        theta.reset();
        numbers = {};
    }

private:
    /// Of `share x parameter`.
    static void scaled_backward(const at::Tensor& up, const FoldTable::Part& p, int position,
                                const ParameterList& own, const Shares& shares, ParameterList& by_parameter,
                                const at::Tensor& by_theta) {
        const auto slot = static_cast<std::size_t>(position);
        by_parameter[slot] = at::mul(up, shares.scalar(p));
        if (by_theta.defined())
            by_theta.select(0, p.kernel.alternative).add_(at::dot(up.flatten(), own[slot].flatten()));
    }
};

PLINY_INLINE ParameterList folded(const at::Tensor& theta, const HeldNumbers& numbers,
                                  const ParameterList& parameters, const FoldTable& table) {
    ParameterList outputs;
    {
        const at::NoGradGuard no_grad;
        const at::Tensor detached = theta.detach();
        const Shares shares{detached, numbers};
        for (const FoldTable::Site& site : table.sites) {
            const auto scaled = [&](const FoldTable::Part& p, int position) {
                return at::mul(parameters[static_cast<std::size_t>(position)], shares.scalar(p));
            };
            outputs.push_back(site.merged ? merged_weight(site, parameters, shares)
                                          : scaled(site.parts[0], site.parts[0].weight));
            if (!site.has_bias())
                continue;
            at::Tensor bias;
            for (const FoldTable::Part& p : site.parts)
                if (p.bias >= 0)
                    bias = bias.defined() ? bias.add_(scaled(p, p.bias)) : scaled(p, p.bias);
            outputs.push_back(bias);
        }
    }
    const auto node = node_behind<FoldNode>(theta, parameters);
    if (!node)
        return outputs;
    node->table = &table;
    node->theta = theta.detach();
    node->numbers = numbers;
    for (const at::Tensor& parameter : parameters)
        node->parameters.emplace_back(parameter, false);
    for (const at::Tensor& output : outputs)
        torch::autograd::set_history(output, node);
    return outputs;
}

} // namespace pliny::detail
