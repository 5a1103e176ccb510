// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/png.hpp>

#include <png.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pliny::detail {

/// libpng's simplified interface, opened on a file in memory. Nothing is printed.
class PngReader {
public:
    PngReader() { image_.version = PNG_IMAGE_VERSION; }
    ~PngReader() { png_image_free(&image_); }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;

    std::int64_t height() const { return image_.height; }
    std::int64_t width() const { return image_.width; }

    /// Reads the header; returns what was found instead of a PNG image, or nothing.
    [[nodiscard]] std::string open(std::span<const std::uint8_t> file) {
        if (file.empty())
            return "an empty file";
        if (!png_image_begin_read_from_memory(&image_, file.data(), file.size()))
            return "no PNG image (" + std::string(image_.message) + ")";
        return {};
    }
    /// Decodes into `out` of height x width x channels bytes, row by row, the channels of a pixel side by
    /// side: 1 is grey, 3 red, green and blue. Returns what is wrong, or nothing.
    [[nodiscard]] std::string decode(int channels, std::span<std::uint8_t> out) {
        image_.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
        image_.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
        const png_color black{};
        if (!png_image_finish_read(&image_, &black, out.data(), 0, nullptr))
            return "a damaged PNG image (" + std::string(image_.message) + ")";
        return {};
    }

private:
    png_image image_{};
};

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE std::string decode_grey_png(std::span<const std::uint8_t> file, std::int64_t height,
                                         std::int64_t width, std::span<std::uint8_t> out) {
    if (height < 1 || width < 1 ||
        out.size() / static_cast<std::size_t>(width) != static_cast<std::size_t>(height) ||
        out.size() % static_cast<std::size_t>(width) != 0) {
        throw DatasetError("decode_grey_png: found room for " + std::to_string(out.size()) +
                           " pixels; expected " + std::to_string(height) + " x " + std::to_string(width));
    }
    detail::PngReader png;
    if (std::string problem = png.open(file); !problem.empty())
        return problem;
    if (png.height() != height || png.width() != width)
        return "an image of " + std::to_string(png.height()) + " x " + std::to_string(png.width());
    return png.decode(1, out);
}

PLINY_INLINE std::string decode_png(std::span<const std::uint8_t> file, DecodedImage& out) {
    constexpr std::int64_t longest = 16'384;
    if (out.channels != 1 && out.channels != 3)
        throw DatasetError("decode_png: found " + std::to_string(out.channels) +
                           " channels asked for; expected 1 or 3");
    detail::PngReader png;
    if (std::string problem = png.open(file); !problem.empty())
        return problem;
    constexpr std::int64_t most_per_byte = 8 * 1032; // one bit each, and what deflate packs at most
    if (png.height() > longest || png.width() > longest ||
        png.height() * png.width() / most_per_byte > static_cast<std::int64_t>(file.size()))
        return "an image of " + std::to_string(png.height()) + " x " + std::to_string(png.width());
    out.height = png.height();
    out.width = png.width();
    const auto channels = static_cast<std::size_t>(out.channels);
    const std::size_t area = static_cast<std::size_t>(out.height * out.width);
    std::vector<std::uint8_t> pixels(area * channels);
    if (std::string problem = png.decode(static_cast<int>(out.channels), pixels); !problem.empty())
        return problem;
    if (channels == 1) {
        out.pixels = std::move(pixels);
        return {};
    }
    out.pixels.resize(pixels.size());
    for (std::size_t channel = 0; channel < channels; ++channel)
        for (std::size_t i = 0; i < area; ++i)
            out.pixels[channel * area + i] = pixels[i * channels + channel];
    return {};
}

} // namespace pliny
