// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

namespace pliny {

/// Gives a block its name in the paths of parameters: `Named<"features", Sequential<...>>` holds
/// `features.0.weight`.
template <FixedString Name, class Body>
struct Named {
    static_assert(Block<Body>, "[named.1] Named<\"name\", Block> takes a layer or a block");
    static_assert(!Name.view().empty() && Name.view().find('.') == std::string_view::npos,
                  "[named.2] the name of a block is not empty and has no dot");
    using body_type = Body;
    using Leaves = LeavesOf<Body>;
    static constexpr FixedString own_name = Name;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Named", Name.view());
        const int output = visitor.template root<Body>(input);
        visitor.close();
        return output;
    }
};

} // namespace pliny
