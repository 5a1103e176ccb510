// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pliny {

/// How many bytes so many codes take.
constexpr std::size_t packed_size(std::size_t codes, int bits) {
    return (codes * static_cast<std::size_t>(bits) + 7) / 8;
}

/// Appends codes with so many bits each (two's complement; of 1 bit -1 as 0 and 1 as 1), the lowest first,
/// and fills the last byte with zeros.
inline void pack(std::span<const std::int16_t> codes, int bits, std::vector<std::uint8_t>& bytes) {
    const std::uint32_t mask = (1u << bits) - 1;
    std::uint32_t pending = 0;
    int held = 0;
    for (std::int16_t code : codes) {
        const auto value = static_cast<std::uint32_t>(bits == 1 ? (code > 0 ? 1 : 0) : code) & mask;
        pending |= value << held;
        for (held += bits; held >= 8; held -= 8) {
            bytes.push_back(static_cast<std::uint8_t>(pending));
            pending >>= 8;
        }
    }
    if (held > 0)
        bytes.push_back(static_cast<std::uint8_t>(pending));
}

/// The codes that pack has written; `bytes` holds packed_size of them.
inline void unpack(std::span<const std::uint8_t> bytes, int bits, std::span<std::int16_t> codes) {
    const std::uint32_t mask = (1u << bits) - 1, sign = 1u << (bits - 1);
    std::uint32_t pending = 0;
    int held = 0;
    std::size_t next = 0;
    for (std::int16_t& code : codes) {
        for (; held < bits; held += 8)
            pending |= static_cast<std::uint32_t>(bytes[next++]) << held;
        const std::uint32_t value = pending & mask;
        pending >>= bits;
        held -= bits;
        code = bits == 1 ? static_cast<std::int16_t>(value ? 1 : -1)
                         : static_cast<std::int16_t>(static_cast<std::int32_t>(value ^ sign) -
                                                     static_cast<std::int32_t>(sign));
    }
}

} // namespace pliny
