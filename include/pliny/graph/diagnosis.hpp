// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/graph/row.hpp>

namespace pliny {

/// Where a network is wrong: the compiler prints the layer's path, its type and the two shapes that
/// contradict each other.
template <Path Where, class WrongLayer, Shape Found, Shape Expected, Fault Reason>
struct At {
    static_assert(Reason != Fault::ConvNeedsImage,
                  "[conv2d.5] Conv2d needs an image (channels, height, width) as input; "
                  "it stands behind Flatten or Linear");
    static_assert(Reason != Fault::ConvKernel,
                  "[conv2d.6] the kernel is larger than its padded input; "
                  "use a smaller Kernel, more Padding or less pooling before it");
    static_assert(Reason != Fault::ConvGroups,
                  "[conv2d.7] Groups must divide the input and the output channels");
    static_assert(Reason != Fault::LinearNeedsFeatures,
                  "[linear.4] Linear needs a vector as input; put Flatten before it");
    static_assert(Reason != Fault::NormNeedsFeatures, "[batch_norm.3] BatchNorm1d needs a vector as input; "
                                                      "use BatchNorm2d for images");
    static_assert(Reason != Fault::NormNeedsImage, "[batch_norm.4] BatchNorm2d needs an image as input; "
                                                   "use BatchNorm1d for vectors");
    static_assert(Reason != Fault::PoolNeedsImage,
                  "[pool.1] pooling needs an image (channels, height, width) as input");
    static_assert(Reason != Fault::PoolKernel, "[pool.2] the pooling kernel is larger than its padded input");
    static_assert(Reason != Fault::AddShapes, "[add.3] the branches of Add give different shapes");
    static_assert(Reason != Fault::ResidualShapes,
                  "[residual.2] body and shortcut of Residual give different shapes; "
                  "give a shortcut such as Conv2d<channels, Stride<...>>");
    static_assert(Reason != Fault::ConcatShapes,
                  "[concat.3] the branches of Concat differ in height or width");
    static_assert(Reason != Fault::JoinShapes,
                  "[join.1] the branches of JoinedBy give shapes that do not fit its join");
    static_assert(Reason != Fault::JoinFacts,
                  "[join.2] the facts of a join have Channels::Join (channel i comes from channels i alone), "
                  "Concat or Fixed, no weights, and not joins_chain");
    static_assert(Reason != Fault::Custom, "[layer.1] a layer does not take its input");
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

template <class Net, int RowNumber, Path Where, Problem Reported>
constexpr bool diagnose() {
    return sizeof(At<Where, ItemAt<RowNumber, typename Net::Rows>, Reported.found, Reported.expected,
                     Reported.fault>) > 0;
}

} // namespace detail
} // namespace pliny
