// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pliny {

/// A data set that cannot be used; the message names the file, what was found and what was expected.
class DatasetError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

[[noreturn]] inline void dataset_error(const std::filesystem::path& path, std::string_view found,
                                       std::string_view expected) {
    std::string message = path.string();
    message.append(": found ").append(found).append("; expected ").append(expected);
    throw DatasetError(message);
}

/// A number in the fewest digits that say it, whatever the locale.
inline std::string number_text(double number) {
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

} // namespace detail

} // namespace pliny
