// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>

#include <concepts>
#include <span>
#include <string>

namespace pliny {

/// What makes one tensor of those of several branches: `facts(shapes)` tells all about it for branches that
/// give these shapes, `spelled()` writes its C++ type. Its facts have Channels::Join, Concat or Fixed, no
/// weights, and not joins_chain. A program that runs it needs `forward(a, b)`, a tensor for each branch, or
/// `forward(std::span<const at::Tensor>)` for any number. See JoinedBy.
template <class JoinType>
concept Join = requires(std::span<const Shape> inputs) {
    { JoinType::facts(inputs) } -> std::same_as<Facts>;
    { JoinType::spelled() } -> std::same_as<std::string>;
};

/// Facts of a join element by element, of branches that all give the same shape.
constexpr Facts elementwise_facts(std::span<const Shape> inputs, Fault unequal = Fault::JoinShapes) {
    Facts facts;
    facts.out = inputs[0];
    facts.channels = Channels::Join;
    for (const Shape& other : inputs.subspan(1))
        if (other != facts.out && !facts.problem)
            facts.problem = {unequal, other, facts.out};
    return facts;
}

/// Facts of a join that keeps the channels of all branches, one after the other; heights and widths agree.
constexpr Facts concat_facts(std::span<const Shape> inputs, Fault unequal = Fault::JoinShapes) {
    Facts facts;
    facts.out = inputs[0];
    facts.channels = Channels::Concat;
    facts.makes_values = false;
    facts.signs = Signs::AsInputs;
    for (const Shape& other : inputs.subspan(1)) {
        if (!other.same_positions(facts.out) && !facts.problem)
            facts.problem = {unequal, other, facts.out};
        facts.out = facts.out.with_channels(facts.out.channels() + other.channels());
    }
    return facts;
}

namespace detail {

/// The facts of a join, with a problem where masks and files could not rely on them.
constexpr Facts checked_join(Facts facts, std::span<const Shape> inputs) {
    if (facts.kind == Kind::Custom)
        facts.traits = LayerTraits{}; // see facts_of in layers/concept.hpp
    if (facts.problem.fault == Fault::Custom)
        facts.problem.fault = Fault::JoinShapes;
    if (facts.problem)
        return facts;
    if (facts.weights > 0 || facts.biases > 0 || facts.norm > 0 || facts.joins_chain)
        facts.problem = {Fault::JoinFacts, inputs[0], facts.out};
    std::int64_t all = 0;
    switch (facts.channels) {
    case Channels::Join:
        for (const Shape& input : inputs)
            if (input.channels() != facts.out.channels())
                facts.problem = {Fault::JoinShapes, input, facts.out};
        break;
    case Channels::Concat:
        for (const Shape& input : inputs)
            all += input.channels();
        if (all != facts.out.channels())
            facts.problem = {Fault::JoinShapes, facts.out.with_channels(all), facts.out};
        break;
    case Channels::Fixed:
        break;
    default:
        facts.problem = {Fault::JoinFacts, inputs[0], facts.out};
    }
    return facts;
}

} // namespace detail
} // namespace pliny
