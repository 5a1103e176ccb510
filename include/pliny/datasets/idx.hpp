// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/unpacked_file.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// The content of an IDX file of unsigned bytes, row-major: `bytes.size()` is the product of `shape`.
struct IdxFile {
    std::vector<std::int64_t> shape;
    std::vector<std::uint8_t> bytes;
};

/// Reads an IDX file of unsigned bytes, plain or gzip (told apart by content, not by name).
///
/// `dims`: the number of dimensions the file must have, 1 to 255; counts are at least 1.
/// Memory stays proportional to what the file really holds, whatever its header promises.
/// Throws `DatasetError`: missing, unreadable, damaged or truncated file, trailing bytes, another element
/// type, another number of dimensions, implausible counts. Format: http://yann.lecun.com/exdb/mnist.
PLINY_INLINE IdxFile read_idx(const std::filesystem::path& path, int dims);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/idx.hpp>
#endif
