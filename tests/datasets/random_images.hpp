// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/images.hpp>

#include <cstdint>

namespace pliny::testing {

/// Bytes and labels of ten classes, with the mean and standard deviation of FashionMNIST.
inline Images random_images(std::int64_t count, std::int64_t channels, std::int64_t height,
                            std::int64_t width) {
    return {at::randint(0, 256, {count, channels, height, width}, at::kByte),
            at::randint(0, 10, {count}, at::kLong), 10, 0.2860, 0.3530};
}

} // namespace pliny::testing
