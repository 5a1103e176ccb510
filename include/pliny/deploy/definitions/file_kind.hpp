// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/file_bytes.hpp>
#include <pliny/deploy/file_kind.hpp>

namespace pliny::detail {

PLINY_INLINE FileKind file_kind(const SafetensorsMetadata& metadata) {
    return metadata.contains("pliny.checkpoint")  ? FileKind::checkpoint
           : metadata.contains("pliny.bits")      ? FileKind::quantized
           : metadata.contains("pliny.search_of") ? FileKind::search_model
           : metadata.contains("pliny.found")     ? FileKind::network
           : metadata.contains("pliny.network")   ? FileKind::unclear
                                                  : FileKind::foreign;
}

PLINY_INLINE std::string_view kind_text(FileKind kind) {
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

PLINY_INLINE void expect_kind(const std::filesystem::path& path, const SafetensorsMetadata& metadata,
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

PLINY_INLINE SafetensorsFile read_kind(const std::filesystem::path& path, FileKind expected) {
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
