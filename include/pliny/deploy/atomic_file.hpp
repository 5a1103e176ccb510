// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pliny {

/// A file that cannot be read or written; the message names the file, what was found and what was expected.
class FileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

[[noreturn]] inline void file_error(const std::filesystem::path& path, std::string_view problem) {
    throw FileError(path.string() + ": " + std::string(problem));
}

[[noreturn]] inline void system_file_error(const std::filesystem::path& path, std::string_view action,
                                           int error) {
    file_error(path, std::string(action) + ": " + std::generic_category().message(error));
}

/// An open file, closed when it goes out of scope.
class FileDescriptor {
public:
    explicit FileDescriptor(int number = -1) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~FileDescriptor() {
        if (number_ >= 0)
            ::close(number_);
    }

    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    int close() { return ::close(std::exchange(number_, -1)); }

private:
    int number_;
};

} // namespace detail

/// A file written beside its final place, which it takes only when `commit` says that it is complete.
///
/// Readers see the old content or the new one, never a mixture, and so does a machine that loses power.
/// Without `commit` (an exception, an early return) the old file stays and the temporary one is removed.
/// A symbolic link to an existing file is followed, and the permissions of a replaced file are kept.
/// Throws `FileError` with the file's name and the system's reason.
class AtomicFile {
public:
    explicit AtomicFile(const std::filesystem::path& path) : path_(path) {
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
    ~AtomicFile() { discard(); }
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(std::span<const std::byte> bytes) {
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
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

    /// Puts the file in its place, on disk when this returns; nothing may be written after it.
    void commit() {
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

private:
    std::filesystem::path folder() const {
        return path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    }

    void open_temporary() {
        constexpr std::string_view digits = "0123456789abcdef";
        constexpr int attempts = 100;
        std::random_device random;
        int error = 0;
        for (int attempt = 0; attempt < attempts; ++attempt) {
            std::string name = ".pliny-";
            for (int i = 0; i < 16; ++i)
                name += digits[random() % digits.size()];
            auto candidate = folder() / (name + ".tmp");
            file_ = detail::FileDescriptor(
                ::open(candidate.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
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

    void keep_permissions() {
        struct stat old {};
        if (::stat(path_.c_str(), &old) == 0 && ::fchmod(file_.get(), old.st_mode & 0777) != 0) {
            const int error = errno;
            discard();
            detail::system_file_error(path_, "cannot be replaced with the same permissions", error);
        }
    }

    void flush_folder() const {
        const detail::FileDescriptor opened(::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const bool flushed = opened && ::fsync(opened.get()) == 0;
        const bool unsupported = opened && !flushed && (errno == EINVAL || errno == ENOTSUP);
        if (!flushed && !unsupported)
            detail::system_file_error(path_, "its folder cannot be flushed to disk", errno);
    }

    void discard() noexcept {
        if (temporary_.empty())
            return;
        ::unlink(temporary_.c_str());
        temporary_.clear();
    }

    std::filesystem::path path_;
    std::filesystem::path temporary_;
    detail::FileDescriptor file_;
};

} // namespace pliny
