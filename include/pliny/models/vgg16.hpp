// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/named.hpp>
#include <pliny/graph/network.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/adaptive_avg_pool2d.hpp>
#include <pliny/layers/dropout.hpp>
#include <pliny/layers/flatten.hpp>
#include <pliny/layers/linear.hpp>
#include <pliny/layers/max_pool2d.hpp>
#include <pliny/layers/relu.hpp>
#include <pliny/models/convs.hpp>

namespace pliny {

// clang-format off
/// VGG, configuration D (Simonyan and Zisserman, 2014), with the layers and parameter paths of torchvision's
/// vgg16; Convs as in convs.hpp.
template <class Convs, class Input, std::int64_t Classes>
struct Vgg16With : Network<Input, Sequential<
    Named<"features", Sequential<
        typename Convs::template to<64>, ReLU,
        typename Convs::template same<64>, ReLU, MaxPool2d<2>,
        typename Convs::template to<128>, ReLU,
        typename Convs::template same<128>, ReLU, MaxPool2d<2>,
        typename Convs::template to<256>, ReLU,
        typename Convs::template same<256>, ReLU,
        typename Convs::template same<256>, ReLU, MaxPool2d<2>,
        typename Convs::template to<512>, ReLU,
        typename Convs::template same<512>, ReLU,
        typename Convs::template same<512>, ReLU, MaxPool2d<2>,
        typename Convs::template same<512>, ReLU,
        typename Convs::template same<512>, ReLU,
        typename Convs::template same<512>, ReLU, MaxPool2d<2>>>,
    Named<"avgpool", AdaptiveAvgPool2d<7>>, Flatten,
    Named<"classifier", Sequential<
        Linear<4096>, ReLU, Dropout,
        Linear<4096>, ReLU, Dropout,
        Linear<Classes>>>>> {
    static constexpr Init init = Init::KaimingNormal; // without it, 16 layers without norm do not train
};

/// Vgg16With 3x3 convolutions.
template <class Input, std::int64_t Classes>
struct Vgg16On : Vgg16With<OneKernel<3>, Input, Classes> {};

/// Vgg16 as the report has it: 1x224x224 images, ten classes, 134,300,362 parameters.
struct Vgg16 : Vgg16On<Image<1, 224, 224>, 10> {};

/// Vgg16On 1x32x32 images in ten classes; as many parameters, 1/40 of the multiply-accumulates.
struct Vgg16At32 : Vgg16On<Image<1, 32, 32>, 10> {};

/// Both with convolutions that are chosen.
struct Vgg16Choices : Vgg16With<ReportChoices, Image<1, 224, 224>, 10> {};
struct Vgg16ChoicesAt32 : Vgg16With<ReportChoices, Image<1, 32, 32>, 10> {};
// clang-format on

} // namespace pliny
