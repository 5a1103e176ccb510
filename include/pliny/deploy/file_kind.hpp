// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>

#include <pliny/deploy/safetensors.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace pliny::detail {

/// What a safetensors file holds, told by its metadata; `unclear` is a network whose metadata lacks entries.
enum class FileKind { network, quantized, search_model, checkpoint, foreign, unclear };

PLINY_INLINE FileKind file_kind(const SafetensorsMetadata& metadata);

/// The kind in words, with what reads it.
PLINY_INLINE std::string_view kind_text(FileKind kind);

/// FileError that says what the file is and what reads it, where it is of another kind than expected.
PLINY_INLINE void expect_kind(const std::filesystem::path& path, const SafetensorsMetadata& metadata,
                              FileKind expected);

/// Reads a safetensors file of pliny that must be of one kind.
PLINY_INLINE SafetensorsFile read_kind(const std::filesystem::path& path, FileKind expected);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/file_kind.hpp>
#endif
