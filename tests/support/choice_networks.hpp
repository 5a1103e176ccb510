// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small networks with choices that between them use every way of applying and merging shares.

#include <pliny/core.hpp>

namespace pliny::testing {

/// Convolutions that merge, with and without bias, and what does not.
template <std::int64_t C>
struct ManyAlternatives
    : Choice<Conv2d<C, Kernel<3>, Padding<1>>, Conv2d<C, Kernel<5>, Padding<2>, NoBias>, Identity,
             AvgPool2d<3, Stride<1>, Padding<1>>, Conv2d<C>, Conv2d<C, Kernel<3>, Padding<2>, Dilation<2>>,
             Conv2d<C, Kernel<3, 1>, Padding<1, 0>>, Sequential<Conv2d<C, Kernel<3>, Padding<1>>, Conv2d<C>>,
             Sequential<Conv2d<C>, BatchNorm2d>, Sequential<Conv2d<C>, ReLU>,
             MaxPool2d<3, Stride<1>, Padding<1>>, Zero, Sequential<>> {};

struct Flat : Network<Image<3, 9, 9>, Sequential<Conv2d<6, Kernel<3>>, ManyAlternatives<6>, BatchNorm2d, ReLU,
                                                 ManyAlternatives<6>, Flatten, Linear<3>>> {};

/// Strides, kernels with more padding behind than before, and a choice that reads the input.
struct Strided
    : Network<
          Image<2, 9, 9>,
          Sequential<Choice<Conv2d<4, Kernel<3>, Stride<2>, Padding<1>>,
                            Conv2d<4, Kernel<5>, Stride<2>, Padding<2>>, Conv2d<4, Stride<2>, NoBias>>,
                     ReLU,
                     Choice<Conv2d<5, Kernel<2>, SamePadding>, Conv2d<5, Kernel<4>, SamePadding>, Conv2d<5>>,
                     ReLU, Choice<Conv2d<5, Kernel<3>, Padding<1>>, Identity>, AdaptiveAvgPool2d<1>, Flatten,
                     Linear<2>>> {};

/// Groups, as many as channels and fewer; an average that cannot merge, as it has another stride than 1.
struct GroupedChoices
    : Network<Image<3, 8, 8>,
              Sequential<Conv2d<8>,
                         Choice<Conv2d<8, Kernel<3>, Padding<1>, Depthwise>,
                                Conv2d<8, Kernel<5>, Padding<2>, Depthwise, NoBias>, Identity,
                                AvgPool2d<3, Stride<1>, Padding<1>>>,
                         BatchNorm2d,
                         Choice<Conv2d<8, Kernel<3>, Padding<1>, Groups<4>>, Conv2d<8, Groups<4>>, Identity>,
                         Choice<Conv2d<6, Kernel<3>, Stride<2>, Padding<1>>,
                                Sequential<AvgPool2d<2>, Conv2d<6, NoBias>>>,
                         ReLU, Flatten, Linear<2>>> {};

/// Choices within choices, within residual blocks, concatenations and copies, and the last layer of all.
struct NestedChoices
    : Network<Image<3, 6, 6>,
              Sequential<Conv2d<4>, ReLU,
                         Choice<Sequential<Conv2d<4, Kernel<3>, Padding<1>>, ReLU,
                                           Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>, Identity>>,
                                Residual<Sequential<Choice<Conv2d<4>, Zero>, BatchNorm2d>>,
                                Choice<Identity, Choice<Conv2d<4>, Conv2d<4, NoBias>>>>,
                         BatchNorm2d, Residual<Choice<Zero, Sequential<Conv2d<4>, Tanh>>>,
                         Concat<Choice<Conv2d<2>, Sequential<Conv2d<2>, ReLU>>, Choice<Identity, Conv2d<4>>>,
                         Repeat<2, Choice<Conv2d<6, Kernel<3>, Padding<1>>, Identity>>, Flatten,
                         Choice<Linear<3>, Sequential<Linear<5>, ReLU, Linear<3>>>>> {};

/// Vectors: few samples against many weights, so that shares go onto outputs.
struct VectorChoices
    : Network<
          Features<40>,
          Sequential<
              Choice<Linear<40>, Identity, Sequential<Linear<8>, ReLU, Linear<40>>>, BatchNorm1d, ReLU,
              Named<"head", Choice<Named<"small", Linear<3>>, Sequential<Linear<60>, Sigmoid, Linear<3>>>>>> {
};

} // namespace pliny::testing
