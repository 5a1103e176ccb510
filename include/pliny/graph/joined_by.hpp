// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/join.hpp>
#include <pliny/graph/walk.hpp>

#include <array>

namespace pliny {

/// Branches over the same input and what joins them, which may be a struct of the user's own:
/// `JoinedBy<GatedProduct, Conv2d<8>, Conv2d<8>>`. Children are called 0, 1, ...
template <class JoinType, class... Branches>
struct JoinedBy {
    static_assert(Join<JoinType>, "[join.3] JoinedBy takes a join first: a struct with facts(std::span<const "
                                  "Shape>) and spelled(); see graph/join.hpp");
    static_assert(sizeof...(Branches) >= 2, "[join.4] JoinedBy takes two branches or more behind its join");
    static_assert(takes_blocks<Joining::JoinedBy, Branches...>);
    static_assert(distinct_names<Branches...>(), "[join.6] two children of JoinedBy have the same name; "
                                                 "give each Named block a name of its own");
    using Leaves = Append<LeavesOf<Branches>..., List<JoinRow<JoinType, sizeof...(Branches)>>>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("JoinedBy");
        visitor.template name_join<JoinType>();
        int index = 0;
        const std::array outputs{visitor.template child<Branches>(index++, input)...};
        visitor.close();
        return visitor.template join<JoinType>(outputs);
    }
};

} // namespace pliny
