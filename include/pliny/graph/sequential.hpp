// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

namespace pliny {

/// One block after the other; its children are called 0, 1, ... as in torch.nn.Sequential.
template <class... Blocks>
struct Sequential {
    static_assert((Block<Blocks> && ...), "[sequential.1] Sequential takes layers and blocks only");
    using Leaves = Join<LeavesOf<Blocks>...>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Sequential");
        int index = 0;
        ((input = visitor.template child<Blocks>(index++, input)), ...);
        visitor.close();
        return input;
    }
};

} // namespace pliny
