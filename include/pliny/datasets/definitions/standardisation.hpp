// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/standardisation.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace pliny {

PLINY_INLINE Standardisation Standardisation::of(const Examples& train) {
    train.check();
    at::Tensor mean, variance;
    if (train.are_bytes()) { // exact, from how often each level occurs
        const at::Tensor levels = at::arange(256, train.inputs.options().dtype(at::kDouble)) / 255;
        at::Tensor counts = at::zeros({256}, levels.options());
        for (std::int64_t i = 0; i < train.size(); i += 1'000) // bincount needs eight bytes for each
            counts += train.inputs.slice(0, i, i + 1'000).flatten().bincount({}, 256);
        mean = (counts * levels).sum(0, true) / counts.sum();
        variance = (counts * (levels - mean).square()).sum(0, true) / counts.sum();
    } else {
        std::vector<std::int64_t> axes{0};
        for (std::int64_t axis = 2; axis < train.inputs.dim(); ++axis)
            axes.push_back(axis);
        std::tie(variance, mean) =
            at::var_mean(train.inputs.to(at::kDouble), axes, /*unbiased=*/false, /*keepdim=*/false);
    }
    const at::Tensor std = variance.sqrt();
    // Rounding leaves a constant feature with a deviation of about 1e-16 of its value.
    const at::Tensor varies = std.gt(1e-12 * mean.abs());
    return {mean.cpu(), at::where(varies, std, at::ones_like(std)).cpu(), train.are_bytes()};
}

PLINY_INLINE at::Tensor Standardisation::operator()(const at::Tensor& inputs) const {
    if (!inputs.defined() || inputs.dim() < 2)
        detail::examples_error(detail::described(inputs) + " to standardise", "inputs [N, F] or [N, C, ...]");
    if (!of_bytes && inputs.size(1) != mean.size(0))
        detail::examples_error(std::to_string(inputs.size(1)) + " features or channels to standardise",
                               std::to_string(mean.size(0)) + ", as in the training set");
    std::vector<std::int64_t> extents(static_cast<std::size_t>(inputs.dim()), 1);
    extents[1] = mean.size(0);
    const auto fitting = [&](const at::Tensor& values) { return values.to(inputs.device()).view(extents); };
    const at::Tensor numbers = of_bytes ? inputs.to(at::kDouble) / 255 : inputs.to(at::kDouble);
    return ((numbers - fitting(mean)) / fitting(std)).to(at::kFloat).contiguous();
}

PLINY_INLINE Examples Standardisation::operator()(const Examples& data) const {
    if (!data.inputs.defined() || data.are_bytes() != of_bytes)
        detail::examples_error(of_bytes ? "inputs not kept as bytes to standardise"
                                        : "inputs kept as bytes to standardise",
                               "such as the training set has");
    Examples result = data;
    if (of_bytes) {
        result.mean = mean[0].item<double>();
        result.std = std[0].item<double>();
    } else {
        result.inputs = (*this)(data.inputs);
    }
    return result;
}

} // namespace pliny
