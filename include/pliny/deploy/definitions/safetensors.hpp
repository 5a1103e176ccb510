// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/definitions/safetensors_header.hpp>
#include <pliny/deploy/file_bytes.hpp>
#include <pliny/deploy/safetensors.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <span>
#include <tuple>
#include <utility>

namespace pliny {
namespace detail {

/// Checks that every tensor has its own size and that together they cover the data without overlap or hole.
inline void check_safetensors_layout(const std::filesystem::path& path,
                                     std::span<const SafetensorsEntry> entries, std::uint64_t data_size) {
    std::vector<const SafetensorsEntry*> by_offset;
    by_offset.reserve(entries.size());
    for (const auto& entry : entries) {
        const auto& tensor = entry.view;
        const std::uint64_t size = safetensors_byte_size(path, tensor.name, tensor.dtype, tensor.shape);
        const std::uint64_t begin = entry.offsets[0], end = entry.offsets[1];
        const std::string range = "data_offsets " + std::to_string(begin) + " to " + std::to_string(end);
        if (begin > end || end > data_size) {
            tensor_error(path, tensor.name, range,
                         "a range inside the " + std::to_string(data_size) + " bytes of data");
        }
        if (end - begin != size) {
            tensor_error(path, tensor.name, range,
                         std::to_string(size) + " bytes, as dtype and shape ask for");
        }
        by_offset.push_back(&entry);
    }
    std::ranges::sort(by_offset, std::less<>(), [](const auto* entry) {
        return std::tuple(entry->offsets[0], entry->offsets[1], std::string_view(entry->view.name));
    });
    std::uint64_t position = 0;
    for (const auto* entry : by_offset) {
        if (entry->offsets[0] != position) {
            tensor_error(path, entry->view.name,
                         std::string(entry->offsets[0] < position ? "an overlap" : "a hole") +
                             " before byte " + std::to_string(std::max(entry->offsets[0], position)) +
                             " of the data",
                         "tensors that follow one another");
        }
        position = entry->offsets[1];
    }
    if (position != data_size) {
        file_error(path, "found " + std::to_string(data_size) + " bytes of data; expected the " +
                             std::to_string(position) + " that its tensors cover");
    }
}

PLINY_INLINE std::string json_string(const std::filesystem::path& path, std::string_view text) {
    try {
        return nlohmann::json(text).dump();
    } catch (const nlohmann::json::type_error&) {
        file_error(path, "found the name or text " + in_quotes(text) + "; expected valid UTF-8");
    }
}

/// The JSON header for tensors stored one after another, padded with spaces to a multiple of 8 bytes.
inline std::string safetensors_header_text(const std::filesystem::path& path,
                                           const SafetensorsMetadata& metadata,
                                           std::span<const TensorView* const> tensors) {
    std::string text = "{";
    if (!metadata.empty()) {
        text += json_string(path, safetensors_metadata_key) + ":{";
        for (const auto& [key, value] : metadata) {
            text += json_string(path, key) + ":" + json_string(path, value) + ",";
        }
        text.back() = '}';
        text += ',';
    }
    std::uint64_t begin = 0;
    for (const auto* tensor : tensors) {
        const std::uint64_t end = begin + tensor->data.size();
        text += json_string(path, tensor->name) + ":{\"dtype\":\"" + tensor->dtype + "\",\"shape\":[";
        for (std::size_t i = 0; i < tensor->shape.size(); ++i) {
            text += i ? "," : "";
            text += std::to_string(tensor->shape[i]);
        }
        text += "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]},";
        begin = end;
    }
    if (text.size() > 1)
        text.pop_back();
    text += '}';
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
}

/// Checks the tensors one by one and returns them in the order of the file: widest element type first, then
/// by name.
inline std::vector<const TensorView*> safetensors_order(const std::filesystem::path& path,
                                                        std::span<const TensorView> tensors) {
    std::vector<const TensorView*> order;
    order.reserve(tensors.size());
    for (const auto& tensor : tensors) {
        const std::uint64_t size = safetensors_byte_size(path, tensor.name, tensor.dtype, tensor.shape);
        if (tensor.data.size() != size) {
            tensor_error(path, tensor.name, std::to_string(tensor.data.size()) + " bytes",
                         std::to_string(size) + ", as dtype and shape ask for");
        }
        if (tensor.shape.size() > safetensors_dims_limit) {
            tensor_error(path, tensor.name, std::to_string(tensor.shape.size()) + " dimensions",
                         "at most 64");
        }
        if (tensor.name == safetensors_metadata_key) {
            tensor_error(path, tensor.name, "the name reserved for metadata", "another name");
        }
        order.push_back(&tensor);
    }
    const auto name_of = [](const TensorView* tensor) { return std::string_view(tensor->name); };
    std::ranges::sort(order, std::less<>(), name_of);
    const auto twice = std::ranges::adjacent_find(order, std::equal_to<>(), name_of);
    if (twice != order.end())
        tensor_error(path, (*twice)->name, "the name twice", "unique names");
    std::ranges::stable_sort(order, std::greater<>(),
                             [](const auto* tensor) { return safetensors_dtype_rank(tensor->dtype); });
    return order;
}
} // namespace detail

PLINY_INLINE void write_safetensors(const std::filesystem::path& path, const SafetensorsMetadata& metadata,
                                    std::span<const TensorView> tensors) {
    const auto order = detail::safetensors_order(path, tensors);
    const std::string header = detail::safetensors_header_text(path, metadata, order);
    if (header.size() > detail::safetensors_header_limit) {
        detail::file_error(path, "found a header of " + std::to_string(header.size()) +
                                     " bytes; expected at most " +
                                     std::to_string(detail::safetensors_header_limit));
    }
    const auto length = std::bit_cast<std::array<std::byte, 8>>(static_cast<std::uint64_t>(header.size()));
    AtomicFile file(path);
    file.write(length);
    file.write(std::string_view(header));
    for (const auto* tensor : order)
        file.write(tensor->data);
    file.commit();
}

PLINY_INLINE SafetensorsFile read_safetensors(const std::filesystem::path& path) {
    const auto [file, file_size] = detail::open_to_read(path);
    std::array<std::byte, 8> length{};
    if (file_size < length.size()) {
        detail::file_error(path, "found " + std::to_string(file_size) + " bytes; expected at least 8");
    }
    detail::read_exactly(file.get(), path, length);
    const auto header_size = std::bit_cast<std::uint64_t>(length);
    const std::uint64_t most = std::min(file_size - length.size(), detail::safetensors_header_limit);
    if (header_size > most) {
        detail::file_error(path, "found a header length of " + std::to_string(header_size) +
                                     " bytes; expected at most " + std::to_string(most));
    }
    std::string text(static_cast<std::size_t>(header_size), '\0');
    detail::read_exactly(file.get(), path, std::as_writable_bytes(std::span(text)));
    auto header = detail::parse_safetensors_header(path, text);
    const std::uint64_t data_size = file_size - length.size() - header_size;
    detail::check_safetensors_layout(path, header.entries, data_size);

    std::shared_ptr<std::byte[]> bytes(new std::byte[static_cast<std::size_t>(data_size)]);
    const std::span<std::byte> data(bytes.get(), static_cast<std::size_t>(data_size));
    detail::read_exactly(file.get(), path, data);

    SafetensorsFile result{path, std::move(header.metadata), {}, std::move(bytes)};
    result.tensors.reserve(header.entries.size());
    for (auto& entry : header.entries) {
        const auto begin = static_cast<std::size_t>(entry.offsets[0]);
        const auto end = static_cast<std::size_t>(entry.offsets[1]);
        entry.view.data = data.subspan(begin, end - begin);
        result.tensors.push_back(std::move(entry.view));
    }
    return result;
}
} // namespace pliny
