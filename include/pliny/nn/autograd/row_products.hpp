// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include <pliny/meta/compiled.hpp>

namespace pliny::detail {

/// out[c][k] = in[c][k] x mask[c].
PLINY_INLINE void mask_rows(const float* __restrict in, const float* __restrict mask, float* __restrict out,
                            std::int64_t first, std::int64_t last, std::int64_t length);

/// out[k] = up[k] x factor, and the sum over k of up[k] x in[k], both in one pass. Partial sums are written
/// out, so that it vectorises without reassociation by the compiler.
PLINY_INLINE float scale_and_dot(const float* __restrict up, const float* __restrict in, float factor,
                                 float* __restrict out, std::int64_t length);

/// by_row[c][k] = up[c][k] x mask[c], by_mask[c] += sum over k of up[c][k] x row[c][k].
PLINY_INLINE void mask_rows_backward(const float* up, const float* row, const float* mask, float* by_row,
                                     float* by_mask, std::int64_t first, std::int64_t last,
                                     std::int64_t length);

PLINY_INLINE bool plain_floats(const at::Tensor& tensor);
/// Rows that one thread should take: at least 32,768 numbers.
inline std::int64_t rows_per_task(std::int64_t length) { return 1 + 32768 / (length + 1); }

PLINY_INLINE at::Tensor along_rows(const at::Tensor& mask, const at::Tensor& tensor);

/// A parameter with each row (first axis) multiplied by its mask.
PLINY_INLINE at::Tensor masked_rows(const at::Tensor& parameter, const at::Tensor& mask);

/// The gradient of masked_rows to the parameter; that to the mask is added to `by_mask` where it is defined.
PLINY_INLINE at::Tensor masked_backward(const at::Tensor& upstream, const at::Tensor& parameter,
                                        const at::Tensor& mask, const at::Tensor& by_mask);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/row_products.hpp>
#endif
