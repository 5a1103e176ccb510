// SPDX-License-Identifier: Apache-2.0
#include <pliny/quantizers/packing.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace pliny;

TEST_CASE("packed codes: known bytes") {
    std::vector<std::uint8_t> bytes;
    pack(std::vector<std::int16_t>{1, -1, 0, 1, -1}, 2, bytes);
    CHECK(bytes == std::vector<std::uint8_t>{0b01'00'11'01, 0b00'00'00'11});
    bytes.clear();
    pack(std::vector<std::int16_t>{1, -1, 1}, 1, bytes);
    CHECK(bytes == std::vector<std::uint8_t>{0b101});
    bytes.clear();
    pack(std::vector<std::int16_t>{-7, 7, 3}, 4, bytes);
    CHECK(bytes == std::vector<std::uint8_t>{0x79, 0x03});
    bytes.clear();
    pack(std::vector<std::int16_t>{-32767, 258}, 16, bytes);
    CHECK(bytes == std::vector<std::uint8_t>{0x01, 0x80, 0x02, 0x01});
}

TEST_CASE("packed codes come back, whatever their bits and number") {
    std::mt19937 generator(7);
    for (int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16})
        for (std::size_t count :
             {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{1001}}) {
            const int most = bits == 1 ? 1 : (1 << (bits - 1)) - 1;
            std::vector<std::int16_t> codes(count), back(count);
            for (std::int16_t& code : codes)
                code = static_cast<std::int16_t>(
                    bits == 1 ? (generator() % 2 ? 1 : -1)
                              : static_cast<int>(generator() % static_cast<unsigned>(2 * most + 1)) - most);
            std::vector<std::uint8_t> bytes;
            pack(codes, bits, bytes);
            CHECK(bytes.size() == packed_size(count, bits));
            CHECK(bytes.size() == (count * static_cast<std::size_t>(bits) + 7) / 8);
            unpack(bytes, bits, back);
            CHECK(back == codes);
        }
}
