// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/images.hpp>
#include <pliny/datasets/letter_images.hpp>
#include <pliny/datasets/not_mnist.hpp>
#include <pliny/datasets/stand_in.hpp>

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

namespace pliny {

PLINY_INLINE Images NotMnist::train(const std::filesystem::path& folder) {
    const LetterFiles files = list_letter_files(folder);
    LetterImages letters = read_letter_images(folder, files.train, 60'000);
    const std::size_t known = std::min(letters.labels.size(), images_for_statistics);
    const auto statistics =
        pixel_statistics(std::span(letters.pixels).first(known * LetterImages::pixels_per_image));
    return images(folder, std::move(letters), statistics);
}

PLINY_INLINE Images NotMnist::test(const std::filesystem::path& folder) {
    const LetterFiles files = list_letter_files(folder);
    const auto known = read_letter_images(folder, files.train, images_for_statistics);
    return images(folder, read_letter_images(folder, files.test, 10'000), pixel_statistics(known.pixels));
}

PLINY_INLINE Images NotMnist::images(const std::filesystem::path& folder, LetterImages letters,
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

} // namespace pliny
