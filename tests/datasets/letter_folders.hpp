// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "datasets/png_files.hpp"
#include "support/temporary_folder.hpp"

namespace pliny::testing {

/// Writes folders A to J with `per_letter` images each, `<letter>/<number>.png`; image n of letter l is grey
/// all over, of level 20 l + n.
inline void write_letters(const std::filesystem::path& folder, int per_letter) {
    for (int label = 0; label < 10; ++label) {
        const auto letter = folder / std::string(1, static_cast<char>('A' + label));
        std::filesystem::create_directories(letter);
        for (int i = 0; i < per_letter; ++i)
            write_file(letter / (std::to_string(i) + ".png"),
                       grey_png(static_cast<std::uint8_t>(20 * label + i)));
    }
}

} // namespace pliny::testing
