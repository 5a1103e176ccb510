// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/alphas.hpp>

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pliny::detail {

PLINY_INLINE std::vector<double> read(const at::Tensor& vector) {
    const auto length = static_cast<std::size_t>(vector.numel());
    if (vector.is_cpu() && vector.is_contiguous() && vector.scalar_type() == at::kFloat)
        return {vector.const_data_ptr<float>(), vector.const_data_ptr<float>() + length};
    if (vector.is_cpu() && vector.is_contiguous() && vector.scalar_type() == at::kDouble)
        return {vector.const_data_ptr<double>(), vector.const_data_ptr<double>() + length};
    const at::Tensor host = vector.detach().to(at::kCPU, at::kDouble).contiguous();
    return {host.const_data_ptr<double>(), host.const_data_ptr<double>() + length};
}

PLINY_INLINE at::Tensor write(const std::vector<double>& values, const at::TensorOptions& options) {
    return tensor_of(values, options);
}

PLINY_INLINE at::Tensor write(const std::vector<double>& values, const at::Tensor& like) {
    return write(values, like.options());
}

} // namespace pliny::detail
