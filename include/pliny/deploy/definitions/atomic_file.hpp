// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/atomic_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace pliny::detail {

PLINY_INLINE void file_error(const std::filesystem::path& path, std::string_view problem) {
    throw FileError(path.string() + ": " + std::string(problem));
}

PLINY_INLINE void system_file_error(const std::filesystem::path& path, std::string_view action, int error) {
    file_error(path, std::string(action) + ": " + std::generic_category().message(error));
}

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    const bool replaces = std::filesystem::exists(status);
    if (replaces) {
        if (!std::filesystem::is_regular_file(status)) {
            detail::file_error(path,
                               "cannot be written: found something not a regular file; expected a file");
        }
        path_ = std::filesystem::canonical(path, error);
        if (error)
            detail::system_file_error(path, "cannot be written", error.value());
    }
    if (path_.filename().empty())
        detail::file_error(path, "cannot be written: found no file name in the path");
    open_temporary();
    if (replaces)
        keep_permissions();
}

PLINY_INLINE void AtomicFile::write(std::span<const std::byte> bytes) {
    constexpr std::size_t largest_write = std::size_t{1} << 30;
    while (!bytes.empty()) {
        const ssize_t count = ::write(file_.get(), bytes.data(), std::min(bytes.size(), largest_write));
        if (count > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            detail::system_file_error(path_, "cannot be written", count == 0 ? EIO : errno);
        }
    }
}

PLINY_INLINE void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

PLINY_INLINE void AtomicFile::commit() {
    if (::fsync(file_.get()) != 0)
        detail::system_file_error(path_, "cannot be flushed to disk", errno);
    if (file_.close() != 0)
        detail::system_file_error(path_, "cannot be closed", errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        detail::system_file_error(path_, "cannot be put in place", errno);
    }
    temporary_.clear();
    flush_folder();
}

PLINY_INLINE void AtomicFile::open_temporary() {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr int attempts = 100;
    std::random_device random;
    int error = 0;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        std::string name = ".pliny-";
        for (int i = 0; i < 16; ++i)
            name += digits[random() % digits.size()];
        auto candidate = folder() / (name + ".tmp");
        file_ =
            detail::FileDescriptor(::open(candidate.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
        if (file_) {
            temporary_ = std::move(candidate);
            return;
        }
        error = errno;
        if (error != EEXIST && error != EINTR)
            break;
    }
    detail::system_file_error(path_, "cannot be written: no temporary file beside it", error);
}

PLINY_INLINE void AtomicFile::keep_permissions() {
    struct stat old {};
    if (::stat(path_.c_str(), &old) == 0 && ::fchmod(file_.get(), old.st_mode & 0777) != 0) {
        const int error = errno;
        discard();
        detail::system_file_error(path_, "cannot be replaced with the same permissions", error);
    }
}

PLINY_INLINE void AtomicFile::flush_folder() const {
    const detail::FileDescriptor opened(::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const bool flushed = opened && ::fsync(opened.get()) == 0;
    const bool unsupported = opened && !flushed && (errno == EINVAL || errno == ENOTSUP);
    if (!flushed && !unsupported)
        detail::system_file_error(path_, "its folder cannot be flushed to disk", errno);
}

PLINY_INLINE void AtomicFile::discard() noexcept {
    if (temporary_.empty())
        return;
    ::unlink(temporary_.c_str());
    temporary_.clear();
}

} // namespace pliny
