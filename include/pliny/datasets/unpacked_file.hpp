// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny::detail {

/// The bytes of a regular file, unpacked on the way when it starts like a gzip file (several members
/// allowed).
///
/// zlib's own `gzread` silently skips whatever follows the last member, hence the explicit `inflate` loop.
class UnpackedFile {
public:
    /// `expected`: what errors say that the file should be.
    UnpackedFile(const std::filesystem::path& path, std::string_view expected);
    ~UnpackedFile();
    UnpackedFile(const UnpackedFile&) = delete;
    UnpackedFile& operator=(const UnpackedFile&) = delete;

    std::uintmax_t size_on_disk() const { return size_on_disk_; }

    /// Fills `out` and returns how many bytes there were: fewer than asked for only at the end of the file.
    std::size_t read(std::span<std::uint8_t> out);

private:
    static constexpr std::uint8_t gzip_id = 0x1f;

    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    bool refill();
    std::size_t copy(std::span<std::uint8_t> out);
    std::size_t unpack(std::span<std::uint8_t> out);
    void next_member();

    std::filesystem::path path_;
    std::unique_ptr<std::FILE, Close> file_;
    std::uintmax_t size_on_disk_ = 0;
    std::array<std::uint8_t, std::size_t{1} << 16> buffer_;
    z_stream stream_{};
    bool packed_ = false;
    bool ended_ = false;
};

/// Reads the `promised` bytes with which a file ends after its header. Memory grows with what is really
/// there; `likely` bytes are reserved. `file.read` fills a span and returns less only at the end. Throws
/// `DatasetError` for fewer bytes and for more.
template <class File>
std::vector<std::uint8_t> read_promised(File& file, const std::filesystem::path& path, std::uint64_t promised,
                                        std::uint64_t likely) {
    constexpr std::uint64_t chunk = std::uint64_t{1} << 20;
    std::vector<std::uint8_t> bytes;
    bytes.reserve(static_cast<std::size_t>(std::min(promised, likely)));
    while (bytes.size() < promised) {
        const std::size_t begin = bytes.size();
        const auto ask = static_cast<std::size_t>(std::min(promised - begin, chunk));
        bytes.resize(begin + ask);
        const std::size_t got = file.read(std::span(bytes).subspan(begin));
        if (got < ask) {
            dataset_error(path, std::to_string(begin + got) + " bytes of data (truncated)",
                          std::to_string(promised) + ", as its header promises");
        }
    }
    std::uint8_t beyond = 0;
    if (file.read(std::span(&beyond, 1)) != 0) {
        dataset_error(path, "trailing bytes after the data",
                      std::to_string(promised) + " bytes of data, as its header promises");
    }
    return bytes;
}

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/unpacked_file.hpp>
#endif
