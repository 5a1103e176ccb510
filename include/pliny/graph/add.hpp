// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>
#include <pliny/layers/identity.hpp>

#include <array>

namespace pliny {

/// Sum of branches over the same input; all must give the same shape. Children are called 0, 1, ...
template <class... Branches>
struct Add {
    static_assert(sizeof...(Branches) >= 2, "[add.1] Add takes two branches or more");
    static_assert(takes_blocks<Joining::Add, Branches...>);
    static_assert(distinct_names<Branches...>(), "[add.4] two children of Add have the same name; "
                                                 "give each Named block a name of its own");
    using Leaves = Join<LeavesOf<Branches>..., List<AddRow<sizeof...(Branches)>>>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Add");
        int index = 0;
        const std::array outputs{visitor.template child<Branches>(index++, input)...};
        visitor.close();
        return visitor.join(Kind::Add, outputs, Fault::AddShapes);
    }
};

/// body(x) + shortcut(x); children are called body and shortcut (He et al., Deep residual learning, 2016).
template <class Body, class Shortcut = Identity>
struct Residual {
    static_assert(Block<Body> && Block<Shortcut>,
                  "[residual.1] Residual<Body, Shortcut> takes layers and blocks only");
    static_assert(distinct_names<Body, Shortcut>({"body", "shortcut"}),
                  "[residual.3] two children of Residual have the same name; "
                  "give each Named block a name of its own");
    using Leaves = Join<LeavesOf<Body>, LeavesOf<Shortcut>, List<AddRow<2>>>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Residual");
        const int body = visitor.template child<Body>("body", input);
        const std::array outputs{body, visitor.template child<Shortcut>("shortcut", input)};
        visitor.close();
        return visitor.join(Kind::Add, outputs, Fault::ResidualShapes);
    }
};

} // namespace pliny
