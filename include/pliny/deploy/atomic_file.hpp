// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <pliny/meta/compiled.hpp>

namespace pliny {

/// A file that cannot be read or written; the message names the file, what was found and what was expected.
class FileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

[[noreturn]] PLINY_INLINE void file_error(const std::filesystem::path& path, std::string_view problem);

[[noreturn]] PLINY_INLINE void system_file_error(const std::filesystem::path& path, std::string_view action,
                                                 int error);

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
    explicit AtomicFile(const std::filesystem::path& path);
    ~AtomicFile() { discard(); }
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(std::span<const std::byte> bytes);
    void write(std::string_view text);

    /// Puts the file in its place, on disk when this returns; nothing may be written after it.
    void commit();

private:
    std::filesystem::path folder() const {
        return path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    }

    void open_temporary();
    void keep_permissions();
    void flush_folder() const;
    void discard() noexcept;

    std::filesystem::path path_;
    std::filesystem::path temporary_;
    detail::FileDescriptor file_;
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/atomic_file.hpp>
#endif
