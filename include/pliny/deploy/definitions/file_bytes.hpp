// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/file_bytes.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace pliny::detail {

PLINY_INLINE void read_exactly(int file, const std::filesystem::path& path, std::span<std::byte> out) {
    constexpr std::size_t largest_read = std::size_t{1} << 30;
    while (!out.empty()) {
        const ssize_t count = ::read(file, out.data(), std::min(out.size(), largest_read));
        if (count > 0) {
            out = out.subspan(static_cast<std::size_t>(count));
        } else if (count == 0) {
            file_error(path, "found its end " + std::to_string(out.size()) +
                                 " bytes too early; it changed while read");
        } else if (errno != EINTR) {
            system_file_error(path, "cannot be read", errno);
        }
    }
}

PLINY_INLINE std::pair<FileDescriptor, std::uint64_t> open_to_read(const std::filesystem::path& path) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        system_file_error(path, "cannot be read", errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        system_file_error(path, "cannot be read", errno);
    if (!S_ISREG(status.st_mode))
        file_error(path, "found something not a regular file; expected a file");
    return {std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

PLINY_INLINE FileBytes read_file_start(const std::filesystem::path& path, std::uint64_t most) {
    const auto [file, size] = open_to_read(path);
    const auto count = static_cast<std::size_t>(std::min(size, most));
    std::shared_ptr<std::byte[]> bytes(new std::byte[count]);
    read_exactly(file.get(), path, std::span(bytes.get(), count));
    return {bytes, std::span(bytes.get(), count)};
}

PLINY_INLINE FileBytes read_whole_file(const std::filesystem::path& path) {
    return read_file_start(path, std::uint64_t{0} - 1);
}

} // namespace pliny::detail
