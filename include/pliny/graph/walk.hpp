// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/meta/fixed_string.hpp>
#include <pliny/meta/list.hpp>
#include <pliny/meta/path.hpp>

#include <string_view>

namespace pliny {

/// A block joins layers and blocks: `walk(visitor, input)` shows them in order of execution, `Leaves` lists
/// their types in the same order.
template <class B>
concept JoiningBlock = requires {
    typename B::Leaves;
};

template <class B>
concept Block = Layer<B> || JoiningBlock<B>;

/// In the list of leaves, the place where a block joins its branches.
struct AddRow {};
struct ConcatRow {};
/// In the list of leaves, the input of the network.
struct InputRow {};

template <class B>
struct LeavesOfBlock {
    using type = List<B>;
};
template <JoiningBlock B>
struct LeavesOfBlock<B> {
    using type = typename B::Leaves;
};
template <class B>
using LeavesOf = typename LeavesOfBlock<B>::type;

/// Keeps the path while a visitor walks a network; `Visitor` adds layer<L>(input), join(kind, inputs),
/// open(word), close().
template <class Visitor>
struct Walker {
    Path path{};

    /// Walks child number `index` of a block, or the child called `name`; a Named child goes by its own name.
    template <class B>
    constexpr int child(int index, int input) {
        return at<B>(path / index, input);
    }
    template <class B>
    constexpr int child(std::string_view name, int input) {
        return at<B>(path / name, input);
    }
    template <class B>
    constexpr int root(int input) {
        return at<B>(path, input);
    }

private:
    template <class B>
    constexpr int at(const Path& place, int input) {
        Visitor& visitor = static_cast<Visitor&>(*this);
        const Path outer = path;
        if constexpr (requires { B::own_name; })
            path = outer / B::own_name.view();
        else
            path = place;
        int output = 0;
        if constexpr (Layer<B>)
            output = visitor.template layer<B>(input);
        else
            output = B::walk(visitor, input);
        path = outer;
        return output;
    }
};

} // namespace pliny
