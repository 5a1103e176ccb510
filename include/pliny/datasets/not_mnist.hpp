// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <pliny/datasets/images.hpp>
#include <pliny/datasets/letter_images.hpp>
#include <pliny/datasets/stand_in.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// notMNIST: the letters A to J as fonts draw them, grey, 28 x 28; up to 60,000 images to train and 10,000 to
/// test.
///
/// Source: Bulatov, http://yaroslavvb.blogspot.com/2011/09/notmnist-dataset.html: an archive of PNG files, of
/// which `list_letter_files` says how they are split. There is no official mean and standard deviation, since
/// there is no official split: both parts are normalised with those of the first 10,000 training images.
struct NotMnist {
    static constexpr std::string_view name = "notMNIST";
    static constexpr std::int64_t classes = 10;
    static constexpr std::array<std::int64_t, 3> image{1, LetterImages::height, LetterImages::width};

    /// The training images; throws `DatasetError` (see `list_letter_files`, `read_letter_images`,
    /// `stand_in_name`).
    static Images train(const std::filesystem::path& folder);
    /// The test images; throws as `train` does.
    static Images test(const std::filesystem::path& folder);

private:
    static constexpr std::size_t images_for_statistics = 10'000;

    static Images images(const std::filesystem::path& folder, LetterImages letters,
                         const PixelStatistics& statistics);
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/not_mnist.hpp>
#endif
