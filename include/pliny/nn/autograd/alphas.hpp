// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <pliny/meta/compiled.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace pliny::detail {

/// The numbers of a vector, wherever it lives.
PLINY_INLINE std::vector<double> read(const at::Tensor& vector);

/// A vector of a kind, or of that of `like`.
PLINY_INLINE at::Tensor write(const std::vector<double>& values, const at::TensorOptions& options);
PLINY_INLINE at::Tensor write(const std::vector<double>& values, const at::Tensor& like);

/// Numbers, and who keeps them alive.
struct HeldNumbers {
    std::shared_ptr<const void> owner;
    std::span<const double> values;
    double operator[](std::size_t i) const { return values[i]; }
};

/// Calls f with the numbers of a vector, float or double: on its own memory where f can read that.
template <class Function>
void for_numbers(const at::Tensor& vector, const Function& f) {
    const auto length = static_cast<std::size_t>(vector.numel());
    if (!vector.is_cpu() || !vector.is_contiguous())
        f(std::span<const double>(read(vector)));
    else if (vector.scalar_type() == at::kFloat)
        f(std::span(vector.const_data_ptr<float>(), length));
    else if (vector.scalar_type() == at::kDouble)
        f(std::span(vector.const_data_ptr<double>(), length));
    else
        f(std::span<const double>(read(vector)));
}

/// A vector of these numbers, written in place.
inline at::Tensor tensor_of(std::span<const double> values, const at::TensorOptions& options) {
    const auto length = static_cast<std::int64_t>(values.size());
    const bool on_host = options.device().is_cpu();
    const at::ScalarType type = c10::typeMetaToScalarType(options.dtype());
    const bool in_place = on_host && (type == at::kFloat || type == at::kDouble);
    at::Tensor host = at::empty({length}, in_place ? options : at::TensorOptions(at::kDouble));
    if (in_place && type == at::kFloat)
        std::transform(values.begin(), values.end(), host.mutable_data_ptr<float>(),
                       [](double value) { return static_cast<float>(value); });
    else
        std::copy(values.begin(), values.end(), host.mutable_data_ptr<double>());
    return in_place ? host : host.to(options);
}

/// A gradient of alpha, which `fill(span of double)` writes, in memory that begins with 0.
template <class Function>
at::Tensor gradient_like(const at::Tensor& alpha, const Function& fill) {
    at::Tensor gradient = at::zeros({alpha.numel()}, at::TensorOptions(at::kDouble));
    const std::span<double> numbers(gradient.mutable_data_ptr<double>(),
                                    static_cast<std::size_t>(alpha.numel()));
    fill(numbers);
    return tensor_of(numbers, alpha.options().requires_grad(false));
}

/// The number of a state of one number, in double.
inline double number_in(const at::Tensor& state) {
    return state.is_cpu() ? *state.const_data_ptr<double>() : state.item<double>();
}

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/alphas.hpp>
#endif
