// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/image_files.hpp>
#include <pliny/datasets/letter_images.hpp>
#include <pliny/datasets/png.hpp>
#include <pliny/datasets/shuffle.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace pliny {

PLINY_INLINE std::filesystem::path LetterFile::in(const std::filesystem::path& folder) const {
    return folder / std::string(1, static_cast<char>('A' + label)) / name;
}

PLINY_INLINE LetterFiles list_letter_files(const std::filesystem::path& folder) {
    constexpr std::uint64_t seed = 0;
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        detail::dataset_error(folder, "no such folder", detail::letter_folders);
    std::vector<LetterFile> files;
    std::string missing;
    for (std::uint8_t label = 0; label < 10; ++label) {
        const std::string letter(1, static_cast<char>('A' + label));
        auto names = detail::image_names(folder / letter);
        if (names.empty())
            missing += (missing.empty() ? "" : ", ") + letter;
        for (auto& name : names)
            files.push_back({label, std::move(name)});
    }
    if (!missing.empty())
        detail::dataset_error(folder, "no PNG files in " + missing, detail::letter_folders);
    detail::shuffle(files, seed);
    const auto middle = files.begin() + static_cast<std::ptrdiff_t>(files.size() / 7);
    LetterFiles parts;
    parts.test.assign(std::make_move_iterator(files.begin()), std::make_move_iterator(middle));
    parts.train.assign(std::make_move_iterator(middle), std::make_move_iterator(files.end()));
    return parts;
}

PLINY_INLINE LetterImages read_letter_images(const std::filesystem::path& folder,
                                             std::span<const LetterFile> files, std::size_t wanted) {
    constexpr detail::ImageLimits limits{
        1'000'000, "PNG images of 28 x 28 in files of at most 1 MB, and at most 1 % broken"};
    LetterImages images;
    images.pixels.reserve(std::min(wanted, files.size()) * LetterImages::pixels_per_image);
    std::array<std::uint8_t, LetterImages::pixels_per_image> pixels{};
    images.skipped = detail::read_image_files(
        files.size(), wanted, limits, [&](std::size_t i) { return files[i].in(folder); },
        [&](std::size_t i, std::span<const std::uint8_t> bytes) {
            std::string problem = decode_grey_png(bytes, LetterImages::height, LetterImages::width, pixels);
            if (problem.empty()) {
                images.pixels.insert(images.pixels.end(), pixels.begin(), pixels.end());
                images.labels.push_back(files[i].label);
            }
            return problem;
        });
    return images;
}

PLINY_INLINE PixelStatistics pixel_statistics(std::span<const std::uint8_t> pixels) {
    std::uint64_t sum = 0, square_sum = 0;
    for (const std::uint64_t pixel : pixels) {
        sum += pixel;
        square_sum += pixel * pixel;
    }
    const double count = static_cast<double>(pixels.size());
    const double mean = static_cast<double>(sum) / count;
    return {mean / 255,
            std::sqrt(std::max(0.0, static_cast<double>(square_sum) / count - mean * mean)) / 255};
}

} // namespace pliny
