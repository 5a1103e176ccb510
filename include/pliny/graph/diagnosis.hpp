// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/graph/row.hpp>

namespace pliny {

/// Where a network is wrong: the compiler prints the layer's path, its type and the two shapes that
/// contradict each other.
template <Path Where, class L, Shape Found, Shape Expected, Fault F>
struct At {
    static_assert(F != Fault::ConvNeedsImage,
                  "[conv2d.5] Conv2d needs an image (channels, height, width) as input; "
                  "it stands behind Flatten or Linear");
    static_assert(F != Fault::ConvKernel, "[conv2d.6] the kernel is larger than its padded input; "
                                          "use a smaller Kernel, more Padding or less pooling before it");
    static_assert(F != Fault::ConvGroups, "[conv2d.7] Groups must divide the input and the output channels");
    static_assert(F != Fault::LinearNeedsFeatures,
                  "[linear.4] Linear needs a vector as input; put Flatten before it");
    static_assert(F != Fault::NormNeedsFeatures, "[batch_norm.3] BatchNorm1d needs a vector as input; "
                                                 "use BatchNorm2d for images");
    static_assert(F != Fault::NormNeedsImage, "[batch_norm.4] BatchNorm2d needs an image as input; "
                                              "use BatchNorm1d for vectors");
    static_assert(F != Fault::PoolNeedsImage,
                  "[pool.1] pooling needs an image (channels, height, width) as input");
    static_assert(F != Fault::PoolKernel, "[pool.2] the pooling kernel is larger than its padded input");
    static_assert(F != Fault::AddShapes, "[add.3] the branches of Add give different shapes");
    static_assert(F != Fault::ResidualShapes,
                  "[residual.2] body and shortcut of Residual give different shapes; "
                  "give a shortcut such as Conv2d<channels, Stride<...>>");
    static_assert(F != Fault::ConcatShapes, "[concat.3] the branches of Concat differ in height or width");
    static_assert(F != Fault::Custom, "[layer.1] a layer does not take its input");
};

/// Alternatives that cannot stand for each other: the compiler prints the path of their Choice and the shape
/// that each of them gives.
template <Path Where, Shape... OfAlternatives>
struct ShapesOfAlternatives {
    static_assert(sizeof...(OfAlternatives) == 0,
                  "[choice.3] the alternatives of Choice give different shapes; the lines around this one "
                  "print ShapesOfAlternatives<path, shape of each>");
};

namespace detail {

template <class Net, int RowNumber, Path Where, Problem P>
constexpr bool diagnose() {
    return sizeof(At<Where, ItemAt<RowNumber, typename Net::Rows>, P.found, P.expected, P.fault>) > 0;
}

} // namespace detail
} // namespace pliny
