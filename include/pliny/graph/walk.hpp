// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/meta/fixed_string.hpp>
#include <pliny/meta/list.hpp>
#include <pliny/meta/path.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <type_traits>

namespace pliny {

/// A block joins layers and blocks: `walk(visitor, input)` shows them in order of execution, `Leaves` lists
/// their types in the same order.
template <class BlockType>
concept JoiningBlock = requires {
    typename BlockType::Leaves;
};

template <class BlockType>
concept Block = Layer<BlockType> || JoiningBlock<BlockType>;

/// The blocks that join several others.
enum class Joining { Sequential, Add, Concat, JoinedBy, Choice };

/// A child that is neither a layer nor a block; the compiler prints its number, from 0, and what it is.
template <int Number, class Child, Joining In>
struct WrongChild {
    static_assert(
        In != Joining::Sequential,
        "[sequential.1] Sequential takes layers and blocks only, each written without (); the lines around "
        "this one print WrongChild<number from 0, what it is>");
    static_assert(
        In != Joining::Add,
        "[add.2] Add takes layers and blocks only, each written without (); the lines around this one "
        "print WrongChild<number from 0, what it is>");
    static_assert(
        In != Joining::Concat,
        "[concat.2] Concat takes layers and blocks only, each written without (); the lines around this "
        "one print WrongChild<number from 0, what it is>");
    static_assert(
        In != Joining::JoinedBy,
        "[join.5] JoinedBy takes layers and blocks only behind its join, each written without (); the lines "
        "around this one print WrongChild<number from 0, what it is>");
    static_assert(
        In != Joining::Choice,
        "[choice.2] Choice takes layers and blocks only, each written without (); the lines around this "
        "one print WrongChild<number from 0, what it is>");
};

/// All are blocks; no fold, of which clang nests 256 at most.
template <Joining In, class... Blocks>
inline constexpr bool takes_blocks = [] {
    constexpr int wrong = [] {
        int number = 0;
        for (bool block : {Block<Blocks>..., true}) {
            if (!block)
                return number;
            ++number;
        }
        return -1;
    }();
    if constexpr (wrong >= 0)
        return sizeof(WrongChild<wrong, ItemAt<wrong, List<Blocks...>>, In>) > 0;
    return true;
}();

template <class BlockType>
inline constexpr bool has_own_name = requires {
    BlockType::own_name;
};

/// No two children of a block go by one name (their own, or else the given one, or else their number): their
/// parameters would have the same path.
template <class... Children>
constexpr bool distinct_names([[maybe_unused]] std::initializer_list<std::string_view> given = {}) {
    if constexpr (sizeof...(Children) < 2) {
        return true;
    } else {
        const std::array<bool, sizeof...(Children)> named{has_own_name<Children>...};
        if (std::find(named.begin(), named.end(), true) == named.end())
            return true;
        std::size_t index = 0;
        const auto name = [&]<class Child>(std::type_identity<Child>) {
            Path path;
            if constexpr (has_own_name<Child>)
                path.append(Child::own_name.view());
            else if (given.size() > 0)
                path.append(given.begin()[index]);
            else
                path.append(static_cast<int>(index));
            ++index;
            return path;
        };
        const std::array<Path, sizeof...(Children)> names{name(std::type_identity<Children>{})...};
        for (std::size_t i = 0; i < names.size(); ++i)
            if (named[i] && std::count(names.begin(), names.end(), names[i]) > 1)
                return false;
        return true;
    }
}

/// In the list of leaves, the place where a block joins its branches.
template <class JoinType, int Inputs>
struct JoinRow {
    using join = JoinType;
};
/// ... or chooses among its alternatives.
template <int Inputs>
struct ChoiceRow {};
/// In the list of leaves, the input of the network.
struct InputRow {};

template <class BlockType>
struct LeavesOfBlock {
    using type = List<BlockType>;
};
template <JoiningBlock BlockType>
struct LeavesOfBlock<BlockType> {
    using type = typename BlockType::Leaves;
};
template <class BlockType>
using LeavesOf = typename LeavesOfBlock<BlockType>::type;

/// Rows that a leaf reads.
template <class Leaf>
inline constexpr int inputs_of = 1;
template <class JoinType, int Inputs>
inline constexpr int inputs_of<JoinRow<JoinType, Inputs>> = Inputs;
template <int Inputs>
inline constexpr int inputs_of<ChoiceRow<Inputs>> = Inputs;
template <>
inline constexpr int inputs_of<InputRow> = 0;

/// Alternatives that a leaf chooses among; 0 for most leaves.
template <class Leaf>
inline constexpr int alternatives_of = 0;
template <int Inputs>
inline constexpr int alternatives_of<ChoiceRow<Inputs>> = Inputs;

/// Keeps the path while a visitor walks a network. `Visitor` adds layer<LayerType>(input),
/// join<JoinType>(inputs) and choice(inputs), which return the number of the new row, open(word, name) and
/// close() around the children of a block, and name_join<JoinType>() where the block names its join first.
template <class Visitor>
struct Walker {
    Path path{};

    /// Walks child number `index` of a block, or the child called `name`; a Named child goes by its own name.
    template <class BlockType>
    constexpr int child(int index, int input) {
        return walk<BlockType>(input, index);
    }
    template <class BlockType>
    constexpr int child(std::string_view name, int input) {
        return walk<BlockType>(input, name);
    }
    /// Walks alternative number `index` of a Choice.
    template <class BlockType>
    constexpr int alternative(int index, int input) {
        return walk<BlockType>(input, index);
    }
    /// Walks a block that adds nothing to the path.
    template <class BlockType>
    constexpr int root(int input) {
        return walk<BlockType>(input);
    }

private:
    template <class BlockType, class... Name>
    constexpr int walk(int input, Name... name) {
        const std::size_t outer = path.size;
        if constexpr (has_own_name<BlockType>)
            path.append(BlockType::own_name.view());
        else
            (path.append(name), ...);
        Visitor& visitor = static_cast<Visitor&>(*this);
        int output = 0;
        if constexpr (Layer<BlockType>)
            output = visitor.template layer<BlockType>(input);
        else if constexpr (JoiningBlock<BlockType>)
            output = BlockType::walk(visitor, input);
        else
            output = input; // the block that holds it has reported it
        path.shorten(outer);
        return output;
    }
};

} // namespace pliny
