// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

#include <concepts>
#include <type_traits>

namespace pliny {

/// How random weights begin. Default: as PyTorch initialises Conv2d and Linear. KaimingNormal: as torchvision
/// initialises vgg16, convolutions by He et al. (2015) over the fan out, linear layers by N(0, 0.01), biases
/// 0.
enum class Init { Default, KaimingNormal };

/// A network: what goes in and the block that it runs through; derive a struct from it to give it a name.
/// That struct may say how random weights begin: `static constexpr Init init = Init::KaimingNormal;`.
template <class Input, class Body>
struct Network {
    static_assert(
        requires {
            { Input::shape } -> std::convertible_to<Shape>;
        },
        "[network.2] the first argument of Network is its input: Image<C, H, W> or Features<N>");
    static_assert(Block<Body>,
                  "[network.3] the second argument of Network is a layer or a block such as Sequential<...>");
    using input_type = Input;
    using body_type = Body;
    static constexpr Init init = Init::Default;
    /// The layers in order of execution, the input first: one for each row of the plan.
    using Rows = Append<List<InputRow>, LeavesOf<Body>>;
};

template <class Net>
concept DescribedNetwork = requires {
    typename Net::input_type;
    typename Net::body_type;
    typename Net::Rows;
};

/// A network whose weights count as a method makes them, see Transformed.
template <class Net>
concept TransformedNetwork = DescribedNetwork<Net> && requires {
    typename Net::weight_transform;
};

} // namespace pliny
