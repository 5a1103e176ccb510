// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/methods/theta_sites.hpp>
#include <pliny/nn/autograd/row_products.hpp>

#include <cstdint>

namespace pliny::detail {

/// A layer that is part of a merged convolution.
struct KernelPart {
    enum class What : std::uint8_t { Weight, Dirac, Mean } what = What::Weight;
    Size kernel{1};
    TapGrid taps{};
    int alternative = 0;
};

/// The shape of a merged weight: [out, in, height, width], `in` per group.
struct KernelShape {
    std::int64_t out, in, height, width;
    constexpr std::int64_t area() const { return height * width; }
    constexpr std::int64_t row() const { return in * area(); }
};

/// merged[o] += share x part, for one output channel: the part's taps where they lie in the merged kernel. A
/// Dirac passes input channel o on, a Mean averages it.
PLINY_INLINE void add_part(const KernelPart& part, const KernelShape& shape, const float* __restrict weight,
                           float share, float* __restrict merged, std::int64_t o);

/// The transpose of add_part for one output channel: by_weight = share x gradient at the taps; returns the
/// sum of gradient x part.
PLINY_INLINE double part_backward(const KernelPart& part, const KernelShape& shape,
                                  const float* __restrict up, const float* __restrict weight, float share,
                                  float* __restrict by_weight, std::int64_t o);

/// A tensor that holds the taps of a part, as a view of a merged weight.
PLINY_INLINE at::Tensor taps_of(const at::Tensor& merged, const KernelPart& part);
/// 1 where a Dirac has its channel, as [out, in, 1, 1].
PLINY_INLINE at::Tensor diagonal(const KernelShape& shape, const at::TensorOptions& options);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/kernel_merge.hpp>
#endif
