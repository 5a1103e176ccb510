// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <zlib.h>

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/zip_archive.hpp>

namespace pliny::detail {

/// Writes a zip archive as PyTorch reads it: entries uncompressed, their contents at multiples of 64 bytes,
/// sizes and offsets of 64 bits throughout. Equal entries give equal bytes: there is no time in it.
class ZipWriter {
public:
    explicit ZipWriter(AtomicFile& file) : file_(file) {}

    void add(std::string_view name, std::span<const std::byte> content) {
        const auto crc = static_cast<std::uint32_t>(
            crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
        const std::uint64_t local = at_, size = content.size();

        std::string header, extra;
        put<std::uint16_t>(extra, zip64_extra);
        put<std::uint16_t>(extra, 16);
        put(extra, size);
        put(extra, size);
        const std::uint64_t head = at_ + zip_local_size + name.size() + extra.size() + padding_head;
        const std::uint64_t padding = (alignment - head % alignment) % alignment;
        put<std::uint16_t>(extra, padding_extra);
        put(extra, static_cast<std::uint16_t>(padding));
        extra.append(static_cast<std::size_t>(padding), 'Z');

        put(header, zip_local_signature);
        put_common(header, crc, name, extra.size());
        header.append(name).append(extra);
        write(header);
        file_.write(content);
        at_ += content.size();

        put(directory_, zip_central_signature);
        put<std::uint16_t>(directory_, version);
        put_common(directory_, crc, name, 4 + 24);
        put<std::uint16_t>(directory_, 0); // comment
        put<std::uint16_t>(directory_, 0); // disk
        put<std::uint16_t>(directory_, 0); // attributes
        put<std::uint32_t>(directory_, 0);
        put<std::uint32_t>(directory_, 0xffffffff);
        directory_.append(name);
        put<std::uint16_t>(directory_, zip64_extra);
        put<std::uint16_t>(directory_, 24);
        put(directory_, size);
        put(directory_, size);
        put(directory_, local);
        ++entries_;
    }
    void add_text(std::string_view name, std::string_view text) { add(name, std::as_bytes(std::span(text))); }

    /// Writes the directory; nothing may be added after it.
    void finish() {
        const std::uint64_t begin = at_, size = directory_.size();
        std::string end = std::move(directory_);
        put(end, zip64_end_signature);
        put<std::uint64_t>(end, zip64_end_size - 12);
        put<std::uint16_t>(end, version);
        put<std::uint16_t>(end, version);
        put<std::uint64_t>(end, 0); // disks
        put(end, entries_);
        put(end, entries_);
        put(end, size);
        put(end, begin);
        put(end, zip64_locator_signature);
        put<std::uint32_t>(end, 0);
        put(end, begin + size);
        put<std::uint32_t>(end, 1);
        put(end, zip_end_signature);
        put<std::uint32_t>(end, 0); // disks
        const auto count = static_cast<std::uint16_t>(entries_ < 0xffff ? entries_ : 0xffff);
        put(end, count);
        put(end, count);
        put<std::uint32_t>(end, 0xffffffff);
        put<std::uint32_t>(end, 0xffffffff);
        put<std::uint16_t>(end, 0);
        write(end);
    }

private:
    static constexpr std::uint16_t version = 45;           // that knows zip64
    static constexpr std::uint16_t padding_extra = 0x4246; // "FB", as PyTorch pads
    static constexpr std::uint64_t padding_head = 4, alignment = 64;

    template <class Number>
    static void put(std::string& out, Number number) {
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            out += static_cast<char>(number >> (8 * i) & 0xff);
    }
    /// The fields that an entry and its place in the directory share.
    static void put_common(std::string& out, std::uint32_t crc, std::string_view name, std::size_t extra) {
        put<std::uint16_t>(out, version);
        put<std::uint16_t>(out, 0x0800); // names in UTF-8
        put<std::uint16_t>(out, 0);      // stored
        put<std::uint32_t>(out, 0);      // no time
        put<std::uint32_t>(out, crc);
        put<std::uint32_t>(out, 0xffffffff);
        put<std::uint32_t>(out, 0xffffffff);
        put<std::uint16_t>(out, static_cast<std::uint16_t>(name.size()));
        put<std::uint16_t>(out, static_cast<std::uint16_t>(extra));
    }
    void write(std::string_view text) {
        file_.write(text);
        at_ += text.size();
    }

    AtomicFile& file_;
    std::uint64_t at_ = 0, entries_ = 0;
    std::string directory_;
};

} // namespace pliny::detail
