// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pliny/deploy/atomic_file.hpp>

namespace pliny::detail {

/// One value of a pickle. Values refer to one another by number, so that nothing here recurses, however deep
/// a pickle is nested or where it contains itself.
struct PickleValue {
    enum class Kind {
        nothing,
        truth,      // integer: 0 or 1
        integer,    // integer
        large,      // a whole number beyond 64 bits; text: its bytes
        real,       // real
        text,       // text: UTF-8, or bytes of Python 2
        bytes,      // text
        sequence,   // items: a list, a tuple or a set
        dictionary, // items: key, value, key, value, ...
        global,     // text: its name; integer: its number in the list of those allowed
        call,       // items: the global, the sequence of arguments; nothing is called
        persistent, // items: the one value that stands for something outside of the pickle
        mark
    };
    Kind kind = Kind::nothing;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text{};
    std::vector<std::uint32_t> items{};
};

/// The bytes of a pickle, read from the front; FileError where they end too early.
class PickleBytes {
public:
    PickleBytes(const std::filesystem::path& path, std::span<const std::byte> bytes)
        : path_(path), bytes_(bytes) {}

    [[noreturn]] void refuse(const std::string& found) const {
        file_error(path_, "byte " + std::to_string(position) + " of its pickle: found " + found +
                              "; expected what torch.save writes");
    }

    std::string_view take(std::uint64_t count) {
        if (count > bytes_.size() - position)
            refuse("the end of the data");
        const std::string_view taken(reinterpret_cast<const char*>(bytes_.data()) + position,
                                     static_cast<std::size_t>(count));
        position += static_cast<std::size_t>(count);
        return taken;
    }
    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; const char c : take(size))
            value |= std::uint64_t{static_cast<std::uint8_t>(c)} << (8 * i++);
        return value;
    }
    std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
    std::string_view line() {
        constexpr std::size_t longest = 256;
        const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + position,
                                    std::min(bytes_.size() - position, longest));
        const auto end = rest.find('\n');
        if (end == rest.npos)
            refuse("a name without end");
        return take(end + 1).substr(0, end);
    }

    std::size_t position = 0;

protected:
    const std::filesystem::path& path_;

private:
    std::span<const std::byte> bytes_;
};

} // namespace pliny::detail
