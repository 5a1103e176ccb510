// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/join.hpp>
#include <pliny/graph/walk.hpp>

#include <array>
#include <span>
#include <string>
#include <vector>

namespace pliny {

/// The join of Concat.
struct ConcatJoin {
    static constexpr Facts facts(std::span<const Shape> inputs) {
        Facts facts = concat_facts(inputs, Fault::ConcatShapes);
        facts.kind = Kind::Concat;
        return facts;
    }
    static std::string spelled() { return "ConcatJoin"; }
    template <class Tensor>
    static Tensor forward(std::span<const Tensor> inputs) {
        const std::vector<Tensor> parts(inputs.begin(), inputs.end());
        return cat(parts, 1); // at::cat, of the namespace of tensors
    }
};

/// The channels of all branches over the same input, one after the other; heights and widths must agree.
/// Children: 0, 1, ...
template <class... Branches>
struct Concat {
    static_assert(sizeof...(Branches) >= 2, "[concat.1] Concat takes two branches or more");
    static_assert(takes_blocks<Joining::Concat, Branches...>);
    static_assert(distinct_names<Branches...>(), "[concat.4] two children of Concat have the same name; "
                                                 "give each Named block a name of its own");
    using Leaves = Append<LeavesOf<Branches>..., List<JoinRow<ConcatJoin, sizeof...(Branches)>>>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Concat");
        int index = 0;
        const std::array outputs{visitor.template child<Branches>(index++, input)...};
        visitor.close();
        return visitor.template join<ConcatJoin>(outputs);
    }
};

} // namespace pliny
