// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/dataset_error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace pliny::detail {

PLINY_INLINE void check_augmentation(const Augmentation& augmentation, std::int64_t height,
                                     std::int64_t width, const at::Generator& generator) {
    const std::int64_t smaller = std::min(height, width);
    if (augmentation.crop < 0 || (augmentation.crop > 0 && augmentation.crop >= smaller)) {
        throw DatasetError("augmentation: found crop " + std::to_string(augmentation.crop) +
                           "; expected 0 to " + std::to_string(smaller - 1) + " for images of " +
                           std::to_string(height) + " x " + std::to_string(width));
    }
    if (!generator.defined() || !generator.device().is_cpu())
        throw DatasetError(
            "augmentation: found no generator of the CPU; expected one, wherever the images are");
}

PLINY_INLINE at::Tensor augmented(const at::Tensor& bytes, const Augmentation& augmentation,
                                  at::Generator& generator) {
    const std::int64_t count = bytes.size(0), channels = bytes.size(1), height = bytes.size(2),
                       width = bytes.size(3), crop = augmentation.crop;
    const auto integers = bytes.options().dtype(at::kLong);
    const auto draw = [&](std::int64_t series, std::int64_t below) {
        return at::randint(below, {series, count, 1}, generator, at::kLong)
            .to(bytes.device(), /*non_blocking=*/true);
    };
    at::Tensor rows = at::arange(height, integers).unsqueeze(0); // [1 or B, H]: which row each row comes from
    at::Tensor columns = at::arange(width, integers).unsqueeze(0); // [1 or B, W]
    at::Tensor places;
    if (crop > 0)
        places = draw(2, 2 * crop + 1);
    if (augmentation.flip)
        columns = at::where(draw(1, 2)[0].to(at::kBool), width - 1 - columns, columns);
    if (crop > 0) {
        rows = rows + places[0];
        columns = columns + places[1];
    }
    const at::Tensor padded = crop > 0 ? at::constant_pad_nd(bytes, {crop, crop, crop, crop}) : bytes;
    const at::Tensor sources = rows.unsqueeze(2) * (width + 2 * crop) + columns.unsqueeze(1); // [B, H, W]
    const at::Tensor index =
        sources.view({count, 1, height * width}).expand({count, channels, height * width});
    return at::gather(padded.flatten(2), 2, index).view(bytes.sizes());
}

} // namespace pliny::detail
