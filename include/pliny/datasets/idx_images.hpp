// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ATen/ops/empty.h>

#include <pliny/datasets/idx.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/stand_in.hpp>

namespace pliny {

/// What is known of a data set of IDX files before reading it: grey images [1, height, width], labels 0 to
/// classes - 1.
struct IdxImagesFormat {
    std::string_view name;
    std::string_view source;
    std::int64_t classes, height, width;
    double mean, std;
};

namespace detail {

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

} // namespace detail

/// Reads `<part>-images-idx3-ubyte` and `<part>-labels-idx1-ubyte`, each plain or .gz, from `folder`, or, as
/// unpacked archives have them, `<part>-images.idx3-ubyte` and `<part>-labels.idx1-ubyte`.
///
/// `Images::name` is the format's, or what the folder's stand-in.txt says (see `stand_in_name`).
/// Throws `DatasetError`, besides what `read_idx` throws: a missing file (with the usual names), images
/// of another size, a label out of range (with its index), another number of labels than of images.
inline Images load_idx_images(const std::filesystem::path& folder, const std::string& part,
                              const IdxImagesFormat& format) {
    const auto images_path = detail::find_idx_file(folder, part + "-images", "idx3-ubyte", format);
    const auto labels_path = detail::find_idx_file(folder, part + "-labels", "idx1-ubyte", format);
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
