// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

namespace pliny {

/// One block after the other; its children are called 0, 1, ... as in torch.nn.Sequential.
template <class... Blocks>
struct Sequential {
    static_assert(takes_blocks<Joining::Sequential, Blocks...>);
    static_assert(distinct_names<Blocks...>(),
                  "[sequential.2] two children of Sequential have the same name; "
                  "give each Named block a name of its own");
    using Leaves = Append<LeavesOf<Blocks>...>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Sequential");
        int index = 0;
        const int outputs[] = {input, (input = visitor.template child<Blocks>(index++, input))...};
        visitor.close();
        return outputs[sizeof...(Blocks)];
    }
};

} // namespace pliny
