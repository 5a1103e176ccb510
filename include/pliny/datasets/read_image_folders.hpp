// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/image_folders.hpp>
#include <pliny/datasets/stand_in.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// How folders of images are to be read.
struct ImageFolderOptions {
    std::int64_t channels = 3;                 // 3: colours; 1: grey
    std::int64_t height = 0;                   // all images are resized to height x width,
    std::int64_t width = 0;                    // which with zeros must be that of all
    std::vector<std::string> class_names = {}; // the order of classes; empty: of their names' bytes
    std::vector<ImageDecoder> decoders = {png_decoder()}; // formats
    std::string name = {};                                // for reports; empty: the folder's
};

/// Examples of the images `<folder>/<class>/<name>` (see `list_image_folders`), kept as bytes in one size.
///
/// `class_names` are the names of the folders. A batch has byte / 255, until a `Standardisation` says
/// otherwise. Unreadable or damaged files and those of more than 64 MB are left out and counted in `skipped`.
/// Throws `DatasetError` where these are more than one in a hundred, and for an image of another size than
/// the first where none is asked for.
PLINY_INLINE Examples read_image_folders(const std::filesystem::path& folder,
                                         const ImageFolderOptions& options = {});

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/read_image_folders.hpp>
#endif
