// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

#include <utility>

namespace pliny {

namespace detail {

template <class Body, class Copies>
struct RepeatedLeaves;
template <class Body, int... Copy>
struct RepeatedLeaves<Body, std::integer_sequence<int, Copy...>> {
    using type = Append<std::conditional_t<Copy >= 0, LeavesOf<Body>, void>...>;
};

} // namespace detail

/// The same block so many times in a row, each with its own weights; children are called 0, 1, ...
template <int Times, class Body>
struct Repeat {
    static_assert(Times > 0, "[repeat.1] Repeat<N, Block> needs N >= 1");
    static_assert(Block<Body>, "[repeat.2] Repeat<N, Block> takes a layer or a block");
    static_assert(Times == 1 || !has_own_name<Body>,
                  "[repeat.3] all copies of Repeat<N, Named<...>> would have the "
                  "same name; write Named<..., Repeat<N, ...>>");
    using Leaves =
        typename detail::RepeatedLeaves<Body, std::make_integer_sequence<int, (Times > 0 ? Times : 0)>>::type;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Sequential"); // the widths that a search finds differ from copy to copy
        for (int index = 0; index < Times; ++index)
            input = visitor.template child<Body>(index, input);
        visitor.close();
        return input;
    }
};

} // namespace pliny
