// SPDX-License-Identifier: Apache-2.0
// One file among 130 sound ones in notMNIST's folders: decoded as a whole, or left out and counted. Alone, as
// an image of any size.
#include <pliny/datasets/letter_images.hpp>

#include <png.h>

#include <algorithm>

#include "scratch.hpp"

namespace {

/// Folders A to J with 13 images each, every pixel of which is 10 x the label + 1.
std::filesystem::path sound_folder() {
    const auto folder = pliny::testing::scratch_folder() / "letters";
    for (int label = 0; label < 10; ++label) {
        const auto letter = folder / std::string(1, static_cast<char>('A' + label));
        std::filesystem::create_directories(letter);
        const std::vector<png_byte> pixels(28 * 28, static_cast<png_byte>(10 * label + 1));
        for (int i = 0; i < 13; ++i) {
            png_image image{};
            image.version = PNG_IMAGE_VERSION;
            image.width = image.height = 28;
            image.format = PNG_FORMAT_GRAY;
            const auto path = letter / (std::to_string(i) + ".png");
            pliny::testing::require(
                png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 28, nullptr) != 0);
        }
    }
    return folder;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pliny;
    static const std::filesystem::path folder = sound_folder();
    testing::write_input(folder / "A" / "input.png", data, size);
    static const std::vector<LetterFile> files = [] {
        LetterFiles parts = list_letter_files(folder);
        parts.train.insert(parts.train.end(), parts.test.begin(), parts.test.end());
        return parts.train;
    }();
    const LetterImages images = read_letter_images(folder, files, files.size());
    testing::require(images.skipped == 0 || images.skipped == 1);
    testing::require(images.labels.size() + static_cast<std::size_t>(images.skipped) == files.size());
    testing::require(images.pixels.size() == images.labels.size() * LetterImages::pixels_per_image);
    std::size_t wrong = 0; // images that are not what was written: at most the input
    for (std::size_t i = 0; i < images.labels.size(); ++i) {
        const auto first =
            images.pixels.begin() + static_cast<std::ptrdiff_t>(i * LetterImages::pixels_per_image);
        wrong += !std::all_of(first, first + 28 * 28,
                              [&](std::uint8_t p) { return p == 10 * images.labels[i] + 1; });
    }
    testing::require(wrong <= 1);
    for (const std::int64_t channels : {1, 3}) {
        DecodedImage image;
        image.channels = channels;
        if (size < 500 && decode_png({data, size}, image).empty())
            testing::require(image.pixels.size() ==
                             static_cast<std::size_t>(channels * image.height * image.width));
    }
    return 0;
}
