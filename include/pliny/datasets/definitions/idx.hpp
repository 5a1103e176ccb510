// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/idx.hpp>
#include <pliny/datasets/unpacked_file.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace pliny::detail {

inline std::string idx_type_name(std::uint8_t code) {
    switch (code) {
    case 0x08:
        return "unsigned byte";
    case 0x09:
        return "signed byte";
    case 0x0b:
        return "short";
    case 0x0c:
        return "int";
    case 0x0d:
        return "float";
    case 0x0e:
        return "double";
    default:
        return "unknown";
    }
}

inline std::uint32_t big_endian(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
           bytes[3];
}

/// Reads the header: 0, 0, element type, number of dimensions, then one 32-bit big-endian count per
/// dimension.
inline std::vector<std::int64_t> read_idx_shape(UnpackedFile& file, const std::filesystem::path& path,
                                                int dims) {
    std::array<std::uint8_t, 4> magic{};
    const std::string want = std::to_string(dims) + " dimension(s)";
    if (const auto got = file.read(magic); got < magic.size()) {
        dataset_error(path, std::to_string(got) + " bytes",
                      "an IDX header of " + std::to_string(4 + 4 * dims));
    }
    if (magic[0] != 0 || magic[1] != 0) {
        dataset_error(path, "first bytes " + std::to_string(magic[0]) + " " + std::to_string(magic[1]),
                      "an IDX file, which starts with 0 0");
    }
    if (magic[2] != 0x08) {
        dataset_error(path, "element type " + std::to_string(magic[2]) + " (" + idx_type_name(magic[2]) + ")",
                      "type 8 (unsigned byte)");
    }
    if (magic[3] != dims)
        dataset_error(path, std::to_string(magic[3]) + " dimension(s)", want);

    std::vector<std::uint8_t> counts(static_cast<std::size_t>(dims) * 4);
    if (const auto got = file.read(counts); got < counts.size()) {
        dataset_error(path, "a header cut off after " + std::to_string(4 + got) + " bytes",
                      "the counts of " + want);
    }
    std::vector<std::int64_t> shape(static_cast<std::size_t>(dims));
    for (std::size_t i = 0; i < shape.size(); ++i) {
        shape[i] = big_endian(&counts[4 * i]);
        if (shape[i] == 0)
            dataset_error(path, "a count of 0 in dimension " + std::to_string(i), "at least 1");
    }
    return shape;
}

inline std::uint64_t idx_byte_count(const std::filesystem::path& path,
                                    const std::vector<std::int64_t>& shape) {
    std::uint64_t count = 1;
    for (const auto extent : shape) {
        const auto factor = static_cast<std::uint64_t>(extent);
        if (count > static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max()) / factor) {
            dataset_error(path, "counts whose product overflows", "a shape that fits in memory");
        }
        count *= factor;
    }
    return count;
}

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE IdxFile read_idx(const std::filesystem::path& path, int dims) {
    if (dims < 1 || dims > 255)
        throw DatasetError("read_idx: found " + std::to_string(dims) +
                           " dimensions asked for; expected 1 to 255");
    detail::UnpackedFile file(path, "a readable IDX file, plain or gzip");
    IdxFile idx;
    idx.shape = detail::read_idx_shape(file, path, dims);
    const std::uint64_t promised = detail::idx_byte_count(path, idx.shape);

    constexpr std::uint64_t usual_packing = 4;
    idx.bytes = detail::read_promised(file, path, promised, usual_packing * file.size_on_disk());
    return idx;
}

} // namespace pliny
