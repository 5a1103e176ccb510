// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/image_folders.hpp>
#include <pliny/datasets/read_image_folders.hpp>
#include <pliny/datasets/stand_in.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pliny::detail {

/// The bytes [C, H, W] of an image in another size, a view of them in their own: bilinear with antialiasing,
/// as torchvision's Resize.
inline at::Tensor resized_image(DecodedImage& image, std::int64_t height, std::int64_t width) {
    const at::Tensor bytes =
        at::from_blob(image.pixels.data(), {1, image.channels, image.height, image.width}, at::kByte);
    if (image.height == height && image.width == width)
        return bytes[0];
    return at::_upsample_bilinear2d_aa(bytes.to(at::kFloat), {height, width}, /*align_corners=*/false)
        .round()
        .clamp(0, 255)
        .to(at::kByte)[0];
}

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE Examples read_image_folders(const std::filesystem::path& folder,
                                         const ImageFolderOptions& options) {
    constexpr detail::ImageLimits limits{64'000'000,
                                         "images in files of at most 64 MB, and at most 1 % broken"};
    constexpr std::int64_t largest = 16'384;
    const bool resizes = options.height != 0 || options.width != 0;
    if ((options.channels != 1 && options.channels != 3) ||
        (resizes &&
         (options.height < 1 || options.width < 1 || options.height > largest || options.width > largest)))
        detail::dataset_error(folder,
                              std::to_string(options.channels) + " channels of " +
                                  std::to_string(options.height) + " x " + std::to_string(options.width) +
                                  " asked for",
                              "1 or 3, and 1 to 16384 each, or zeros for the size of the images");
    const ImageFolders found = list_image_folders(folder, options.decoders, options.class_names);
    std::vector<std::uint8_t> pixels;
    std::vector<std::int64_t> labels;
    std::int64_t height = options.height, width = options.width;
    std::string first;
    DecodedImage image;
    Examples data;
    data.skipped = detail::read_image_files(
        found.files.size(), found.files.size(), limits, [&](std::size_t i) { return found.files[i].path; },
        [&](std::size_t i, std::span<const std::uint8_t> bytes) {
            const ImageFile& file = found.files[i];
            image.channels = options.channels;
            std::string problem = options.decoders[file.decoder].decode(bytes, image);
            if (!problem.empty())
                return problem;
            if (height == 0) {
                height = image.height;
                width = image.width;
                first = file.path.string();
            }
            if (!resizes && (image.height != height || image.width != width))
                detail::dataset_error(file.path,
                                      "an image of " + std::to_string(image.height) + " x " +
                                          std::to_string(image.width),
                                      std::to_string(height) + " x " + std::to_string(width) + ", as " +
                                          first + " has; .height and .width resize all");
            const at::Tensor resized = detail::resized_image(image, height, width).contiguous();
            const auto* first_byte = resized.const_data_ptr<std::uint8_t>();
            if (pixels.empty())
                pixels.reserve(found.files.size() * static_cast<std::size_t>(resized.numel()));
            pixels.insert(pixels.end(), first_byte, first_byte + resized.numel());
            labels.push_back(file.label);
            return problem;
        });
    data.inputs = detail::byte_tensor(
        std::move(pixels), {static_cast<std::int64_t>(labels.size()), options.channels, height, width});
    data.targets = at::tensor(labels, at::kLong);
    data.classes = static_cast<std::int64_t>(found.class_names.size());
    data.class_names = found.class_names;
    auto last = std::filesystem::absolute(folder).lexically_normal();
    if (last.filename().empty()) // "flowers/"
        last = last.parent_path();
    data.name = stand_in_name(options.name.empty() ? last.filename().string() : options.name, folder);
    data.check();
    return data;
}

} // namespace pliny
