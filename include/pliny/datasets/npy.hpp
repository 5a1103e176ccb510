// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/unpacked_file.hpp>

namespace pliny {

/// The content of a .npy file: `bytes` are the entries, of `size` bytes each, row-major and little-endian.
///
/// `kind`: 'b' bool (0 or 1), 'i' signed, 'u' unsigned integers, 'f' floating point.
struct NpyArray {
    char kind = 'f';
    std::size_t size = 4;
    std::vector<std::int64_t> shape;
    std::vector<std::uint8_t> bytes;
};

namespace detail {

struct NpyHeader {
    std::string descr;
    bool fortran_order = false;
    std::vector<std::int64_t> shape;
};

/// Reads the Python literal of a header, {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }: those
/// three entries, in any order.
class NpyHeaderParser {
public:
    NpyHeaderParser(const std::filesystem::path& path, std::string_view text) : path_(path), left_(text) {}

    NpyHeader parse() {
        NpyHeader header;
        std::array<bool, 3> seen{};
        const auto first = [&](std::size_t which) {
            if (std::exchange(seen[which], true))
                broken();
        };
        expect('{');
        while (!taken('}')) {
            const std::string key = text();
            expect(':');
            if (key == "descr") {
                first(0);
                header.descr = descr();
            } else if (key == "fortran_order") {
                first(1);
                header.fortran_order = boolean();
            } else if (key == "shape") {
                first(2);
                header.shape = shape();
            } else {
                broken();
            }
            if (!taken(',')) {
                expect('}');
                break;
            }
        }
        skip_blanks();
        if (!left_.empty() || !seen[0] || !seen[1] || !seen[2])
            broken();
        return header;
    }

private:
    const std::filesystem::path& path_;
    std::string_view left_;

    [[noreturn]] void broken() const {
        dataset_error(path_, "a header that cannot be read",
                      "the entries descr, fortran_order and shape, as numpy.save writes them");
    }
    void skip_blanks() {
        while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\n'))
            left_.remove_prefix(1);
    }
    bool taken(char wanted) {
        skip_blanks();
        if (left_.empty() || left_.front() != wanted)
            return false;
        left_.remove_prefix(1);
        return true;
    }
    void expect(char wanted) {
        if (!taken(wanted))
            broken();
    }
    std::string text() {
        skip_blanks();
        if (left_.empty() || (left_.front() != '\'' && left_.front() != '"'))
            broken();
        const std::size_t end = left_.find(left_.front(), 1);
        if (end == std::string_view::npos)
            broken();
        std::string result(left_.substr(1, end - 1));
        left_.remove_prefix(end + 1);
        return result;
    }
    std::string descr() {
        skip_blanks();
        if (!left_.empty() && left_.front() == '[')
            dataset_error(path_, "a structured type", "an array of numbers");
        return text();
    }
    bool boolean() {
        skip_blanks();
        for (const std::string_view word : {"True", "False"})
            if (left_.starts_with(word)) {
                left_.remove_prefix(word.size());
                return word == "True";
            }
        broken();
    }
    std::vector<std::int64_t> shape() {
        std::vector<std::int64_t> extents;
        expect('(');
        while (!taken(')')) {
            skip_blanks();
            std::int64_t extent = 0;
            const char* begin = left_.data();
            const auto [end, error] = std::from_chars(begin, begin + left_.size(), extent);
            if (error != std::errc() || extent < 0)
                broken();
            left_.remove_prefix(static_cast<std::size_t>(end - begin));
            extents.push_back(extent);
            if (!taken(',')) {
                expect(')');
                break;
            }
        }
        return extents;
    }
};

/// Kind and size of the entries, and whether their bytes are in the other order.
struct NpyType {
    char kind;
    std::size_t size;
    bool big_endian;
};

inline NpyType npy_type(const std::filesystem::path& path, const std::string& descr) {
    constexpr std::array<std::string_view, 12> known{"b1", "i1", "i2", "i4", "i8", "u1",
                                                     "u2", "u4", "u8", "f2", "f4", "f8"};
    if (descr.find('O') != std::string::npos)
        dataset_error(path, "Python objects (type '" + descr + "')",
                      "an array of numbers; objects are not read");
    const bool order_known =
        !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
    if (!order_known ||
        std::find(known.begin(), known.end(), std::string_view(descr).substr(1)) == known.end())
        dataset_error(path, "entries of type '" + descr + "'",
                      "bool, integers of 1 to 8 bytes, or floating "
                      "point of 2, 4 or 8");
    return {descr[1], static_cast<std::size_t>(descr[2] - '0'), descr[0] == '>'};
}

inline std::uint64_t npy_byte_count(const std::filesystem::path& path, const NpyHeader& header,
                                    std::size_t size) {
    constexpr std::uint64_t most = std::numeric_limits<std::ptrdiff_t>::max();
    constexpr std::size_t most_dimensions = 32;
    if (header.shape.size() > most_dimensions)
        dataset_error(path, std::to_string(header.shape.size()) + " dimensions", "at most 32");
    std::uint64_t count = size;
    for (const std::int64_t extent : header.shape) {
        if (extent == 0)
            dataset_error(path, "an array without entries", "at least one");
        if (count > most / static_cast<std::uint64_t>(extent))
            dataset_error(path, "a shape whose product overflows", "a shape that fits in memory");
        count *= static_cast<std::uint64_t>(extent);
    }
    return count;
}

/// The entries of an array whose first index runs fastest, in the order in which the last does.
inline std::vector<std::uint8_t> row_major(const std::vector<std::uint8_t>& bytes,
                                           const std::vector<std::int64_t>& shape, std::size_t size) {
    std::vector<std::uint8_t> result(bytes.size());
    std::vector<std::size_t> index(shape.size()), stride(shape.size());
    std::size_t next = size;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        stride[axis] = next;
        next *= static_cast<std::size_t>(shape[axis]);
    }
    std::size_t from = 0;
    for (std::size_t to = 0; to < result.size(); to += size) {
        std::memcpy(result.data() + to, bytes.data() + from, size);
        for (std::size_t axis = shape.size(); axis-- > 0;) {
            from += stride[axis];
            if (++index[axis] < static_cast<std::size_t>(shape[axis]))
                break;
            from -= stride[axis] * index[axis];
            index[axis] = 0;
        }
    }
    return result;
}

/// Reads a .npy file from `file`, whose `read` fills a span and returns less only at the end.
template <class File>
NpyArray read_npy_from(File& file, const std::filesystem::path& path, std::uint64_t likely_size) {
    constexpr std::size_t longest_header = 65'536;
    constexpr std::string_view magic = "\x93NUMPY", expected = "a file that numpy.save has written";
    std::array<std::uint8_t, 8> start{};
    if (file.read(start) < start.size() || std::memcmp(start.data(), magic.data(), magic.size()) != 0)
        dataset_error(path, "no .npy file", expected);
    const int version = start[6];
    if (version < 1 || version > 3 || start[7] != 0)
        dataset_error(path, "version " + std::to_string(version) + "." + std::to_string(start[7]),
                      "versions 1.0 to 3.0 of the format");
    std::array<std::uint8_t, 4> length{};
    const std::size_t length_size = version == 1 ? 2 : 4;
    if (file.read(std::span(length).first(length_size)) < length_size)
        dataset_error(path, "a header that is cut off", expected);
    const std::size_t size =
        length[0] | std::size_t{length[1]} << 8 | std::size_t{length[2]} << 16 | std::size_t{length[3]} << 24;
    if (size > longest_header)
        dataset_error(path, "a header of " + std::to_string(size) + " bytes", "at most 65536");
    std::vector<std::uint8_t> text(size);
    if (file.read(text) < size)
        dataset_error(path, "a header that is cut off", expected);
    const NpyHeader header =
        NpyHeaderParser(path, {reinterpret_cast<const char*>(text.data()), text.size()}).parse();
    const NpyType type = npy_type(path, header.descr);
    NpyArray array{type.kind, type.size, header.shape, {}};
    array.bytes = read_promised(file, path, npy_byte_count(path, header, type.size), likely_size);
    if (type.big_endian)
        for (std::size_t i = 0; i < array.bytes.size(); i += type.size)
            std::reverse(array.bytes.begin() + static_cast<std::ptrdiff_t>(i),
                         array.bytes.begin() + static_cast<std::ptrdiff_t>(i + type.size));
    if (type.kind == 'b')
        for (std::uint8_t& byte : array.bytes)
            byte = byte != 0;
    if (header.fortran_order && header.shape.size() > 1)
        array.bytes = row_major(array.bytes, header.shape, type.size);
    return array;
}

} // namespace detail

/// Reads a file that numpy.save has written, plain or gzip: bool, integers of 1 to 8 bytes and floating point
/// of 2, 4 or 8, in either byte order and either order of indices.
///
/// Memory stays proportional to what the file really holds. Throws `DatasetError`: missing, unreadable,
/// damaged or truncated file, trailing bytes, other types, Python objects among them, an empty array, an
/// implausible shape. Format: versions 1.0 to 3.0 of numpy.lib.format.
inline NpyArray read_npy_array(const std::filesystem::path& path) {
    detail::UnpackedFile file(path, "a readable .npy file");
    return detail::read_npy_from(file, path, file.size_on_disk());
}

} // namespace pliny
