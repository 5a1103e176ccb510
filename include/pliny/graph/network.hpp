// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

#include <concepts>
#include <type_traits>

namespace pliny {

/// A network: what goes in and the block that it runs through; derive a struct from it to give it a name.
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
    /// The layers in order of execution, the input first: one for each row of the plan.
    using Rows = Join<List<InputRow>, LeavesOf<Body>>;
};

template <class Net>
concept DescribedNetwork = requires {
    typename Net::input_type;
    typename Net::body_type;
    typename Net::Rows;
};

} // namespace pliny
