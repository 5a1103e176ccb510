// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pliny/deploy/atomic_file.hpp>

namespace pliny {

/// One named tensor, row-major, whose bytes belong to someone else; `dtype` in the format's spelling ("F32").
struct TensorView {
    std::string name;
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;
};

using SafetensorsMetadata = std::map<std::string, std::string, std::less<>>;

namespace detail {

struct SafetensorsDtype {
    std::string_view name;
    unsigned bits;
};

/// Every element type of the format, in its order: data is stored from the last to the first, hence aligned.
inline constexpr std::array<SafetensorsDtype, 22> safetensors_dtypes{{
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
    {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
    {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64},
}};

inline constexpr std::uint64_t safetensors_header_limit = 100'000'000;
inline constexpr std::size_t safetensors_dims_limit = 64;
inline constexpr std::string_view safetensors_metadata_key = "__metadata__";

PLINY_INLINE std::size_t safetensors_dtype_rank(std::string_view dtype);

/// A name fit for a message: in quotes, of bounded length, without control characters.
PLINY_INLINE std::string in_quotes(std::string_view name);

[[noreturn]] PLINY_INLINE void tensor_error(const std::filesystem::path& path, std::string_view tensor,
                                            const std::string& found, const std::string& expected);

/// The size of a tensor in bytes, after checking that element type and shape make sense.
PLINY_INLINE std::uint64_t safetensors_byte_size(const std::filesystem::path& path, std::string_view tensor,
                                                 std::string_view dtype, std::span<const std::int64_t> shape);

} // namespace detail
} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/safetensors_header.hpp>
#endif
