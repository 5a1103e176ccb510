// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/error_of.hpp"

#include <pliny/layers/shape.hpp>

#include <torch/nn/module.h>

#include <cmath>
#include <string>
#include <vector>

namespace pliny::testing {

/// Largest difference of two tensors in units of the largest entry of the second; infinite where the shapes
/// differ.
inline double difference(const at::Tensor& found, const at::Tensor& expected) {
    if (found.sizes() != expected.sizes())
        return INFINITY;
    if (expected.numel() == 0)
        return 0;
    const double scale = expected.detach().abs().max().item<double>();
    const double apart = (found.detach() - expected.detach()).abs().max().item<double>();
    return apart == 0 ? 0 : apart / scale;
}

/// Weights, biases, scales, shifts and statistics unlike those of a new module; reproducible.
inline void randomize(torch::nn::Module& module, std::uint64_t seed) {
    const at::NoGradGuard no_grad;
    at::manual_seed(seed);
    for (auto& item : module.named_parameters()) {
        at::Tensor values = item.value();
        if (item.key() == "alpha")
            continue;
        if (values.dim() > 1) {
            const double bound = 2 / std::sqrt(static_cast<double>(values[0].numel()));
            values.copy_(at::empty_like(values).uniform_(-bound, bound));
        } else {
            values.copy_(at::empty_like(values).uniform_(-1.5, 1.5));
        }
    }
    for (auto& item : module.named_buffers()) {
        at::Tensor values = item.value();
        if (item.key().ends_with("running_mean"))
            values.copy_(at::empty_like(values).normal_());
        else if (item.key().ends_with("running_var"))
            values.copy_(at::empty_like(values).uniform_(0.3, 2));
        else if (item.key().ends_with("num_batches_tracked"))
            values.fill_(7);
    }
}

/// A batch of random samples.
inline at::Tensor random_batch(const Shape& shape, std::int64_t count) {
    std::vector<std::int64_t> sizes{count};
    for (int axis = 0; axis < shape.rank; ++axis)
        sizes.push_back(shape[axis]);
    return at::randn(sizes);
}

inline at::Tensor ints(std::initializer_list<std::int64_t> values) { return at::tensor(values, at::kLong); }
inline at::Tensor floats(std::initializer_list<double> values) { return at::tensor(values, at::kFloat); }

/// A loss of this value, without a gradient of its own.
inline at::Tensor loss(double value) { return at::scalar_tensor(value); }

} // namespace pliny::testing
