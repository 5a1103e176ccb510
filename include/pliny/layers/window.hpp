// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/shape.hpp>

#include <cstdint>

namespace pliny {

/// The sliding window of a convolution or pooling layer, along 1 to 3 axes.
struct Window {
    Size kernel{1};
    Size stride{1};
    Size before{0}; // zero padding in front: above and left
    Size after{0};  // zero padding behind: below and right
    Size dilation{1};
    int axes = 2;

    /// Taps of the kernel.
    constexpr std::int64_t area() const {
        std::int64_t product = 1;
        for (int axis = 0; axis < axes; ++axis)
            product *= kernel[axis];
        return product;
    }
    /// What it makes of an input of `axes` + 1 extents, channels first; 0 where the kernel does not fit.
    constexpr Shape output(const Shape& in) const {
        Shape out = in;
        for (int axis = 0; axis < axes; ++axis) {
            // floor((n + padding - dilation (kernel - 1) - 1) / stride) + 1
            const std::int64_t room = in[axis + 1] + before[axis] + after[axis] - reach(axis) - 1;
            out.extent[axis + 1] =
                room < 0 ? 0 : room / (stride[axis] < 1 ? 1 : stride[axis]) + 1; // Stride reports 0
        }
        return out;
    }
    /// The extents of its kernel.
    constexpr Shape kernel_shape() const {
        Shape shape;
        for (shape.rank = 0; shape.rank < axes; ++shape.rank)
            shape.extent[shape.rank] = kernel[shape.rank];
        return shape;
    }
    /// Pads so that at stride 1 the output is as large as the input; an odd zero stands behind.
    constexpr void pad_to_same() {
        const std::int64_t zeros[]{reach(0), reach(1), reach(2)};
        before = of_axes(zeros[0] / 2, zeros[1] / 2, zeros[2] / 2);
        after = of_axes(zeros[0] - zeros[0] / 2, zeros[1] - zeros[1] / 2, zeros[2] - zeros[2] / 2);
    }
    friend constexpr bool operator==(const Window&, const Window&) = default;

private:
    constexpr Size of_axes(std::int64_t first, std::int64_t second, std::int64_t third) const {
        return {first, axes > 1 ? second : Size::missing, axes > 2 ? third : Size::missing};
    }
    /// From the first tap to the last one.
    constexpr std::int64_t reach(int axis) const { return dilation[axis] * (kernel[axis] - 1); }
};

} // namespace pliny
