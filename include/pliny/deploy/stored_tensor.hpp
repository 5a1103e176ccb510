// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pliny {

/// One named tensor of a file that its program wrote as a view of some storage: `strides` count elements.
/// `dtype` is spelled as in safetensors ("F32"); `data` begins with the first element and belongs to someone
/// else.
struct StoredTensor {
    std::string name{};
    std::string dtype{};
    std::size_t element_size = 0;
    std::vector<std::int64_t> shape{}, strides{};
    std::span<const std::byte> data{};
};

namespace detail {

/// The strides of a tensor without gaps, row-major.
inline std::vector<std::int64_t> dense_strides(std::span<const std::int64_t> shape) {
    std::vector<std::int64_t> strides(shape.size());
    std::int64_t stride = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        strides[i] = stride;
        stride *= std::max<std::int64_t>(shape[i], 1);
    }
    return strides;
}

/// Product of the extents; nothing where it overflows or one of them is negative.
inline std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape) {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 16;
    std::uint64_t count = 1;
    bool empty = false;
    for (const std::int64_t extent : shape) {
        if (extent < 0)
            return std::nullopt;
        empty = empty || extent == 0;
        const auto factor = static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 1));
        if (count > largest / factor)
            return std::nullopt;
        count *= factor;
    }
    return empty ? 0 : count;
}

/// From the first element of a tensor to its last, in elements of its storage; nothing where shape or strides
/// are negative, or the number overflows.
inline std::optional<std::uint64_t> element_reach(std::span<const std::int64_t> shape,
                                                  std::span<const std::int64_t> strides) {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 16;
    const auto count = element_count(shape);
    if (!count || shape.size() != strides.size())
        return std::nullopt;
    std::uint64_t reach = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (strides[i] < 0)
            return std::nullopt;
        const auto steps = static_cast<std::uint64_t>(std::max<std::int64_t>(shape[i], 1)) - 1;
        const auto stride = static_cast<std::uint64_t>(strides[i]);
        if (stride != 0 && steps > (largest - reach) / stride)
            return std::nullopt;
        reach += steps * stride;
    }
    return *count == 0 ? 0 : reach;
}

/// Writes the elements of a tensor one after another, row-major; `out` has room for exactly those.
inline void copy_elements(const StoredTensor& tensor, std::span<std::byte> out) {
    const std::size_t size = tensor.element_size;
    if (out.empty())
        return;
    std::size_t dense = tensor.shape.size(); // from this axis on there are no gaps
    std::int64_t run = 1;                    // elements that lie together
    while (dense > 0 && (tensor.strides[dense - 1] == run || tensor.shape[dense - 1] == 1))
        run *= tensor.shape[--dense];
    const std::size_t run_bytes = static_cast<std::size_t>(run) * size;
    std::vector<std::int64_t> index(dense, 0);
    std::size_t from = 0;
    for (std::byte* next = out.data();;) {
        std::copy_n(tensor.data.data() + from * size, run_bytes, next);
        next += run_bytes;
        std::size_t axis = dense;
        while (axis > 0 && ++index[axis - 1] == tensor.shape[axis - 1]) {
            --axis;
            from -= static_cast<std::size_t>((tensor.shape[axis] - 1) * tensor.strides[axis]);
            index[axis] = 0;
        }
        if (axis == 0)
            return;
        from += static_cast<std::size_t>(tensor.strides[axis - 1]);
    }
}

} // namespace detail
} // namespace pliny
