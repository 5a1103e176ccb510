// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/idx.hpp>
#include <pliny/datasets/idx_images.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/stand_in.hpp>

#include <ATen/ops/empty.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace pliny::detail {

/// The file of `<part>-<content>-idx<dims>-ubyte` in `folder`, or, as unpacked archives have it,
/// `<part>-<content>.idx<dims>-ubyte`; each plain or with the ending .gz. Only regular files count: programs
/// that unpack make folders of these names.
inline std::filesystem::path find_idx_file(const std::filesystem::path& folder, const std::string& content,
                                           const std::string& ending, const IdxImagesFormat& format) {
    const std::string usual = content + "-" + ending, unpacked = content + "." + ending;
    std::filesystem::path other;
    for (const std::string& name : {usual, usual + ".gz", unpacked, unpacked + ".gz"}) {
        std::error_code ignored;
        const auto path = folder / name;
        if (std::filesystem::is_regular_file(path, ignored))
            return path;
        if (other.empty() && std::filesystem::exists(path, ignored))
            other = path;
    }
    if (!other.empty())
        return other; // reading it says what it is
    std::string message(format.name);
    message += ": found neither " + (folder / usual).string() + " nor " + (folder / usual).string() +
               ".gz; expected one of them, from ";
    throw DatasetError(message.append(format.source));
}

inline at::Tensor idx_labels(const std::filesystem::path& path, const IdxFile& file, std::int64_t classes) {
    at::Tensor labels = at::empty({file.shape[0]}, at::kLong);
    auto* to = labels.mutable_data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < file.bytes.size(); ++i) {
        if (file.bytes[i] >= classes) {
            dataset_error(path, "label " + std::to_string(file.bytes[i]) + " at index " + std::to_string(i),
                          "0 to " + std::to_string(classes - 1));
        }
        to[i] = file.bytes[i];
    }
    return labels;
}

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE Images load_idx_images(const std::filesystem::path& folder, std::string_view part,
                                    const IdxImagesFormat& format) {
    const std::string name(part);
    const auto images_path = detail::find_idx_file(folder, name + "-images", "idx3-ubyte", format);
    const auto labels_path = detail::find_idx_file(folder, name + "-labels", "idx1-ubyte", format);
    const IdxFile labels = read_idx(labels_path, 1);
    IdxFile images = read_idx(images_path, 3);
    if (images.shape[1] != format.height || images.shape[2] != format.width) {
        detail::dataset_error(images_path,
                              "images of " + std::to_string(images.shape[1]) + " x " +
                                  std::to_string(images.shape[2]),
                              std::to_string(format.height) + " x " + std::to_string(format.width));
    }
    if (labels.shape[0] != images.shape[0]) {
        detail::dataset_error(labels_path, std::to_string(labels.shape[0]) + " labels",
                              "as many as the " + std::to_string(images.shape[0]) + " images in " +
                                  images_path.string());
    }
    at::Tensor checked = detail::idx_labels(labels_path, labels, format.classes);
    const std::array<std::int64_t, 4> sizes{images.shape[0], 1, images.shape[1], images.shape[2]};
    return {detail::byte_tensor(std::move(images.bytes), sizes),
            std::move(checked),
            format.classes,
            format.mean,
            format.std,
            stand_in_name(format.name, folder)};
}

} // namespace pliny
