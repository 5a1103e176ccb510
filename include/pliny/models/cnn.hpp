// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/batch_norm.hpp>
#include <pliny/layers/flatten.hpp>
#include <pliny/layers/linear.hpp>
#include <pliny/layers/max_pool2d.hpp>
#include <pliny/layers/relu.hpp>
#include <pliny/models/convs.hpp>

namespace pliny {

// clang-format off
/// Two convolutions and two linear layers for 28x28 grey images in ten classes; Convs as in convs.hpp.
template <class Convs>
struct CnnWith : Network<Image<1, 28, 28>, Sequential<
    typename Convs::template to<32>, BatchNorm2d, ReLU, MaxPool2d<2>,
    typename Convs::template to<64>, BatchNorm2d, ReLU, MaxPool2d<2>,
    Flatten,
    Linear<128>, ReLU,
    Linear<10>>> {};

/// CnnWith 3x3 convolutions: 421,642 parameters without batch norm.
struct Cnn : CnnWith<OneKernel<3>> {};

/// Cnn whose convolutions are chosen.
struct CnnChoices : CnnWith<ReportChoices> {};
// clang-format on

} // namespace pliny
