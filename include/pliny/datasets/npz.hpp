// SPDX-License-Identifier: Apache-2.0
#pragma once

// Needs libzip (Debian: libzip-dev; link with zip). Nothing else includes this file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <zip.h>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/npy.hpp>

namespace pliny {

/// A .npz file, as numpy.savez and savez_compressed write it: an archive of arrays with names.
///
/// Checksums are compared. Throws `DatasetError` where it cannot be read or has no such array, and as
/// `read_npy_array` does.
class NpzFile {
public:
    explicit NpzFile(std::filesystem::path path) : path_(std::move(path)) {
        constexpr std::string_view expected = "a readable .npz file";
        std::error_code error;
        if (!std::filesystem::exists(path_, error))
            detail::dataset_error(path_, "no such file", expected);
        if (!std::filesystem::is_regular_file(path_, error))
            detail::dataset_error(path_, "something not a regular file", expected);
        int code = 0;
        archive_.reset(zip_open(path_.c_str(), ZIP_RDONLY, &code));
        if (!archive_) {
            zip_error_t reason;
            zip_error_init_with_code(&reason, code);
            const std::string text = zip_error_strerror(&reason);
            zip_error_fini(&reason);
            detail::dataset_error(path_, "no archive (" + text + ")", expected);
        }
    }

    /// The names of the arrays, without .npy, in the order of the file.
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
        for (zip_int64_t i = 0; i < count; ++i)
            if (const char* name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW))
                if (const std::string_view entry = name; entry.ends_with(ending) && !is_companion(entry))
                    result.emplace_back(entry.substr(0, entry.size() - ending.size()));
        return result;
    }

    NpyArray read(const std::string& name) const {
        const std::string entry = name + std::string(ending);
        const zip_int64_t index = zip_name_locate(archive_.get(), entry.c_str(), ZIP_FL_ENC_RAW);
        if (index < 0) {
            std::string known;
            for (const std::string& other : names())
                known += (known.empty() ? "'" : ", '") + other + "'";
            detail::dataset_error(path_, "no array '" + name + "'",
                                  known.empty() ? "arrays" : "one of " + known);
        }
        Entry file(*archive_, static_cast<zip_uint64_t>(index), path_ / entry);
        return detail::read_npy_from(file, path_ / entry, file.likely_size());
    }

private:
    static constexpr std::string_view ending = ".npy";

    struct Discard {
        void operator()(zip_t* archive) const { zip_discard(archive); }
    };

    /// What is unpacked of an entry; errors call it <archive>/<entry>.
    class Entry {
    public:
        Entry(zip_t& archive, zip_uint64_t index, std::filesystem::path path) : path_(std::move(path)) {
            zip_stat_t facts;
            zip_stat_init(&facts);
            if (zip_stat_index(&archive, index, 0, &facts) == 0 && (facts.valid & ZIP_STAT_COMP_SIZE))
                packed_size_ = facts.comp_size;
            file_.reset(zip_fopen_index(&archive, index, 0));
            if (!file_)
                fail(zip_strerror(&archive));
        }
        /// How many bytes it will usually be, from those in the archive.
        std::uint64_t likely_size() const {
            constexpr std::uint64_t most = std::uint64_t{1} << 28; // an archive may lie
            return std::min(packed_size_, most);
        }
        std::size_t read(std::span<std::uint8_t> out) {
            std::size_t count = 0;
            while (count < out.size()) {
                const zip_int64_t got = zip_fread(file_.get(), out.data() + count, out.size() - count);
                if (got < 0)
                    fail(zip_file_strerror(file_.get()));
                if (got == 0)
                    break;
                count += static_cast<std::size_t>(got);
            }
            return count;
        }

    private:
        struct Close {
            void operator()(zip_file_t* file) const { zip_fclose(file); }
        };
        std::filesystem::path path_;
        std::unique_ptr<zip_file_t, Close> file_;
        std::uint64_t packed_size_ = 0;

        [[noreturn]] void fail(const std::string& reason) const {
            detail::dataset_error(path_, "something that cannot be unpacked (" + reason + ")",
                                  "an entry that is stored or deflated, with its checksum");
        }
    };

    /// Of macOS: __MACOSX/._x.npy.
    static bool is_companion(std::string_view entry) {
        const std::size_t slash = entry.rfind('/');
        return entry.substr(slash == std::string_view::npos ? 0 : slash + 1).starts_with("._");
    }

    std::filesystem::path path_;
    std::unique_ptr<zip_t, Discard> archive_;
};

} // namespace pliny
