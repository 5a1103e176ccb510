// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

#include <utility>

namespace pliny {

namespace detail {

template <class B, class Copies>
struct RepeatedLeaves;
template <class B, int... Copy>
struct RepeatedLeaves<B, std::integer_sequence<int, Copy...>> {
    using type = Join<std::conditional_t<Copy >= 0, LeavesOf<B>, void>...>;
};

} // namespace detail

/// The same block N times in a row, each with its own weights; children are called 0, 1, ...
template <int N, class B>
struct Repeat {
    static_assert(N > 0, "[repeat.1] Repeat<N, Block> needs N >= 1");
    static_assert(Block<B>, "[repeat.2] Repeat<N, Block> takes a layer or a block");
    static_assert(N == 1 || !has_own_name<B>, "[repeat.3] all copies of Repeat<N, Named<...>> would have the "
                                              "same name; write Named<..., Repeat<N, ...>>");
    using Leaves = typename detail::RepeatedLeaves<B, std::make_integer_sequence<int, (N > 0 ? N : 0)>>::type;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Sequential"); // the widths that a search finds differ from copy to copy
        for (int index = 0; index < N; ++index)
            input = visitor.template child<B>(index, input);
        visitor.close();
        return input;
    }
};

} // namespace pliny
