// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include <zlib.h>

namespace pliny::testing {

/// `bytes` as one gzip member.
inline std::string gzipped(const std::string& bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        std::abort();
    std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        std::abort();
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

inline std::string idx_header(std::initializer_list<std::uint32_t> shape, char type = 0x08) {
    std::string header{0, 0, type, static_cast<char>(shape.size())};
    for (const auto count : shape) {
        for (int shift = 24; shift >= 0; shift -= 8)
            header += static_cast<char>(count >> shift & 0xff);
    }
    return header;
}

} // namespace pliny::testing
