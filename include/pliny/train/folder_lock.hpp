// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/atomic_file.hpp>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pliny {

/// Keeps a folder for one run: a second one that wants it gets a FileError that names the process which has
/// it. The system lets go of it when the process ends, however that happens; what is then left is a file
/// without meaning, which the next run takes.
class FolderLock {
public:
    static constexpr const char* file_name = ".pliny-lock";

    /// The folder must exist. FileError where another process has it, or where the lock cannot be written.
    explicit FolderLock(const std::filesystem::path& folder) : path(folder / file_name) {
        for (bool again = true; again;) {
            descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
            if (descriptor < 0)
                detail::system_file_error(path, "cannot be written", errno);
            if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
                const int error = errno;
                const std::string holder = error == EWOULDBLOCK ? text_of(descriptor) : "";
                ::close(descriptor);
                if (error == EWOULDBLOCK)
                    refuse(folder, holder);
                detail::system_file_error(path, "cannot be locked", error);
            }
            struct stat of_name {
            }, of_lock{};
            again = ::stat(path.c_str(), &of_name) != 0 || ::fstat(descriptor, &of_lock) != 0 ||
                    of_name.st_ino != of_lock.st_ino; // its last holder has just removed it
            if (again)
                ::close(descriptor);
        }
        const std::string holder = "process " + std::to_string(::getpid()) + "\n";
        if (::ftruncate(descriptor, 0) != 0 ||
            ::write(descriptor, holder.data(), holder.size()) != static_cast<::ssize_t>(holder.size())) {
            const int error = errno;
            ::close(descriptor);
            detail::system_file_error(path, "cannot be written", error);
        }
    }
    ~FolderLock() {
        ::unlink(path.c_str());
        ::close(descriptor);
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    /// FileError where another process has the folder; the folder need not exist, and nothing is written.
    static void check_free(const std::filesystem::path& folder) {
        const std::filesystem::path path = folder / file_name;
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0)
            return;
        const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        const std::string holder = held ? text_of(descriptor) : "";
        ::close(descriptor);
        if (held)
            refuse(folder, holder);
    }

private:
    std::filesystem::path path;
    int descriptor = -1;

    static std::string text_of(int descriptor) {
        char text[64];
        const ::ssize_t count = ::pread(descriptor, text, sizeof text, 0);
        std::string holder(text, count > 0 ? static_cast<std::size_t>(count) : 0);
        return holder.substr(0, holder.find('\n'));
    }
    [[noreturn]] static void refuse(const std::filesystem::path& folder, const std::string& holder) {
        detail::file_error(folder, "another run is going on there (" +
                                       (holder.empty() ? std::string("a process") : holder) +
                                       "); give this one another folder as --out");
    }
};

} // namespace pliny
