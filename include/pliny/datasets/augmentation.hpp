// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// Random changes of training images, made anew for every image of every batch, before normalising.
struct Augmentation {
    std::int64_t crop =
        0;             // pixels of black added on every side; then the old size is cut out at a random place
    bool flip = false; // every second image, at random, is mirrored: left becomes right
};

namespace detail {

PLINY_INLINE void check_augmentation(const Augmentation& augmentation, std::int64_t height,
                                     std::int64_t width, const at::Generator& generator);

/// Copies of the images `bytes` [B, C, H, W], augmented, where those are.
///
/// Draws from `generator`, in this order and only where asked for: B places for rows, B for columns, each 0
/// to 2 crop, and B times 0 or 1 for mirroring.
PLINY_INLINE at::Tensor augmented(const at::Tensor& bytes, const Augmentation& augmentation,
                                  at::Generator& generator);

} // namespace detail

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/augmentation.hpp>
#endif
