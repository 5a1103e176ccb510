// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

#include <array>

namespace pliny {

/// The channels of all branches over the same input, one after the other; heights and widths must agree.
/// Children: 0, 1, ...
template <class... Branches>
struct Concat {
    static_assert(sizeof...(Branches) >= 2, "[concat.1] Concat takes two branches or more");
    static_assert(takes_blocks<Joining::Concat, Branches...>);
    static_assert(distinct_names<Branches...>(), "[concat.4] two children of Concat have the same name; "
                                                 "give each Named block a name of its own");
    using Leaves = Join<LeavesOf<Branches>..., List<ConcatRow<sizeof...(Branches)>>>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Concat");
        int index = 0;
        const std::array outputs{visitor.template child<Branches>(index++, input)...};
        visitor.close();
        return visitor.join(Kind::Concat, outputs, Fault::ConcatShapes);
    }
};

} // namespace pliny
