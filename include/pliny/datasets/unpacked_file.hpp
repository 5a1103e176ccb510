// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <zlib.h>

#include <pliny/datasets/dataset_error.hpp>

namespace pliny::detail {

/// The bytes of a regular file, unpacked on the way when it starts like a gzip file (several members
/// allowed).
///
/// zlib's own `gzread` silently skips whatever follows the last member, hence the explicit `inflate` loop.
class UnpackedFile {
public:
    /// `expected`: what errors say that the file should be.
    UnpackedFile(const std::filesystem::path& path, std::string_view expected) : path_(path) {
        std::error_code error;
        const auto status = std::filesystem::status(path, error);
        if (!std::filesystem::exists(status))
            dataset_error(path, "no such file", expected);
        if (!std::filesystem::is_regular_file(status))
            dataset_error(path, "something not a regular file", expected);
        file_.reset(std::fopen(path.c_str(), "rb"));
        if (!file_)
            dataset_error(path, std::generic_category().message(errno), expected);
        size_on_disk_ = std::filesystem::file_size(path, error);
        if (error)
            dataset_error(path, error.message(), expected);
        refill();
        if (stream_.avail_in >= 2 && buffer_[0] == gzip_id && buffer_[1] == 0x8b) {
            if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK)
                throw std::bad_alloc();
            packed_ = true;
        }
    }
    ~UnpackedFile() {
        if (packed_)
            inflateEnd(&stream_);
    }
    UnpackedFile(const UnpackedFile&) = delete;
    UnpackedFile& operator=(const UnpackedFile&) = delete;

    std::uintmax_t size_on_disk() const { return size_on_disk_; }

    /// Fills `out` and returns how many bytes there were: fewer than asked for only at the end of the file.
    std::size_t read(std::span<std::uint8_t> out) {
        std::size_t count = 0;
        while (count < out.size() && !ended_)
            count += packed_ ? unpack(out.subspan(count)) : copy(out.subspan(count));
        return count;
    }

private:
    static constexpr std::uint8_t gzip_id = 0x1f;

    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    bool refill() {
        const std::size_t count = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
        if (std::ferror(file_.get())) {
            dataset_error(path_, "a read error (" + std::generic_category().message(errno) + ")",
                          "a readable file");
        }
        stream_.next_in = buffer_.data();
        stream_.avail_in = static_cast<uInt>(count);
        return count > 0;
    }

    std::size_t copy(std::span<std::uint8_t> out) {
        if (stream_.avail_in == 0 && !refill()) {
            ended_ = true;
            return 0;
        }
        const std::size_t count = std::min<std::size_t>(out.size(), stream_.avail_in);
        std::copy_n(stream_.next_in, count, out.data());
        stream_.next_in += count;
        stream_.avail_in -= static_cast<uInt>(count);
        return count;
    }

    std::size_t unpack(std::span<std::uint8_t> out) {
        if (stream_.avail_in == 0 && !refill()) {
            dataset_error(path_, "a gzip stream cut off after " + std::to_string(size_on_disk_) + " bytes",
                          "a complete gzip file");
        }
        const std::size_t space = std::min<std::size_t>(out.size(), std::size_t{1} << 30);
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(space);
        const int status = inflate(&stream_, Z_NO_FLUSH);
        if (status == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (status == Z_STREAM_END) {
            next_member();
        } else if (status != Z_OK) {
            const std::string reason = stream_.msg ? stream_.msg : "unknown reason";
            dataset_error(path_, "a damaged gzip stream (" + reason + ")", "a valid gzip file");
        }
        return space - stream_.avail_out;
    }

    void next_member() {
        if (stream_.avail_in == 0 && !refill()) {
            ended_ = true;
            return;
        }
        if (*stream_.next_in != gzip_id) {
            dataset_error(path_, "trailing bytes after the gzip stream", "the end of the file");
        }
        inflateReset(&stream_);
    }

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
