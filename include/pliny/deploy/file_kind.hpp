// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/safetensors.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace pliny::detail {

/// What a safetensors file holds, told by its metadata; `unclear` is a network whose metadata lacks entries.
enum class FileKind { network, quantized, search_model, checkpoint, foreign, unclear };

inline FileKind file_kind(const SafetensorsMetadata& metadata) {
    return metadata.contains("pliny.checkpoint")  ? FileKind::checkpoint
           : metadata.contains("pliny.bits")      ? FileKind::quantized
           : metadata.contains("pliny.search_of") ? FileKind::search_model
           : metadata.contains("pliny.found")     ? FileKind::network
           : metadata.contains("pliny.network")   ? FileKind::unclear
                                                  : FileKind::foreign;
}

/// The kind in words, with what reads it.
inline std::string_view kind_text(FileKind kind) {
    switch (kind) {
    case FileKind::network:
        return "a network in floating point, which load<Net> reads";
    case FileKind::quantized:
        return "a quantized network, which load_quantized<Net> reads";
    case FileKind::search_model:
        return "the model of a search, which load_into reads";
    case FileKind::checkpoint:
        return "a checkpoint of a training, which --resume reads";
    case FileKind::foreign:
    case FileKind::unclear:
        break;
    }
    return "no entry pliny.network in its metadata: weights of another program, which load_weights reads";
}

/// FileError that says what the file is and what reads it, where it is of another kind than expected.
inline void expect_kind(const std::filesystem::path& path, const SafetensorsMetadata& metadata,
                        FileKind expected) {
    const FileKind found = file_kind(metadata);
    if (found == expected || found == FileKind::unclear) // whoever reads it names the entry that is missing
        return;
    const std::string_view wanted = expected == FileKind::network      ? "a network in floating point"
                                    : expected == FileKind::quantized  ? "a quantized network"
                                    : expected == FileKind::checkpoint ? "a checkpoint of a training"
                                                                       : "the model of a search";
    file_error(path, "found " + std::string(kind_text(found)) +
                         "; expected a file written by pliny's save, " + "with " + std::string(wanted));
}

/// Reads a safetensors file of pliny that must be of one kind.
inline SafetensorsFile read_kind(const std::filesystem::path& path, FileKind expected) {
    constexpr std::string_view zip("PK\x03\x04"), pickle("\x80\x02\x8a");
    const FileBytes first = read_file_start(path, 4);
    const std::string_view start(reinterpret_cast<const char*>(first.all.data()), first.all.size());
    if (start.starts_with(zip) || start.starts_with(pickle))
        file_error(path, "found a file of PyTorch, which load_weights reads; expected a file written by "
                         "pliny's save");
    SafetensorsFile file = read_safetensors(path);
    expect_kind(path, file.metadata, expected);
    return file;
}

} // namespace pliny::detail
