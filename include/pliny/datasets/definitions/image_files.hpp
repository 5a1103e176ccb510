// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/image_files.hpp>
#include <pliny/datasets/small_file.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace pliny::detail {

PLINY_INLINE bool is_left_behind(std::string_view name) {
    return name.starts_with('.') || name == "__MACOSX";
}

PLINY_INLINE bool ends_in(std::string_view name, std::string_view ending) {
    if (name.size() <= ending.size())
        return false;
    return std::ranges::equal(name.substr(name.size() - ending.size()), ending, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

PLINY_INLINE std::vector<std::string> image_names(const std::filesystem::path& folder,
                                                  std::string_view ending) {
    return names_in(folder, [&](const std::filesystem::directory_entry& entry, const std::string& name) {
        std::error_code ignored;
        return ends_in(name, ending) && !entry.is_directory(ignored);
    });
}

} // namespace pliny::detail
