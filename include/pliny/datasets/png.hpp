// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// An image as bytes, [channels, height, width], row-major.
struct DecodedImage {
    std::int64_t channels = 0, height = 0, width = 0;
    std::vector<std::uint8_t> pixels;
};

/// Decodes a PNG file, given as bytes, of `height` x `width` pixels into `out`, row by row, as 8-bit grey;
/// returns what was found instead, or nothing.
///
/// Colours, palettes and 16 bits are converted by libpng; transparent pixels lie over black. Nothing is
/// printed, and nothing is allocated for an image of another size. What is in `out` is undefined where the
/// file is damaged. Throws `DatasetError` unless `out` holds height * width bytes. Format: ISO/IEC 15948.
[[nodiscard]] PLINY_INLINE std::string decode_grey_png(std::span<const std::uint8_t> file,
                                                       std::int64_t height, std::int64_t width,
                                                       std::span<std::uint8_t> out);

/// Decodes a PNG file of any size up to 16,384 x 16,384 into `out`, with `out.channels` channels: 1 is grey,
/// 3 red, green and blue; returns what was found instead, or nothing.
///
/// Converts as `decode_grey_png`; nothing is allocated for more pixels than the file can hold. Throws
/// `DatasetError` for another number of channels.
[[nodiscard]] PLINY_INLINE std::string decode_png(std::span<const std::uint8_t> file, DecodedImage& out);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/png.hpp>
#endif
