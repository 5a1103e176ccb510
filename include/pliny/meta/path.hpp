// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace pliny {

/// Dotted name of a layer, spelled as PyTorch spells it (`features.0`); a value without allocation, usable as
/// template argument.
struct Path {
    static constexpr std::size_t capacity = 96;
    char text[capacity]{};
    std::size_t size = 0;

    constexpr Path() = default;
    constexpr Path(std::string_view name) { append(name); }
    template <std::size_t Length>
    constexpr Path(const char (&literal)[Length]) : Path(std::string_view(literal, Length - 1)) {}
    constexpr Path(const char (&letters)[capacity], std::size_t length) // how nvcc spells one
        : Path(std::string_view(letters, length)) {}

    constexpr std::string_view view() const { return {text, size}; }
    constexpr bool empty() const { return size == 0; }

    /// Makes this the path of a child of it.
    constexpr void append(std::string_view child) {
        const std::size_t dot = empty() ? 0 : 1;
        if (size + dot + child.size() >= capacity)
            throw std::length_error("the path of a layer is longer than 95 characters");
        if (dot)
            text[size++] = '.';
        for (char c : child)
            text[size++] = c;
    }
    constexpr void append(int index) {
        char digits[12]{};
        std::size_t first = sizeof digits;
        do {
            digits[--first] = static_cast<char>('0' + index % 10);
            index /= 10;
        } while (index > 0);
        append(std::string_view(digits + first, sizeof digits - first));
    }
    /// Takes the last characters away, back to a size that it had before.
    constexpr void shorten(std::size_t to) {
        while (size > to)
            text[--size] = 0;
    }
    /// True for this very path and for everything below it.
    constexpr bool covers(const Path& other) const {
        return other.view().starts_with(view()) && (other.size == size || empty() || other.text[size] == '.');
    }
    friend constexpr bool operator==(const Path& a, const Path& b) { return a.view() == b.view(); }
};

} // namespace pliny
