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
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// Files of one format: how their names end, in small letters, and what makes an image with `out.channels`
/// channels of their bytes; it returns what was found instead, or nothing.
struct ImageDecoder {
    std::vector<std::string> endings;
    std::string (*decode)(std::span<const std::uint8_t> file, DecodedImage& out);
};

/// PNG files: what folders of images are made of without anything said.
PLINY_INLINE ImageDecoder png_decoder();

/// An image in a class's folder; `decoder` is the index of that which takes it.
struct ImageFile {
    std::filesystem::path path;
    std::int64_t label = 0;
    std::size_t decoder = 0;
};

/// The images of a folder, sorted by class and by the bytes of their names.
struct ImageFolders {
    std::vector<std::string> class_names;
    std::vector<ImageFile> files;
};

namespace detail {

inline constexpr std::string_view class_folders = "a folder for each class, with images in it";

} // namespace detail

/// Lists the images of `<folder>/<class>/<name>`, without reading them.
///
/// Classes are the folders in `folder`, sorted by the bytes of their names, or `class_names`, in that order,
/// which must then be all of them. Hidden files and folders, those of macOS's archives and files that are no
/// images are passed over. Throws `DatasetError` where there is no such folder, one without images, or images
/// of a format that none of `decoders` takes.
PLINY_INLINE ImageFolders list_image_folders(const std::filesystem::path& folder,
                                             const std::vector<ImageDecoder>& decoders = {png_decoder()},
                                             const std::vector<std::string>& class_names = {});

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/image_folders.hpp>
#endif
