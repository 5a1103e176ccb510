// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/row.hpp>

#include <cstdint>
#include <type_traits>

namespace pliny {

/// One call of a convolution or linear layer as a cost sees it: static facts, and channel counts of any
/// numeric type (integers for constants, double for reports, Dual for training), in which its counts are,
/// too.
template <class Number>
struct LayerCall {
    const Facts& facts;
    Number in;               // channels or features that are alive at its input
    Number out;              // ... and at its output
    int weight_bits = 8;     // of the weights of these output channels
    int activation_bits = 8; // of the input

    constexpr Kind kind() const { return facts.kind; }
    constexpr const Window& window() const { return facts.window; }
    constexpr Number kernel_area() const { return number(facts.window.area()); }
    constexpr std::int64_t groups() const { return facts.groups; }
    constexpr bool depthwise() const { return facts.depthwise; }
    constexpr bool has_bias() const { return facts.has_bias(); }
    /// Output pixels; 1 for a linear layer.
    constexpr Number positions() const { return number(facts.out.positions()); }

    /// Weights without biases, those that a method sets to 0 among them: in out / groups x kernel area;
    /// depthwise: in x kernel area.
    constexpr Number all_weights() const {
        if (depthwise())
            return in * kernel_area();
        return in * out * kernel_area() / number(groups());
    }
    /// Weights without biases that are left, see Density.
    constexpr Number weights() const {
        if (facts.density == Density{})
            return all_weights();
        return all_weights() * number(facts.density.left) / number(facts.density.of);
    }
    constexpr Number biases() const { return out * number(has_bias()); }

private:
    static constexpr Number number(std::int64_t whole) {
        if constexpr (std::is_integral_v<Number>)
            return static_cast<Number>(whole);
        else
            return static_cast<double>(whole);
    }
};

} // namespace pliny
