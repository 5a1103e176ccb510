// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/unpacked_file.hpp>

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace pliny::detail {

PLINY_INLINE UnpackedFile::UnpackedFile(const std::filesystem::path& path, std::string_view expected)
    : path_(path) {
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

PLINY_INLINE UnpackedFile::~UnpackedFile() {
    if (packed_)
        inflateEnd(&stream_);
}

PLINY_INLINE std::size_t UnpackedFile::read(std::span<std::uint8_t> out) {
    std::size_t count = 0;
    while (count < out.size() && !ended_)
        count += packed_ ? unpack(out.subspan(count)) : copy(out.subspan(count));
    return count;
}

PLINY_INLINE bool UnpackedFile::refill() {
    const std::size_t count = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
    if (std::ferror(file_.get())) {
        dataset_error(path_, "a read error (" + std::generic_category().message(errno) + ")",
                      "a readable file");
    }
    stream_.next_in = buffer_.data();
    stream_.avail_in = static_cast<uInt>(count);
    return count > 0;
}

PLINY_INLINE std::size_t UnpackedFile::copy(std::span<std::uint8_t> out) {
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

PLINY_INLINE std::size_t UnpackedFile::unpack(std::span<std::uint8_t> out) {
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

PLINY_INLINE void UnpackedFile::next_member() {
    if (stream_.avail_in == 0 && !refill()) {
        ended_ = true;
        return;
    }
    if (*stream_.next_in != gzip_id) {
        dataset_error(path_, "trailing bytes after the gzip stream", "the end of the file");
    }
    inflateReset(&stream_);
}

} // namespace pliny::detail
