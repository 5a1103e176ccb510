// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/small_file.hpp>
#include <pliny/datasets/stand_in.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace pliny {

PLINY_INLINE std::string stand_in_name(std::string_view name, const std::filesystem::path& folder) {
    constexpr std::size_t largest_file = 65'536, longest_line = 200;
    constexpr std::string_view expected =
        "a text of at most 65536 bytes whose first line says what the images are";
    const auto path = folder / "stand-in.txt";
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return std::string(name);
    std::vector<std::uint8_t> bytes;
    if (const auto found = detail::read_small_file(path, largest_file, bytes); !found.empty())
        detail::dataset_error(path, found, expected);
    std::string line;
    for (const auto byte : bytes) {
        if (byte == '\n' || line.size() == longest_line)
            break;
        if (byte >= 0x80)
            line += '?';
        else if (byte >= ' ' && byte != 0x7f)
            line += static_cast<char>(byte);
    }
    if (line.find_first_not_of(' ') == std::string::npos)
        detail::dataset_error(path, "an empty first line", expected);
    return std::string(name) + " stand-in: " + line;
}

} // namespace pliny
