// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/theta_sites.hpp>
#include <pliny/nn/autograd/kernel_merge.hpp>
#include <pliny/nn/autograd/row_products.hpp>

#include <cstdint>

namespace pliny::detail {

/// Calls f(position in the merged kernel, position in the part's) for every tap of a part.
template <class Function>
inline void for_each_tap(const KernelPart& part, const KernelShape& shape, const Function& f) {
    for (std::int64_t y = 0; y < part.kernel.height; ++y)
        for (std::int64_t x = 0; x < part.kernel.width; ++x)
            f((part.taps.begin.height + y * part.taps.step.height) * shape.width + part.taps.begin.width +
                  x * part.taps.step.width,
              y * part.kernel.width + x);
}

PLINY_INLINE void add_part(const KernelPart& part, const KernelShape& shape, const float* __restrict weight,
                           float share, float* __restrict merged, std::int64_t o) {
    const std::int64_t own = part.kernel.area();
    if (part.what == KernelPart::What::Weight) {
        for (std::int64_t i = 0; i < shape.in; ++i) {
            const float* from = weight + (o * shape.in + i) * own;
            float* to = merged + (o * shape.in + i) * shape.area();
            for_each_tap(part, shape, [&](std::int64_t m, std::int64_t p) { to[m] += share * from[p]; });
        }
        return;
    }
    const float tap = share / static_cast<float>(own); // own = 1 for a Dirac
    float* to = merged + (o * shape.in + o % shape.in) * shape.area();
    for_each_tap(part, shape, [&](std::int64_t m, std::int64_t) { to[m] += tap; });
}

PLINY_INLINE double part_backward(const KernelPart& part, const KernelShape& shape,
                                  const float* __restrict up, const float* __restrict weight, float share,
                                  float* __restrict by_weight, std::int64_t o) {
    const std::int64_t own = part.kernel.area();
    double sum = 0;
    if (part.what == KernelPart::What::Weight) {
        for (std::int64_t i = 0; i < shape.in; ++i) {
            const std::int64_t at = (o * shape.in + i) * own;
            const float* g = up + (o * shape.in + i) * shape.area();
            float products = 0;
            for_each_tap(part, shape, [&](std::int64_t m, std::int64_t p) {
                by_weight[at + p] = share * g[m];
                products += g[m] * weight[at + p];
            });
            sum += products;
        }
        return sum;
    }
    const float* g = up + (o * shape.in + o % shape.in) * shape.area();
    float products = 0;
    for_each_tap(part, shape, [&](std::int64_t m, std::int64_t) { products += g[m]; });
    return products / static_cast<double>(own);
}

PLINY_INLINE at::Tensor taps_of(const at::Tensor& merged, const KernelPart& part) {
    const auto along = [](const at::Tensor& t, int axis, std::int64_t begin, std::int64_t count,
                          std::int64_t step) {
        return t.slice(axis, begin, begin + (count - 1) * step + 1, step);
    };
    return along(along(merged, 2, part.taps.begin.height, part.kernel.height, part.taps.step.height), 3,
                 part.taps.begin.width, part.kernel.width, part.taps.step.width);
}

PLINY_INLINE at::Tensor diagonal(const KernelShape& shape, const at::TensorOptions& options) {
    return at::eye(shape.in, options).repeat({shape.out / shape.in, 1}).view({shape.out, shape.in, 1, 1});
}

} // namespace pliny::detail
