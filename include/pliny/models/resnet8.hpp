// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/add.hpp>
#include <pliny/graph/network.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/avg_pool2d.hpp>
#include <pliny/layers/batch_norm.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/layers/flatten.hpp>
#include <pliny/layers/linear.hpp>
#include <pliny/layers/relu.hpp>
#include <pliny/models/convs.hpp>

namespace pliny {

// clang-format off
/// conv-bn-relu-conv-bn plus a shortcut, then ReLU; the first convolution takes the stride, as must the
/// shortcut.
template <class Convs, std::int64_t Width, std::int64_t Step, class Shortcut>
struct ResNet8Stack : Sequential<
    Residual<
        Sequential<
            typename Convs::template strided<Width, Step>, BatchNorm2d, ReLU,
            typename Convs::template same<Width>, BatchNorm2d>,
        Shortcut>,
    ReLU> {};

/// ResNet-8 of MLPerf Tiny's image classification (Banbury et al., 2021) for square images whose side is a
/// multiple of 4; Convs as in convs.hpp.
template <class Convs, class Input, std::int64_t Classes>
struct ResNet8With : Network<Input, Sequential<
    typename Convs::template to<16>, BatchNorm2d, ReLU,
    ResNet8Stack<Convs, 16, 1, Identity>,
    ResNet8Stack<Convs, 32, 2, Conv2d<32, Stride<2>>>,
    ResNet8Stack<Convs, 64, 2, Conv2d<64, Stride<2>>>,
    AvgPool2d<(Input::shape.extent[1] + 3) / 4>, Flatten,
    Linear<Classes>>> {};

/// ResNet8With 3x3 convolutions.
template <class Input, std::int64_t Classes>
struct ResNet8On : ResNet8With<OneKernel<3>, Input, Classes> {};

/// ResNet8On 3x32x32 images in ten classes: 77,706 parameters without batch norm.
struct ResNet8 : ResNet8On<Image<3, 32, 32>, 10> {};

/// ResNet8On 1x28x28 images in ten classes, such as FashionMNIST's.
struct ResNet8At28 : ResNet8On<Image<1, 28, 28>, 10> {};

/// ResNet8At28 whose convolutions are chosen.
struct ResNet8ChoicesAt28 : ResNet8With<ReportChoices, Image<1, 28, 28>, 10> {};
// clang-format on

} // namespace pliny
