// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>

namespace pliny {

/// Extents of one sample, channels (or features) first, without the batch: `Shape{32, 28, 28}`, `Shape{10}`.
struct Shape {
    static constexpr int max_rank = 4;
    std::int64_t extent[max_rank]{}; // compilers print these shorter than a std::array
    int rank = 0;

    constexpr Shape() = default;
    template <std::integral... Extents>
        requires(sizeof...(Extents) >= 1 && sizeof...(Extents) <= max_rank)
    constexpr Shape(Extents... extents)
        : extent{static_cast<std::int64_t>(extents)...}, rank(sizeof...(Extents)) {}
    constexpr Shape(const std::int64_t (&extents)[max_rank], int axes) : rank(axes) { // how nvcc spells one
        for (int axis = 0; axis < max_rank; ++axis)
            extent[axis] = extents[axis];
    }

    constexpr std::int64_t operator[](int axis) const { return extent[axis]; }
    /// Channels of an image, features of a vector.
    constexpr std::int64_t channels() const { return extent[0]; }
    /// Places of each channel: pixels of an image, 1 for a vector.
    constexpr std::int64_t positions() const {
        std::int64_t product = 1;
        for (int axis = 1; axis < rank; ++axis)
            product *= (*this)[axis];
        return product;
    }
    constexpr std::int64_t elements() const { return rank == 0 ? 0 : channels() * positions(); }
    constexpr Shape with_channels(std::int64_t channels) const {
        Shape shape = *this;
        shape.extent[0] = channels;
        return shape;
    }
    /// Equal but for the channels.
    constexpr bool same_positions(const Shape& other) const {
        return rank == other.rank && with_channels(0) == other.with_channels(0);
    }
    friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

/// A number for each axis behind the channels, in their order: `AvgPool2d<Size{25, 5}>` has height and width.
/// A single one is meant for all axes, of which there are 1 to 3: `MaxPool2d<2>`.
struct Size {
    static constexpr int max_axes = Shape::max_rank - 1;
    static constexpr std::int64_t missing = -1;
    std::int64_t first = 0; // compilers print these shorter than an array
    std::int64_t second = missing;
    std::int64_t third = missing;

    constexpr Size() = default;
    /// Equal numbers are as a single one: `Size{2, 2}` is `Size{2}`.
    constexpr Size(std::int64_t one, std::int64_t two = missing, std::int64_t three = missing) : first(one) {
        if ((two == one || two == missing) && (three == one || three == missing))
            return;
        second = two;
        third = three;
    }
    constexpr std::int64_t operator[](int axis) const {
        return axis == 0 || second == missing ? first : axis == 1 || third == missing ? second : third;
    }
    /// How many numbers there are; 1: one for all axes.
    constexpr int count() const { return second == missing ? 1 : third == missing ? 2 : 3; }
    /// Whether it can be that of so many axes.
    constexpr bool fits(int axes) const { return count() == 1 || count() == axes; }
    friend constexpr bool operator==(const Size&, const Size&) = default;
};

/// A network's input: an image of channels, rows and columns.
template <std::int64_t ChannelCount, std::int64_t Height, std::int64_t Width>
struct Image {
    static_assert(ChannelCount > 0 && Height > 0 && Width > 0,
                  "[image.1] Image<channels, height, width> needs positive extents");
    static constexpr Shape shape{ChannelCount, Height, Width};
};

/// A network's input: a vector of so many features.
template <std::int64_t Count>
struct Features {
    static_assert(Count > 0, "[features.1] Features<N> needs at least one feature");
    static constexpr Shape shape{Count};
};

} // namespace pliny
