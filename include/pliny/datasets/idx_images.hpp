// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include <pliny/datasets/idx.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/stand_in.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// What is known of a data set of IDX files before reading it: grey images [1, height, width], labels 0 to
/// classes - 1.
struct IdxImagesFormat {
    std::string_view name;
    std::string_view source;
    std::int64_t classes, height, width;
    double mean, std;
};

/// Reads `<part>-images-idx3-ubyte` and `<part>-labels-idx1-ubyte`, each plain or .gz, from `folder`, or, as
/// unpacked archives have them, `<part>-images.idx3-ubyte` and `<part>-labels.idx1-ubyte`.
///
/// `Images::name` is the format's, or what the folder's stand-in.txt says (see `stand_in_name`).
/// Throws `DatasetError`, besides what `read_idx` throws: a missing file (with the usual names), images
/// of another size, a label out of range (with its index), another number of labels than of images.
PLINY_INLINE Images load_idx_images(const std::filesystem::path& folder, std::string_view part,
                                    const IdxImagesFormat& format);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/idx_images.hpp>
#endif
