// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include <zlib.h>

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/safetensors_header.hpp>

namespace pliny::detail {

inline constexpr std::uint32_t zip_local_signature = 0x04034b50, zip_central_signature = 0x02014b50,
                               zip_end_signature = 0x06054b50, zip64_end_signature = 0x06064b50,
                               zip64_locator_signature = 0x07064b50;
inline constexpr std::size_t zip_local_size = 30, zip_central_size = 46, zip_end_size = 22,
                             zip64_end_size = 56, zip64_locator_size = 20;
inline constexpr std::uint16_t zip64_extra = 0x0001;
inline constexpr std::uint64_t zip_entry_limit = 1'000'000;

/// The entries of a zip archive in memory, uncompressed as PyTorch stores them; zip64 included. All offsets
/// are checked against the file, and the checksum of an entry when it is asked for. The archive views
/// `bytes`. Format: APPNOTE.TXT of PKWARE, 6.3.
class ZipArchive {
public:
    ZipArchive(const std::filesystem::path& path, std::span<const std::byte> bytes)
        : path_(path), bytes_(bytes) {
        const Directory directory = find_directory();
        std::uint64_t at = directory.begin;
        for (std::uint64_t i = 0; i < directory.entries; ++i)
            at = read_entry(at, directory.begin + directory.size);
    }

    /// The content of an entry; FileError where there is none, or its checksum is another.
    std::span<const std::byte> at(std::string_view name) const {
        const auto found = entries_.find(name);
        if (found == entries_.end())
            file_error(path_, "found no entry " + in_quotes(name) + " in the archive; expected it");
        const Entry& entry = found->second;
        const auto data = bytes_.subspan(static_cast<std::size_t>(entry.begin), entry.size);
        if (entry.crc != 0) { // 0: written without checksums
            const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size());
            if (crc != entry.crc)
                file_error(path_, "entry " + in_quotes(name) +
                                      ": found another checksum than the archive says; " +
                                      "the file has been altered");
        }
        return data;
    }
    bool contains(std::string_view name) const { return entries_.contains(name); }

    /// What stands before `ending` in the name of the one entry that ends so; FileError where there is none
    /// or several.
    std::string_view before(std::string_view ending) const {
        const std::string* match = nullptr;
        for (const auto& [name, entry] : entries_)
            if (name.ends_with(ending)) {
                if (match)
                    file_error(path_, "found two entries that end in " + in_quotes(ending) + ": " +
                                          in_quotes(*match) + " and " + in_quotes(name));
                match = &name;
            }
        if (!match)
            file_error(path_, "found a zip archive without an entry " + in_quotes(ending) +
                                  "; expected one that torch.save wrote");
        return std::string_view(*match).substr(0, match->size() - ending.size());
    }

private:
    struct Entry {
        std::uint64_t begin;
        std::size_t size;
        std::uint32_t crc;
    };
    struct Directory {
        std::uint64_t entries, size, begin;
    };

    /// A little-endian number; the caller has checked that it is inside.
    template <class Number>
    Number number(std::uint64_t at) const {
        Number value = 0;
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            value = static_cast<Number>(value | static_cast<Number>(bytes_[static_cast<std::size_t>(at) + i])
                                                    << (8 * i));
        return value;
    }
    std::string_view text(std::uint64_t at, std::size_t size) const {
        return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
    }
    /// Whether `size` bytes stand at `at`, before `end`.
    static bool inside(std::uint64_t at, std::uint64_t size, std::uint64_t end) {
        return at <= end && size <= end - at;
    }
    [[noreturn]] void broken(const std::string& what) const {
        file_error(path_, "found " + what + "; expected a whole zip archive as torch.save writes it");
    }

    Directory find_directory() const {
        const std::uint64_t size = bytes_.size();
        if (size < zip_end_size)
            broken(std::to_string(size) + " bytes");
        const std::uint64_t first = size - std::min<std::uint64_t>(size, zip_end_size + 0xffff);
        std::uint64_t end = size - zip_end_size;
        while (number<std::uint32_t>(end) != zip_end_signature) {
            if (end == first)
                broken("no directory at the end: the file is cut off");
            --end;
        }
        Directory found{number<std::uint16_t>(end + 10), number<std::uint32_t>(end + 12),
                        number<std::uint32_t>(end + 16)};
        if (end >= zip64_locator_size &&
            number<std::uint32_t>(end - zip64_locator_size) == zip64_locator_signature) {
            const auto at = number<std::uint64_t>(end - zip64_locator_size + 8);
            if (!inside(at, zip64_end_size, end) || number<std::uint32_t>(at) != zip64_end_signature)
                broken("a directory that points outside");
            found = {number<std::uint64_t>(at + 32), number<std::uint64_t>(at + 40),
                     number<std::uint64_t>(at + 48)};
        }
        if (!inside(found.begin, found.size, end))
            broken("a directory that points outside");
        if (found.entries > zip_entry_limit)
            broken(std::to_string(found.entries) + " entries");
        return found;
    }

    /// Reads an entry of the directory; gives where the next one begins.
    std::uint64_t read_entry(std::uint64_t at, std::uint64_t end) {
        if (!inside(at, zip_central_size, end) || number<std::uint32_t>(at) != zip_central_signature)
            broken("a directory that is shorter than it says");
        const std::size_t name_size = number<std::uint16_t>(at + 28),
                          extra_size = number<std::uint16_t>(at + 30),
                          comment_size = number<std::uint16_t>(at + 32);
        const std::uint64_t name_at = at + zip_central_size, extra_at = name_at + name_size;
        if (!inside(name_at, name_size + extra_size + comment_size, end))
            broken("a directory that is shorter than it says");
        const std::string_view name = text(name_at, name_size);
        const auto method = number<std::uint16_t>(at + 10);
        if ((number<std::uint16_t>(at + 8) & 1) != 0 || method != 0)
            broken("entry " + in_quotes(name) + " compressed or encrypted");
        std::uint64_t packed = number<std::uint32_t>(at + 20), size = number<std::uint32_t>(at + 24),
                      local = number<std::uint32_t>(at + 42);
        read_zip64(extra_at, extra_at + extra_size, {&size, &packed, &local});
        if (!inside(local, zip_local_size, bytes_.size()) ||
            number<std::uint32_t>(local) != zip_local_signature)
            broken("entry " + in_quotes(name) + " outside of the file");
        const std::uint64_t local_name = number<std::uint16_t>(local + 26),
                            begin = local + zip_local_size + local_name + number<std::uint16_t>(local + 28);
        if (packed != size || !inside(begin, size, bytes_.size()))
            broken("entry " + in_quotes(name) + " outside of the file");
        if (local_name != name_size || text(local + zip_local_size, name_size) != name)
            broken("entry " + in_quotes(name) + " under another name in the directory");
        if (!entries_
                 .try_emplace(std::string(name),
                              Entry{begin, static_cast<std::size_t>(size), number<std::uint32_t>(at + 16)})
                 .second)
            broken("entry " + in_quotes(name) + " twice");
        return extra_at + extra_size + comment_size;
    }

    /// Takes those numbers from the zip64 field that do not fit into 32 bits.
    void read_zip64(std::uint64_t at, std::uint64_t end,
                    std::initializer_list<std::uint64_t*> numbers) const {
        constexpr std::uint64_t elsewhere = 0xffffffff;
        std::uint64_t field = 0, field_end = 0;
        while (inside(at, 4, end)) {
            const std::uint64_t size = number<std::uint16_t>(at + 2);
            if (number<std::uint16_t>(at) == zip64_extra && inside(at + 4, size, end)) {
                field = at + 4;
                field_end = field + size;
            }
            at += 4 + size;
        }
        for (std::uint64_t* each : numbers)
            if (*each == elsewhere) {
                if (!inside(field, 8, field_end))
                    broken("a size that is missing");
                *each = number<std::uint64_t>(field);
                field += 8;
            }
    }

    const std::filesystem::path& path_;
    std::span<const std::byte> bytes_;
    std::map<std::string, Entry, std::less<>> entries_;
};

} // namespace pliny::detail
