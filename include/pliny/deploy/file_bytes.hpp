// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny::detail {

/// Reads until `out` is full; throws `FileError` if the file ends before.
PLINY_INLINE void read_exactly(int file, const std::filesystem::path& path, std::span<std::byte> out);

/// A regular file, open to be read, and its size in bytes; FileError where there is none.
PLINY_INLINE std::pair<FileDescriptor, std::uint64_t> open_to_read(const std::filesystem::path& path);

/// Bytes in memory that live as long as any copy of the pointer.
struct FileBytes {
    std::shared_ptr<const std::byte[]> owner;
    std::span<const std::byte> all;
};

/// The first bytes of a file, at most `most` of them.
PLINY_INLINE FileBytes read_file_start(const std::filesystem::path& path, std::uint64_t most);
PLINY_INLINE FileBytes read_whole_file(const std::filesystem::path& path);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/file_bytes.hpp>
#endif
