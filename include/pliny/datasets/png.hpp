// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <png.h>

#include <pliny/datasets/dataset_error.hpp>

namespace pliny {

/// Decodes a PNG file, given as bytes, of `height` x `width` pixels into `out`, row by row, as 8-bit grey;
/// returns what was found instead, or nothing.
///
/// Colours, palettes and 16 bits are converted by libpng; transparent pixels lie over black. Nothing is
/// printed, and nothing is allocated for an image of another size. What is in `out` is undefined where the
/// file is damaged. Throws `DatasetError` unless `out` holds height * width bytes. Format: ISO/IEC 15948.
[[nodiscard]] inline std::string decode_grey_png(std::span<const std::uint8_t> file, std::int64_t height,
                                                 std::int64_t width, std::span<std::uint8_t> out) {
    if (height < 1 || width < 1 ||
        out.size() / static_cast<std::size_t>(width) != static_cast<std::size_t>(height) ||
        out.size() % static_cast<std::size_t>(width) != 0) {
        throw DatasetError("decode_grey_png: found room for " + std::to_string(out.size()) +
                           " pixels; expected " + std::to_string(height) + " x " + std::to_string(width));
    }
    struct Reader {
        png_image image{};
        Reader() { image.version = PNG_IMAGE_VERSION; }
        ~Reader() { png_image_free(&image); }
        Reader(const Reader&) = delete;
        Reader& operator=(const Reader&) = delete;
    } reader;
    png_image& image = reader.image;
    if (file.empty())
        return "an empty file";
    if (!png_image_begin_read_from_memory(&image, file.data(), file.size()))
        return "no PNG image (" + std::string(image.message) + ")";
    if (image.height != height || image.width != width)
        return "an image of " + std::to_string(image.height) + " x " + std::to_string(image.width);
    image.format = PNG_FORMAT_GRAY;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    const png_color black{};
    if (!png_image_finish_read(&image, &black, out.data(), 0, nullptr))
        return "a damaged PNG image (" + std::string(image.message) + ")";
    return {};
}

} // namespace pliny
