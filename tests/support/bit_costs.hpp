// SPDX-License-Identifier: Apache-2.0
// Layers, and what they cost with bits: values and slopes.
#pragma once

#include <pliny/core.hpp>

#include <doctest/doctest.h>

#include <cstdint>

namespace pliny::testing {

inline doctest::Approx nearly(double value, double relative = 1e-12) {
    return doctest::Approx(value).epsilon(relative).scale(0);
}

struct Bits {
    int weight = 0, activation = 0;
};

inline Facts conv(Size kernel, Size out, std::int64_t groups = 1, bool depthwise = false) {
    Facts facts{.kind = Kind::Conv2d, .out = Shape{1, out[0], out[1]}};
    facts.window.kernel = kernel;
    facts.groups = groups;
    facts.depthwise = depthwise;
    facts.biases = 1;
    return facts;
}
inline Facts linear() { return {.kind = Kind::Linear, .out = Shape{1}, .biases = 1}; }

template <class C>
double price(const C& cost, const Facts& facts, double in, double out, Bits bits = {8, 8}) {
    return cost(LayerCall<double>{facts, in, out, bits.weight, bits.activation});
}
template <class C>
Dual slopes(const C& cost, const Facts& facts, double in, double out, Bits bits = {8, 8}) {
    return cost(LayerCall<Dual>{facts, Dual::in(in), Dual::out(out), bits.weight, bits.activation});
}

} // namespace pliny::testing
