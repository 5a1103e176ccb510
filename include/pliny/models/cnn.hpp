// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/batch_norm.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/layers/flatten.hpp>
#include <pliny/layers/linear.hpp>
#include <pliny/layers/max_pool2d.hpp>
#include <pliny/layers/relu.hpp>

namespace pliny {

// clang-format off
/// Two convolutions and two linear layers for 28x28 grey images in ten classes: 421,642 parameters without
/// batch norm.
struct Cnn : Network<Image<1, 28, 28>, Sequential<
    Conv2d<32, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, MaxPool2d<2>,
    Conv2d<64, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, MaxPool2d<2>,
    Flatten,
    Linear<128>, ReLU,
    Linear<10>>> {};
// clang-format on

} // namespace pliny
