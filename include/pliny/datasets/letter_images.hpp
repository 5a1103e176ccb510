// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/png.hpp>
#include <pliny/datasets/small_file.hpp>

namespace pliny {

/// A PNG file of a letter's folder: its place is `<folder>/<letter>/<name>`, the label of A is 0.
struct LetterFile {
    std::uint8_t label = 0;
    std::string name;

    std::filesystem::path in(const std::filesystem::path& folder) const {
        return folder / std::string(1, static_cast<char>('A' + label)) / name;
    }
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

/// The names of a folder's entries that end in .png, capitals or not, sorted by their bytes; none where there
/// is no such folder.
inline std::vector<std::string> png_names(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error))
        return names;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        std::string name = entry->path().filename().string();
        std::string ending = name.substr(name.size() - std::min<std::size_t>(name.size(), 4));
        for (char& letter : ending)
            letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
        if (ending == ".png")
            names.push_back(std::move(name));
    }
    if (error)
        dataset_error(folder, error.message(), "a readable folder");
    std::sort(names.begin(), names.end());
    return names;
}

/// Fisher and Yates' shuffle, the same on every machine, which neither `std::shuffle` nor
/// `std::uniform_int_distribution` is; the remainder favours no place by more than 2^-40 of its share.
template <class Value>
void shuffle(std::vector<Value>& values, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t left = values.size(); left > 1; --left)
        std::swap(values[left - 1], values[random() % left]);
}

} // namespace detail

/// Lists and splits the PNG files in the folders A to J of `folder`, without reading them.
///
/// The files, sorted by letter and by the bytes of their names, are shuffled with a fixed seed; the first
/// seventh is for testing. Both parts are thus the same on every machine and depend on names alone. Throws
/// `DatasetError` where a folder is missing, has no PNG file, or cannot be listed.
inline LetterFiles list_letter_files(const std::filesystem::path& folder) {
    constexpr std::uint64_t seed = 0;
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        detail::dataset_error(folder, "no such folder", detail::letter_folders);
    std::vector<LetterFile> files;
    std::string missing;
    for (std::uint8_t label = 0; label < 10; ++label) {
        const std::string letter(1, static_cast<char>('A' + label));
        auto names = detail::png_names(folder / letter);
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

/// Reads the first `wanted` of `files` that hold an image of 28 x 28; broken ones, which the archive of
/// notMNIST has some of, are left out and counted.
///
/// Broken is what is unreadable, larger than 1 MB, no PNG file, cut off, damaged, or of another size. Throws
/// `DatasetError` where that is more than one in a hundred of those tried; it names the first and their
/// number.
inline LetterImages read_letter_images(const std::filesystem::path& folder, std::span<const LetterFile> files,
                                       std::size_t wanted) {
    constexpr std::size_t largest_file = 1'000'000;
    LetterImages images;
    images.pixels.reserve(std::min(wanted, files.size()) * LetterImages::pixels_per_image);
    std::array<std::uint8_t, LetterImages::pixels_per_image> pixels{};
    std::vector<std::uint8_t> bytes;
    std::string first_problem;
    const LetterFile* first_broken = nullptr;
    std::int64_t tried = 0;
    for (const auto& file : files) {
        if (images.labels.size() == wanted)
            break;
        ++tried;
        std::string problem = detail::read_small_file(file.in(folder), largest_file, bytes);
        if (problem.empty())
            problem = decode_grey_png(bytes, LetterImages::height, LetterImages::width, pixels);
        if (problem.empty()) {
            images.pixels.insert(images.pixels.end(), pixels.begin(), pixels.end());
            images.labels.push_back(file.label);
        } else if (++images.skipped == 1) {
            first_broken = &file;
            first_problem = std::move(problem);
        }
    }
    if (images.skipped * 100 > tried) {
        detail::dataset_error(first_broken->in(folder),
                              first_problem + ", the first of " + std::to_string(images.skipped) +
                                  " broken files among " + std::to_string(tried),
                              "PNG images of 28 x 28 in files of at most 1 MB, and at most 1 % broken");
    }
    return images;
}

/// Mean and standard deviation of `pixels`, from exact sums.
inline PixelStatistics pixel_statistics(std::span<const std::uint8_t> pixels) {
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
