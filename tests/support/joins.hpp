// SPDX-License-Identifier: Apache-2.0
#pragma once

// Joins that the library does not know.

#include <pliny/core.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace pliny::testing {

/// Joins of the user's own: a gate, which keeps zeros; a mean of three plus 1, which does not; channels in
/// turn.
struct GatedProduct {
    static constexpr Facts facts(std::span<const Shape> inputs) { return elementwise_facts(inputs); }
    static std::string spelled() { return "GatedProduct"; }
    template <class Tensor>
    static Tensor forward(const Tensor& a, const Tensor& b) {
        return a * b.sigmoid();
    }
};

/// Of any number of branches; does not keep zeros.
struct MeanPlusOne {
    static constexpr Facts facts(std::span<const Shape> inputs) {
        Facts facts = elementwise_facts(inputs);
        facts.keeps_zero = false;
        return facts;
    }
    static std::string spelled() { return "MeanPlusOne"; }
    template <class Tensor>
    static Tensor forward(std::span<const Tensor> inputs) {
        Tensor sum = inputs[0];
        for (std::size_t i = 1; i < inputs.size(); ++i)
            sum = sum + inputs[i];
        return sum / static_cast<double>(inputs.size()) + 1;
    }
};

/// An image times a factor for each channel.
struct ScaledChannels {
    static constexpr Facts facts(std::span<const Shape> inputs) {
        Facts facts{.out = inputs[0], .channels = Channels::Join};
        if (inputs.size() != 2 || inputs[1] != Shape{inputs[0].channels(), 1, 1})
            facts.problem = {Fault::Custom, inputs[1], Shape{inputs[0].channels(), 1, 1}};
        return facts;
    }
    static std::string spelled() { return "ScaledChannels"; }
    template <class Tensor>
    static Tensor forward(const Tensor& image, const Tensor& factors) {
        return image * factors;
    }
};

/// The channels of a sum in reverse order, which is more than masks can follow.
struct Reversed {
    static constexpr Facts facts(std::span<const Shape> inputs) {
        Facts facts = elementwise_facts(inputs);
        facts.channels = Channels::Fixed;
        return facts;
    }
    static std::string spelled() { return "Reversed"; }
    template <class Tensor>
    static Tensor forward(const Tensor& a, const Tensor& b) {
        return (a + b).flip(1);
    }
};

} // namespace pliny::testing
