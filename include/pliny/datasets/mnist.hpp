// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <pliny/datasets/idx_images.hpp>

namespace pliny {

/// MNIST: 60,000 images to train and 10,000 to test, grey, 28 x 28, ten handwritten digits.
///
/// Source: LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist; `mean` and `std` of the training
/// images.
struct Mnist {
    static constexpr std::string_view name = "MNIST";
    static constexpr std::int64_t classes = 10;
    static constexpr std::array<std::int64_t, 3> image{1, 28, 28};
    static constexpr double mean = 0.1307;
    static constexpr double std = 0.3081;

    /// The training images; throws `DatasetError` (see `load_idx_images`).
    static Images train(const std::filesystem::path& folder) {
        return load_idx_images(folder, "train", format);
    }
    /// The test images; throws `DatasetError` (see `load_idx_images`).
    static Images test(const std::filesystem::path& folder) {
        return load_idx_images(folder, "t10k", format);
    }

private:
    static constexpr IdxImagesFormat format{
        name, "http://yann.lecun.com/exdb/mnist or a mirror of it", classes, image[1], image[2], mean, std};
};

} // namespace pliny
