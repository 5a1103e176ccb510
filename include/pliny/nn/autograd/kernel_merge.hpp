// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/methods/theta_sites.hpp>
#include <pliny/nn/autograd/row_products.hpp>

#include <cstdint>
#include <vector>

namespace pliny::detail {

/// A layer that is part of a merged convolution.
struct KernelPart {
    Taps taps = Taps::Weight;
    Size kernel{1};
    TapGrid grid{};
    std::vector<std::int64_t> places{}; // of its taps in the merged kernel, in their order
    int alternative = 0;
};

/// The shape of a merged weight: [out, in, kernel], `in` per group.
struct KernelShape {
    std::int64_t out, in;
    Shape kernel;
    std::int64_t area() const { return kernel.elements(); }
    std::int64_t row() const { return in * area(); }
};

/// Where taps lie in a kernel, both counted through in the order of memory.
PLINY_INLINE std::vector<std::int64_t> tap_places(const Size& kernel, const TapGrid& grid,
                                                  const Shape& merged);

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
/// [out, in, kernel]
PLINY_INLINE std::vector<std::int64_t> weight_sizes(const KernelShape& shape);
/// The weight of a part that has none, as [out, in, 1, ...]: each channel passed on, or averaged.
PLINY_INLINE at::Tensor diagonal(const KernelPart& part, const KernelShape& shape,
                                 const at::TensorOptions& options);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/kernel_merge.hpp>
#endif
