// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/core.hpp>

namespace pliny::test {

// clang-format off
/// DS-CNN of MLPerf Tiny's keyword spotting, with the zeros of TensorFlow's SAME in the stem.
struct DsCnn : Network<Image<1, 49, 10>, Sequential<
    Conv2d<64, Kernel<10, 4>, Stride<2>, Padding<5, 1>>, BatchNorm2d, ReLU,
    Repeat<4, Sequential<
        Conv2d<64, Kernel<3>, Padding<1>, Depthwise>, BatchNorm2d, ReLU,
        Conv2d<64>, BatchNorm2d, ReLU>>,
    AvgPool2d<Size{25, 5}>, Flatten,
    Linear<12>>> {};
// clang-format on

/// Net's group of the tensor made by a row, where the row has just one.
template <class Net>
constexpr int group_of(int row) {
    return plan<Net>.channels(row).size() == 1 ? plan<Net>.channels(row)[0].group : -1;
}
template <class Net>
constexpr bool frozen(int row) {
    for (const Segment& segment : plan<Net>.channels(row))
        if (!plan<Net>.groups[static_cast<std::size_t>(segment.group)].frozen)
            return false;
    return true;
}
/// The widths of the runs of channels of a row equal those given.
template <class Net, class... Widths>
constexpr bool runs_are(int row, Widths... widths) {
    const int expected[] = {widths...};
    const auto runs = plan<Net>.channels(row);
    if (runs.size() != sizeof...(Widths))
        return false;
    for (std::size_t i = 0; i < runs.size(); ++i)
        if (plan<Net>.groups[static_cast<std::size_t>(runs[i].group)].width != expected[i])
            return false;
    return true;
}

} // namespace pliny::test
