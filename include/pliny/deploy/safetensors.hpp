// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/file_bytes.hpp>
#include <pliny/deploy/safetensors_header.hpp>

namespace pliny {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

/// A file in memory: `tensors` are sorted by name and view `bytes`, which lives as long as any copy of the
/// pointer.
///
/// `bytes` is aligned for every element type; a single tensor is only as aligned as its offset in the file.
struct SafetensorsFile {
    std::filesystem::path path;
    SafetensorsMetadata metadata;
    std::vector<TensorView> tensors;
    std::shared_ptr<const std::byte[]> bytes;

    /// The tensor of that name, or `nullptr`; logarithmic time.
    const TensorView* find(std::string_view name) const {
        const auto found = std::ranges::lower_bound(tensors, name, std::less<>(), &TensorView::name);
        return found != tensors.end() && found->name == name ? &*found : nullptr;
    }

    /// The tensor of that name; throws `FileError` naming file and tensor when there is none.
    const TensorView& at(std::string_view name) const {
        if (const auto* tensor = find(name))
            return *tensor;
        detail::file_error(path, "found no tensor " + detail::in_quotes(name) + "; expected it among the " +
                                     std::to_string(tensors.size()) + " of the file");
    }
};

namespace detail {

/// A text as JSON, in quotes; FileError naming the file unless it is valid UTF-8.
PLINY_INLINE std::string json_string(const std::filesystem::path& path, std::string_view text);

} // namespace detail

/// Writes tensors and metadata as a safetensors file: complete and on disk, or not at all (see `AtomicFile`).
///
/// The bytes depend only on the arguments, not on the order of `tensors`; tensors are aligned in the file.
/// Throws `FileError` naming file and tensor: unknown element type, size that does not fit the shape, a name
/// twice, text that is not UTF-8, a header over 100 MB, or the system's reason.
PLINY_INLINE void write_safetensors(const std::filesystem::path& path, const SafetensorsMetadata& metadata,
                                    std::span<const TensorView> tensors);

/// Reads a whole safetensors file and checks all of it before any tensor is handed out.
///
/// Throws `FileError` naming file, tensor, found and expected: missing or unreadable file, a header that is
/// cut off, too long (over 100 MB), not JSON or not of the format, a name or field twice, an unknown element
/// type, an impossible shape, data that does not fit the shape, overlaps, has holes or does not end with the
/// file. Format: https://github.com/huggingface/safetensors#format.
PLINY_INLINE SafetensorsFile read_safetensors(const std::filesystem::path& path);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/safetensors.hpp>
#endif
