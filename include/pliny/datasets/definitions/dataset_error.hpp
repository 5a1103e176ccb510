// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>

#include <array>
#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>

namespace pliny::detail {

PLINY_INLINE void dataset_error(const std::filesystem::path& path, std::string_view found,
                                std::string_view expected) {
    std::string message = path.string();
    message.append(": found ").append(found).append("; expected ").append(expected);
    throw DatasetError(message);
}

PLINY_INLINE std::string number_text(double number) {
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

} // namespace pliny::detail
