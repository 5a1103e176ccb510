// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/join.hpp>
#include <pliny/graph/walk.hpp>
#include <pliny/layers/identity.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace pliny {

/// The join of Add and Residual; `Unequal`: what it says of branches that give different shapes.
template <Fault Unequal = Fault::AddShapes>
struct SumJoin {
    static constexpr Facts facts(std::span<const Shape> inputs) {
        Facts facts = elementwise_facts(inputs, Unequal);
        facts.kind = Kind::Add;
        facts.signs = Signs::AsInputs;
        facts.traits.output_unread = true;
        return facts;
    }
    static std::string spelled() { return "SumJoin<>"; }
    template <class Tensor>
    static Tensor forward(std::span<const Tensor> inputs) {
        Tensor sum = inputs[0] + inputs[1];
        for (std::size_t i = 2; i < inputs.size(); ++i)
            sum += inputs[i];
        return sum;
    }
};

/// Sum of branches over the same input; all must give the same shape. Children are called 0, 1, ...
template <class... Branches>
struct Add {
    static_assert(sizeof...(Branches) >= 2, "[add.1] Add takes two branches or more");
    static_assert(takes_blocks<Joining::Add, Branches...>);
    static_assert(distinct_names<Branches...>(), "[add.4] two children of Add have the same name; "
                                                 "give each Named block a name of its own");
    using Leaves = Append<LeavesOf<Branches>..., List<JoinRow<SumJoin<>, sizeof...(Branches)>>>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Add");
        int index = 0;
        const std::array outputs{visitor.template child<Branches>(index++, input)...};
        visitor.close();
        return visitor.template join<SumJoin<>>(outputs);
    }
};

/// body(x) + shortcut(x); children are called body and shortcut (He et al., Deep residual learning, 2016).
template <class Body, class Shortcut = Identity>
struct Residual {
    static_assert(Block<Body> && Block<Shortcut>,
                  "[residual.1] Residual<Body, Shortcut> takes layers and blocks only");
    static_assert(distinct_names<Body, Shortcut>({"body", "shortcut"}),
                  "[residual.3] two children of Residual have the same name; "
                  "give each Named block a name of its own");
    using Leaves =
        Append<LeavesOf<Body>, LeavesOf<Shortcut>, List<JoinRow<SumJoin<Fault::ResidualShapes>, 2>>>;

    template <class Visitor>
    static constexpr int walk(Visitor& visitor, int input) {
        visitor.open("Residual");
        const int body = visitor.template child<Body>("body", input);
        const std::array outputs{body, visitor.template child<Shortcut>("shortcut", input)};
        visitor.close();
        return visitor.template join<SumJoin<Fault::ResidualShapes>>(outputs);
    }
};

} // namespace pliny
