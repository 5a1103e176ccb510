// SPDX-License-Identifier: Apache-2.0
//
// 01. A network is a type.
//
// You write down layers, and the compiler works out everything that follows from them: shapes, weights, and
// which layers must be pruned together. Nothing here runs a network, and LibTorch is not involved: this file
// includes <pliny/core.hpp> only and compiles in a second or two.

#include <pliny/core.hpp>

#include <cstdio>

using namespace pliny;

// A struct of your own that derives from Network<input, block>. Input channels are never written: they follow
// from the layer before. Options stand in any order and have PyTorch's defaults. The struct gives the type a
// short name, the one that you will read in error messages.

// clang-format off
struct Clothes : Network<Image<1, 28, 28>, Sequential<
    Conv2d<16, Kernel<3>, Stride<2>, Padding<1>>, BatchNorm2d, ReLU,
    Residual<Sequential<
        Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
        Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d>>,
    ReLU, AdaptiveAvgPool2d<1>, Flatten,
    Linear<10>>> {};
// clang-format on

// Because a network is a type, what is known about it is a constant. A static_assert is a test that runs
// whenever you compile.

static_assert(output_shape<Clothes> == Shape{10});
static_assert(cost_of<Clothes, Params> == 4'970);

// Some networks come with the library: Cnn, Vgg16 and ResNet8, and templates to fit the last two to other
// images.

static_assert(cost_of<Cnn, Params> == 421'642); // weights and biases of conv and linear layers
static_assert(output_shape<Cnn> == Shape{10});
static_assert(output_shape<ResNet8On<Image<1, 28, 28>, 5>> == Shape{5});

// Had you forgotten the Flatten before Linear, the first line of the compiler's answer would have been
//
//     error: static assertion failed: [linear.4] Linear needs a vector as input; put Flatten before it
//
// and the lines around it would name the layer by its path. tests/compile_fail/README.md lists all such
// sentences.

// A search is a type, too: the network, what is counted, and what to do about it. This one looks for the
// widths of Clothes under the limit of a fifth of its parameters.

using Search = Pit<Clothes, Cost<Params>, Duccio<Limit<Percent<20>>>>;

// The smallest and the largest network that the search can find are constants as well.

static_assert(Search::bounds[0].largest == 4'970);
static_assert(Search::limits[0] == 994);

int main() {
    // describe<Net>() writes the plan of a network: a line per layer with its path (the name of its
    // parameters, as PyTorch would call them), output shape, weights and multiply-accumulates. The last
    // column is the mask group: layers with the same name there lose the same channels. Layer 0 and the end
    // of the residual body share one, as their outputs are added. A star marks channels that cannot be lost.
    std::printf("Clothes\n%s\n", describe<Clothes>().c_str());

    // For a search the table goes on with the bounds of each cost and the limits.
    std::printf("The search\n%s\n", describe<Search>().c_str());

    // The way back: a network as C++ source. Example 06 uses it for a network that a search has found.
    std::printf("Cnn is\n%s\n", spelled_network<Cnn>().c_str());
}
