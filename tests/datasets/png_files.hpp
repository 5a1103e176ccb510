// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <png.h>

namespace pliny::testing {

/// A PNG file of `height` x `width` pixels in libpng's `format`; `pixels` as that format lays them out.
template <class Value>
std::string png_file(png_uint_32 format, int height, int width, const std::vector<Value>& pixels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.format = format;
    image.height = static_cast<png_uint_32>(height);
    image.width = static_cast<png_uint_32>(width);
    const std::size_t needed = PNG_IMAGE_SIZE(image);
    std::string file(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
    png_alloc_size_t size = file.size();
    if (pixels.size() * sizeof(Value) != needed ||
        !png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr))
        std::abort();
    file.resize(size);
    return file;
}

/// A grey PNG file of 28 x 28 pixels, all of them `value`.
inline std::string grey_png(std::uint8_t value) {
    return png_file(PNG_FORMAT_GRAY, 28, 28, std::vector<std::uint8_t>(28 * 28, value));
}

inline std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

} // namespace pliny::testing
