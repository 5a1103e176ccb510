// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/image_files.hpp>
#include <pliny/datasets/png.hpp>
#include <pliny/datasets/shuffle.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// A PNG file of a letter's folder: its place is `<folder>/<letter>/<name>`, the label of A is 0.
struct LetterFile {
    std::uint8_t label = 0;
    std::string name;

    std::filesystem::path in(const std::filesystem::path& folder) const;
    bool operator==(const LetterFile&) const = default;
};

/// The files of a folder, in the order in which they are used; no file is in both parts.
struct LetterFiles {
    std::vector<LetterFile> train, test;
};

/// Grey images of 28 x 28 bytes, one after the other, and what `read_letter_images` had to leave out.
struct LetterImages {
    static constexpr std::int64_t height = 28, width = 28;
    static constexpr std::size_t pixels_per_image = 28 * 28;

    std::vector<std::uint8_t> pixels;
    std::vector<std::uint8_t> labels;
    std::int64_t skipped = 0;
};

/// Mean and standard deviation of pixels, on the scale 0 to 1.
struct PixelStatistics {
    double mean = 0, std = 1;
};

namespace detail {

inline constexpr std::string_view letter_folders =
    "folders A to J of PNG files, as in notMNIST "
    "(http://yaroslavvb.blogspot.com/2011/09/notmnist-dataset.html)";

} // namespace detail

/// Lists and splits the PNG files in the folders A to J of `folder`, without reading them.
///
/// The files, sorted by letter and by the bytes of their names, are shuffled with a fixed seed; the first
/// seventh is for testing. Both parts are thus the same on every machine and depend on names alone. Hidden
/// files, such as the `._0.png` that macOS leaves, are none of them. Throws `DatasetError` where a folder is
/// missing, has no PNG file, or cannot be listed.
PLINY_INLINE LetterFiles list_letter_files(const std::filesystem::path& folder);

/// Reads the first `wanted` of `files` that hold an image of 28 x 28; broken ones, which the archive of
/// notMNIST has some of, are left out and counted.
///
/// Broken is what is unreadable, larger than 1 MB, no PNG file, cut off, damaged, or of another size. Throws
/// `DatasetError` where that is more than one in a hundred of those tried; it names the first and their
/// number.
PLINY_INLINE LetterImages read_letter_images(const std::filesystem::path& folder,
                                             std::span<const LetterFile> files, std::size_t wanted);

/// Mean and standard deviation of `pixels`, from exact sums.
PLINY_INLINE PixelStatistics pixel_statistics(std::span<const std::uint8_t> pixels);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/letter_images.hpp>
#endif
