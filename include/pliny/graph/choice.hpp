// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

#include <array>

namespace pliny {

/// One of several blocks over the same input; a search such as SuperNet<Net> chooses which. All must give the
/// same shape. Children are called 0, 1, ...
template <class... Alternatives>
struct Choice {
    static_assert(sizeof...(Alternatives) >= 1, "[choice.1] Choice takes an alternative or more");
    static_assert(takes_blocks<Joining::Choice, Alternatives...>);
    static_assert(distinct_names<Alternatives...>(),
                  "[choice.4] two alternatives of Choice have the same name; "
                  "give each Named block a name of its own");
    using Leaves = Append<LeavesOf<Alternatives>..., List<ChoiceRow<sizeof...(Alternatives)>>>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Choice");
        int index = 0;
        const std::array outputs{visitor.template alternative<Alternatives>(index++, input)...};
        visitor.close();
        return visitor.choice(outputs);
    }
};

} // namespace pliny
