// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/row_products.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <array>
#include <cstdint>
#include <vector>

namespace pliny::detail {

PLINY_INLINE void mask_rows(const float* __restrict in, const float* __restrict mask, float* __restrict out,
                            std::int64_t first, std::int64_t last, std::int64_t length) {
    for (std::int64_t c = first; c < last; ++c) {
        const float m = mask[c];
        for (std::int64_t k = c * length; k < (c + 1) * length; ++k)
            out[k] = in[k] * m;
    }
}

PLINY_INLINE float scale_and_dot(const float* __restrict up, const float* __restrict in, float factor,
                                 float* __restrict out, std::int64_t length) {
    constexpr std::int64_t lanes = 16;
    std::array<float, lanes> sums{};
    std::int64_t k = 0;
    for (; k + lanes <= length; k += lanes)
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            out[k + lane] = up[k + lane] * factor;
            sums[static_cast<std::size_t>(lane)] += up[k + lane] * in[k + lane];
        }
    float sum = 0;
    for (; k < length; ++k) {
        out[k] = up[k] * factor;
        sum += up[k] * in[k];
    }
    for (float s : sums)
        sum += s;
    return sum;
}

PLINY_INLINE void mask_rows_backward(const float* up, const float* row, const float* mask, float* by_row,
                                     float* by_mask, std::int64_t first, std::int64_t last,
                                     std::int64_t length) {
    for (std::int64_t c = first; c < last; ++c)
        by_mask[c] += scale_and_dot(up + c * length, row + c * length, mask[c], by_row + c * length, length);
}

PLINY_INLINE bool plain_floats(const at::Tensor& tensor) {
    return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
}

PLINY_INLINE at::Tensor along_rows(const at::Tensor& mask, const at::Tensor& tensor) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(tensor.dim()), 1);
    shape[0] = -1;
    return mask.view(shape);
}

PLINY_INLINE at::Tensor masked_rows(const at::Tensor& parameter, const at::Tensor& mask) {
    if (!plain_floats(parameter) || !plain_floats(mask))
        return at::mul(parameter, along_rows(mask, parameter));
    at::Tensor result = at::empty_like(parameter);
    const std::int64_t rows = parameter.size(0), length = parameter.numel() / rows;
    const float *in = parameter.const_data_ptr<float>(), *m = mask.const_data_ptr<float>();
    float* out = result.mutable_data_ptr<float>();
    at::parallel_for(0, rows, rows_per_task(length), [&](std::int64_t first, std::int64_t last) {
        mask_rows(in, m, out, first, last, length);
    });
    return result;
}

PLINY_INLINE at::Tensor masked_backward(const at::Tensor& upstream, const at::Tensor& parameter,
                                        const at::Tensor& mask, const at::Tensor& by_mask) {
    if (!by_mask.defined())
        return masked_rows(upstream.contiguous(), mask);
    const at::Tensor up = upstream.contiguous();
    if (!plain_floats(up) || !plain_floats(parameter) || !plain_floats(mask)) {
        by_mask.add_(at::mul(up, parameter).reshape({parameter.size(0), -1}).sum(1));
        return at::mul(up, along_rows(mask, parameter));
    }
    at::Tensor result = at::empty_like(parameter);
    const std::int64_t rows = parameter.size(0), length = parameter.numel() / rows;
    const float *u = up.const_data_ptr<float>(), *p = parameter.const_data_ptr<float>(),
                *m = mask.const_data_ptr<float>();
    float *g = result.mutable_data_ptr<float>(), *s = by_mask.mutable_data_ptr<float>();
    at::parallel_for(0, rows, rows_per_task(length), [&](std::int64_t first, std::int64_t last) {
        mask_rows_backward(u, p, m, g, s, first, last, length);
    });
    return result;
}

} // namespace pliny::detail
