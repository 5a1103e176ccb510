// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace pliny {

/// A string literal as a template argument: `Named<"features", Block>`.
template <std::size_t N>
struct FixedString {
    char text[N]{};

    consteval FixedString(const char (&literal)[N]) {
        for (std::size_t i = 0; i < N; ++i)
            text[i] = literal[i];
    }
    constexpr std::string_view view() const { return {text, N - 1}; }
};

} // namespace pliny
