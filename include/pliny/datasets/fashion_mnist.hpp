// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <pliny/datasets/idx_images.hpp>

namespace pliny {

/// Fashion-MNIST: 60,000 images to train and 10,000 to test, grey, 28 x 28, ten kinds of clothing.
///
/// Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST" (arXiv:1708.07747); `mean` and `std` of the training
/// images.
struct FashionMnist {
    static constexpr std::string_view name = "FashionMNIST";
    static constexpr std::int64_t classes = 10;
    static constexpr std::array<std::int64_t, 3> image{1, 28, 28};
    static constexpr double mean = 0.2860;
    static constexpr double std = 0.3530;
    static constexpr std::string_view default_folder = "/usr/share/datasets/fashion-mnist";

    /// The training images; throws `DatasetError` (see `load_idx_images`).
    static Images train(const std::filesystem::path& folder = default_folder) {
        return load_idx_images(folder, "train", format);
    }
    /// The test images; throws `DatasetError` (see `load_idx_images`).
    static Images test(const std::filesystem::path& folder = default_folder) {
        return load_idx_images(folder, "t10k", format);
    }

private:
    static constexpr IdxImagesFormat format{
        name,
        "the Debian package dataset-fashion-mnist or https://github.com/zalandoresearch/fashion-mnist",
        classes,
        image[1],
        image[2],
        mean,
        std};
};

} // namespace pliny
