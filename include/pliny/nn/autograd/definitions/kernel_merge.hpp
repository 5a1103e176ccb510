// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/theta_sites.hpp>
#include <pliny/nn/autograd/kernel_merge.hpp>
#include <pliny/nn/autograd/row_products.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace pliny::detail {

PLINY_INLINE std::vector<std::int64_t> tap_places(const Size& kernel, const TapGrid& grid,
                                                  const Shape& merged) {
    std::vector<std::int64_t> places{0};
    for (int axis = 0; axis < merged.rank; ++axis) {
        std::vector<std::int64_t> finer;
        for (const std::int64_t place : places)
            for (std::int64_t tap = 0; tap < kernel[axis]; ++tap)
                finer.push_back(place * merged[axis] + grid.begin[axis] + tap * grid.step[axis]);
        places = std::move(finer);
    }
    return places;
}

PLINY_INLINE void add_part(const KernelPart& part, const KernelShape& shape, const float* __restrict weight,
                           float share, float* __restrict merged, std::int64_t o) {
    const std::size_t own = part.places.size();
    const std::int64_t area = shape.area();
    if (part.taps == Taps::Weight) {
        const float* from = weight + o * shape.in * static_cast<std::int64_t>(own);
        for (std::int64_t i = 0; i < shape.in; ++i, from += own) {
            float* to = merged + (o * shape.in + i) * area;
            for (std::size_t tap = 0; tap < own; ++tap)
                to[part.places[tap]] += share * from[tap];
        }
        return;
    }
    const float mean = share / static_cast<float>(own); // own = 1 where channels are passed on
    float* to = merged + (o * shape.in + o % shape.in) * area;
    for (const std::int64_t place : part.places)
        to[place] += mean;
}

PLINY_INLINE double part_backward(const KernelPart& part, const KernelShape& shape,
                                  const float* __restrict up, const float* __restrict weight, float share,
                                  float* __restrict by_weight, std::int64_t o) {
    const std::size_t own = part.places.size();
    const std::int64_t area = shape.area();
    double sum = 0;
    if (part.taps == Taps::Weight) {
        for (std::int64_t i = 0; i < shape.in; ++i) {
            const std::int64_t at = (o * shape.in + i) * static_cast<std::int64_t>(own);
            const float *g = up + (o * shape.in + i) * area, *from = weight + at;
            float products = 0, *to = by_weight + at;
            for (std::size_t tap = 0; tap < own; ++tap) {
                to[tap] = share * g[part.places[tap]];
                products += g[part.places[tap]] * from[tap];
            }
            sum += products;
        }
        return sum;
    }
    const float* g = up + (o * shape.in + o % shape.in) * area;
    float products = 0;
    for (const std::int64_t place : part.places)
        products += g[place];
    return products / static_cast<double>(own);
}

PLINY_INLINE at::Tensor taps_of(const at::Tensor& merged, const KernelPart& part) {
    at::Tensor taps = merged;
    for (int axis = 0; axis < merged.dim() - 2; ++axis) {
        const std::int64_t begin = part.grid.begin[axis], step = part.grid.step[axis],
                           end = begin + (part.kernel[axis] - 1) * step + 1;
        taps = taps.slice(axis + 2, begin, end, step);
    }
    return taps;
}

PLINY_INLINE std::vector<std::int64_t> weight_sizes(const KernelShape& shape) {
    std::vector<std::int64_t> sizes{shape.out, shape.in};
    sizes.insert(sizes.end(), shape.kernel.extent, shape.kernel.extent + shape.kernel.rank);
    return sizes;
}

PLINY_INLINE at::Tensor diagonal(const KernelPart& part, const KernelShape& shape,
                                 const at::TensorOptions& options) {
    std::vector<std::int64_t> sizes = weight_sizes(shape);
    std::fill(sizes.begin() + 2, sizes.end(), 1);
    return at::eye(shape.in, options).repeat({shape.out / shape.in, 1}).view(sizes) /
           static_cast<double>(part.places.size());
}

} // namespace pliny::detail
