// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

namespace pliny::testing {

/// The bytes of a file that numpy has written (tests/golden/npy_files.py).
inline std::string numpy_file(const std::string& name) {
    static const nlohmann::json files = [] {
        std::ifstream file(PLINY_TEST_DATA "/npy_files.json");
        return nlohmann::json::parse(file);
    }();
    const std::string hex = files.at(name);
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}

/// A .npy file with that header and those data.
inline std::string npy_file(const std::string& header, const std::string& data) {
    std::string bytes("\x93NUMPY\1\0", 8);
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    return bytes + header + data;
}

} // namespace pliny::testing
