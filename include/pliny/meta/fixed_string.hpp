// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace pliny {

/// A string literal as a template argument: `Named<"features", Block>`.
template <std::size_t Length>
struct FixedString {
    char text[Length]{};

    consteval FixedString(const char (&literal)[Length]) {
        for (std::size_t i = 0; i < Length; ++i)
            text[i] = literal[i];
    }
    constexpr std::string_view view() const { return {text, Length - 1}; }
};

} // namespace pliny
