// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/core.hpp>

#include <array>

namespace pliny::test {

// clang-format off
/// A choice inside an alternative of another one, one alternative of which is empty. Rows: 1 stem, 2 the 3x3
/// convolution, 3 and 4 the long alternative up to its own choice, 5 and 6 what that chooses among, 7 the
/// inner choice, 8 the outer one, 9 norm, 10 ReLU, 11 flatten, 12 linear. Alternatives: 0 and 1 those of the
/// inner choice, 2, 3 and 4 those of the outer one.
struct Nested : Network<Image<3, 8, 8>, Sequential<
    Conv2d<8>,
    Choice<
        Conv2d<8, Kernel<3>, Padding<1>>,
        Sequential<>,
        Sequential<Conv2d<4>, ReLU, Choice<
            Conv2d<8>,
            Named<"wide", Conv2d<8, Kernel<3>, Padding<1>>>>>>,
    BatchNorm2d, ReLU, Flatten, Linear<10>>> {};

/// Choices inside Residual, Concat and Repeat. Rows: 1 stem; 2 and 3 alternatives, 4 choice, 5 shortcut, 6
/// sum; 7 and 8 alternatives, 9 choice, 10 the other branch, 11 concat; 12 to 14 and 15 to 17 two copies of a
/// choice with its alternatives; 18 flatten, 19 linear.
struct Around : Network<Image<3, 8, 8>, Sequential<
    Conv2d<4>,
    Residual<Choice<Conv2d<4>, Zero>>,
    Concat<Choice<Conv2d<2>, Conv2d<2, Kernel<3>, Padding<1>>>, ReLU>,
    Repeat<2, Choice<Conv2d<6, NoBias>, Named<"skip", Identity>>>,
    Flatten, Linear<2>>> {};

/// Three choices inside each other, the outermost being the whole network, in its first alternative; a fourth
/// beside the innermost.
struct Deepest : Network<Features<4>, Choice<
    Sequential<
        Choice<
            Linear<5>,
            Sequential<Choice<Linear<2>, Sequential<Linear<3>, Linear<2>>>, ReLU, Linear<5>>,
            Sequential<Linear<6>, Choice<ReLU, Linear<6>, Sequential<>>, Linear<5>>>,
        Linear<4>>,
    Sequential<>,
    Linear<4, NoBias>>> {};

/// A chain of choices for searches with limits: kernels that merge, blocks, nothing.
struct Chain : Network<Image<3, 8, 8>, Sequential<
    Choice<Conv2d<16>, Conv2d<16, Kernel<3>, Padding<1>>, Conv2d<16, Kernel<5>, Padding<2>>>, BatchNorm2d, ReLU,
    Choice<
        Sequential<Conv2d<24>, ReLU, Choice<Conv2d<16>, Conv2d<16, Kernel<3>, Padding<1>>>>,
        Conv2d<16, Kernel<3>, Padding<1>>,
        Identity>,
    Residual<Choice<Sequential<Conv2d<12, Kernel<3>, Padding<1>>, ReLU, Conv2d<16>>, Conv2d<16>, Zero>>,
    MaxPool2d<4>, Flatten,
    Choice<Linear<32>, Sequential<Linear<8>, Linear<32>>>, ReLU, Linear<10>>> {};
// clang-format on

} // namespace pliny::test
