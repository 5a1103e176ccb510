// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/safetensors_header.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace pliny {
namespace detail {

PLINY_INLINE std::size_t safetensors_dtype_rank(std::string_view dtype) {
    const auto found = std::ranges::find(safetensors_dtypes, dtype, &SafetensorsDtype::name);
    return static_cast<std::size_t>(found - safetensors_dtypes.begin());
}

PLINY_INLINE std::string in_quotes(std::string_view name) {
    std::size_t longest = 80;
    while (longest > 0 && longest < name.size() && (name[longest] & 0xc0) == 0x80)
        --longest;
    std::string text(name.substr(0, longest));
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    return "'" + text + (name.size() > longest ? "...'" : "'");
}

PLINY_INLINE void tensor_error(const std::filesystem::path& path, std::string_view tensor,
                               const std::string& found, const std::string& expected) {
    file_error(path, "tensor " + in_quotes(tensor) + ": found " + found + "; expected " + expected);
}

PLINY_INLINE std::uint64_t safetensors_byte_size(const std::filesystem::path& path, std::string_view tensor,
                                                 std::string_view dtype,
                                                 std::span<const std::int64_t> shape) {
    const std::size_t rank = safetensors_dtype_rank(dtype);
    if (rank == safetensors_dtypes.size()) {
        tensor_error(path, tensor, "dtype " + in_quotes(dtype), "one the format knows, such as 'F32'");
    }
    const std::uint64_t bits = safetensors_dtypes[rank].bits;
    const std::uint64_t largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / bits;
    std::uint64_t count = 1;
    bool empty = false;
    for (const auto extent : shape) {
        if (extent < 0)
            tensor_error(path, tensor, "a dimension of " + std::to_string(extent), "at least 0");
        const auto factor = static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 1));
        if (count > largest / factor)
            tensor_error(path, tensor, "a shape that overflows", "one that fits in memory");
        count *= factor;
        empty = empty || extent == 0;
    }
    if (empty)
        return 0;
    if (count * bits % 8 != 0) {
        tensor_error(path, tensor, std::to_string(count * bits) + " bits of " + std::string(dtype),
                     "whole bytes");
    }
    return count * bits / 8;
}

struct SafetensorsEntry {
    TensorView view;
    std::vector<std::uint64_t> offsets;
    bool has_dtype = false, has_shape = false, has_offsets = false;
};

/// Reads the JSON header event by event: only the format's own nesting is accepted, so depth cannot grow.
class SafetensorsHeader {
public:
    explicit SafetensorsHeader(const std::filesystem::path& path) : path_(path) {}

    SafetensorsMetadata metadata;
    std::vector<SafetensorsEntry> entries;

    bool start_object(std::size_t) {
        if (place_ == Place::start)
            return go(Place::names);
        if (place_ != Place::names)
            wrong("an object");
        if (key_ == safetensors_metadata_key) {
            if (std::exchange(has_metadata_, true))
                wrong("a second one");
            return go(Place::metadata);
        }
        entries.emplace_back().view.name = key_;
        return go(Place::entry);
    }
    bool end_object() {
        if (place_ == Place::entry) {
            const auto& entry = entries.back();
            if (!entry.has_dtype || !entry.has_shape || !entry.has_offsets) {
                tensor_error(path_, entry.view.name, "a field missing", "dtype, shape and data_offsets");
            }
        }
        return go(place_ == Place::names ? Place::done : Place::names);
    }
    bool key(std::string& name) {
        if (place_ == Place::entry) {
            field_ = name;
            bool* seen = field_ == "dtype"          ? &entries.back().has_dtype
                         : field_ == "shape"        ? &entries.back().has_shape
                         : field_ == "data_offsets" ? &entries.back().has_offsets
                                                    : nullptr;
            if (!seen)
                wrong("an unknown field");
            if (std::exchange(*seen, true))
                wrong("a second one");
        } else if (place_ == Place::metadata) {
            field_ = name;
        } else {
            key_ = name;
        }
        return true;
    }
    bool string(std::string& text) {
        if (place_ == Place::metadata) {
            if (!metadata.emplace(field_, text).second)
                wrong("a second one");
        } else if (place_ == Place::entry && field_ == "dtype") {
            entries.back().view.dtype = text;
        } else {
            wrong("a string");
        }
        return true;
    }
    bool start_array(std::size_t) {
        if (place_ == Place::entry && field_ == "shape")
            return go(Place::shape);
        if (place_ == Place::entry && field_ == "data_offsets")
            return go(Place::offsets);
        wrong("an array");
    }
    bool end_array() {
        if (place_ == Place::offsets && entries.back().offsets.size() != 2)
            wrong("fewer than 2 numbers");
        return go(Place::entry);
    }
    bool number_unsigned(std::uint64_t number) {
        if (place_ == Place::shape) {
            auto& shape = entries.back().view.shape;
            if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                wrong("a huge number");
            if (shape.size() == safetensors_dims_limit)
                wrong("more than 64 dimensions");
            shape.push_back(static_cast<std::int64_t>(number));
        } else if (place_ == Place::offsets) {
            if (entries.back().offsets.size() == 2)
                wrong("more than 2 numbers");
            entries.back().offsets.push_back(number);
        } else {
            wrong("a number");
        }
        return true;
    }
    bool number_integer(std::int64_t) { wrong("a negative number"); }
    bool number_float(double, const std::string&) { wrong("a fraction or a huge number"); }
    bool null() { wrong("null"); }
    bool boolean(bool) { wrong("a truth value"); }
    bool binary(nlohmann::json::binary_t&) { wrong("binary data"); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
        file_error(path_, "found no valid JSON at byte " + std::to_string(position) +
                              " of the header; expected a safetensors header");
    }

private:
    enum class Place { start, names, metadata, entry, shape, offsets, done };

    bool go(Place place) {
        place_ = place;
        return true;
    }

    [[noreturn]] void wrong(const std::string& found) const {
        if (place_ == Place::start)
            file_error(path_, "found " + found + "; expected a JSON object as header");
        if (place_ == Place::metadata) {
            file_error(path_, "metadata " + in_quotes(field_) + ": found " + found + "; expected one string");
        }
        if (place_ == Place::names) {
            file_error(path_, "entry " + in_quotes(key_) + ": found " + found + "; expected one object");
        }
        const std::string expected = field_ == "dtype"   ? "one string"
                                     : field_ == "shape" ? "one array of at most 64 whole numbers from 0"
                                     : field_ == "data_offsets" ? "one array of 2 whole numbers from 0"
                                                                : "dtype, shape and data_offsets only";
        tensor_error(path_, key_, found + " in field " + in_quotes(field_), expected);
    }

    const std::filesystem::path& path_;
    Place place_ = Place::start;
    bool has_metadata_ = false;
    std::string key_, field_;
};

/// Reads the JSON header of a safetensors file, entries sorted by name; `path` is for messages only.
inline SafetensorsHeader parse_safetensors_header(const std::filesystem::path& path, std::string_view text) {
    if (text.empty() || text.front() != '{' || text.find('\0') != text.npos) {
        file_error(path, "found no JSON object; expected a safetensors header");
    }
    SafetensorsHeader header(path);
    nlohmann::json::sax_parse(text.begin(), text.end(), &header);
    const auto name_of = [](const SafetensorsEntry& entry) { return std::string_view(entry.view.name); };
    std::ranges::sort(header.entries, std::less<>(), name_of);
    const auto twice = std::ranges::adjacent_find(header.entries, std::equal_to<>(), name_of);
    if (twice != header.entries.end())
        tensor_error(path, twice->view.name, "the name twice", "unique names");
    return header;
}
} // namespace detail
} // namespace pliny
