// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/core.hpp>
#include <pliny/methods/mps/shares.hpp>
#include <pliny/methods/settle.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace pliny::test {

// clang-format off
struct Flattened : Network<Image<3, 8, 8>, Sequential<
    Conv2d<4, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, MaxPool2d<2>,
    Conv2d<6, Kernel<3>, Padding<1>>, ReLU,
    Flatten, Linear<7>, ReLU, Linear<5>>> {};
struct Depthwised : Network<Image<3, 8, 8>, Sequential<
    Conv2d<4, Kernel<3>, Padding<1>>, ReLU,
    Conv2d<4, Kernel<3>, Padding<1>, Depthwise>, ReLU,
    Conv2d<6>, ReLU,
    Flatten, Linear<3>>> {};
struct Summed : Network<Image<3, 8, 8>, Sequential<
    Conv2d<4, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Residual<Sequential<Conv2d<6>, ReLU, Conv2d<4>>>, ReLU,
    AvgPool2d<8>, Flatten, Linear<5>>> {};
struct Strung : Network<Image<3, 8, 8>, Sequential<
    Concat<Conv2d<2>, Sequential<Conv2d<3, Kernel<3>, Padding<1>>, ReLU>>,
    Conv2d<5, Kernel<3>, Padding<1>, Depthwise>, ReLU,
    Flatten, Linear<4>>> {};
/// Few enough bits to try them all.
struct Tiny : Network<Image<3, 4, 4>, Sequential<
    Conv2d<3, Kernel<3>, Padding<1>>, ReLU,
    Conv2d<2, Kernel<3>, Padding<1>>>> {};
struct TinySum : Network<Image<2, 4, 4>, Sequential<
    Conv2d<2>, Residual<Conv2d<2>>, ReLU, Flatten, Linear<1>>> {};
// clang-format on

/// Numbers for all shares of a space; some seeds have ties.
template <class Space>
std::vector<double> random_numbers(int seed) {
    std::mt19937 engine(static_cast<unsigned>(seed));
    std::normal_distribution<double> normal(0, 0.3 + 0.4 * (seed % 4));
    std::vector<double> numbers(Space::shares);
    for (double& number : numbers)
        number = seed % 5 == 4 ? std::round(2 * normal(engine)) / 2 : normal(engine);
    return numbers;
}

} // namespace pliny::test
