// SPDX-License-Identifier: Apache-2.0
// A small network and searches on it.
#pragma once

#include "support/tensors.hpp"

#include <pliny/core.hpp>
#include <pliny/nn/methods/pit.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace pliny::testing {

struct Net
    : Network<Image<1, 8, 8>, Sequential<Conv2d<8, Kernel<3>>, BatchNorm2d, ReLU, Conv2d<12, Kernel<3>>, ReLU,
                                         Flatten, Linear<20>, ReLU, Linear<3>>> {};
inline constexpr double full = cost_of<Net, Params>;

using Halved = Pit<Net, Cost<Params>, Duccio<Limit<Percent<50>>>>;
using Relaxed = Pit<Net, Cost<Params>, Duccio<Limit<Percent<50>>>, RelaxedCost>;
using TwoLimits =
    Pit<Net, Cost<Params, Ops>, Duccio<Limit<Params, Percent<30>>, Limit<Ops, Percent<60>>, Gain<2>>>;

template <class Search>
void fill(Model<Search>& model, double value) {
    const at::NoGradGuard no_grad;
    model.alpha.fill_(value);
}

template <class Search>
void random_alpha(Model<Search>& model, double largest) {
    const at::NoGradGuard no_grad;
    model.alpha.uniform_(-largest, largest);
}

template <class Search>
std::vector<double> strengths(const Model<Search>& model) {
    return pliny::detail::read(model.named_buffers()["regularizer_strengths"]);
}

/// Relative to 1e-6; 0 is 0.
inline doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-6).scale(1e-30); }

// Exactly the cost of 7 channels instead of 8 in the first layer, and one parameter less.
inline constexpr int without_one = [] {
    auto fewer = full_widths<std::int64_t>(plan<Net>);
    fewer[1] = 7;
    return static_cast<int>(total_cost(Params, plan<Net>, std::span<const std::int64_t>(fewer)));
}();

} // namespace pliny::testing
