// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ops/empty.h>

#include <pliny/datasets/images.hpp>
#include <pliny/datasets/letter_images.hpp>
#include <pliny/datasets/stand_in.hpp>

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
    static Images train(const std::filesystem::path& folder) {
        const LetterFiles files = list_letter_files(folder);
        LetterImages letters = read_letter_images(folder, files.train, 60'000);
        const std::size_t known = std::min(letters.labels.size(), images_for_statistics);
        const auto statistics =
            pixel_statistics(std::span(letters.pixels).first(known * LetterImages::pixels_per_image));
        return images(folder, std::move(letters), statistics);
    }
    /// The test images; throws as `train` does.
    static Images test(const std::filesystem::path& folder) {
        const LetterFiles files = list_letter_files(folder);
        const auto known = read_letter_images(folder, files.train, images_for_statistics);
        return images(folder, read_letter_images(folder, files.test, 10'000), pixel_statistics(known.pixels));
    }

private:
    static constexpr std::size_t images_for_statistics = 10'000;

    static Images images(const std::filesystem::path& folder, LetterImages letters,
                         const PixelStatistics& statistics) {
        const auto count = static_cast<std::int64_t>(letters.labels.size());
        at::Tensor labels = at::empty({count}, at::kLong);
        std::copy(letters.labels.begin(), letters.labels.end(), labels.mutable_data_ptr<std::int64_t>());
        const std::array<std::int64_t, 4> sizes{count, 1, LetterImages::height, LetterImages::width};
        return {detail::byte_tensor(std::move(letters.pixels), sizes),
                std::move(labels),
                classes,
                statistics.mean,
                statistics.std,
                stand_in_name(name, folder),
                letters.skipped};
    }
};

} // namespace pliny
