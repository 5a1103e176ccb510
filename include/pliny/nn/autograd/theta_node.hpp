// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/nn/autograd/alphas.hpp>

#include <span>
#include <vector>

namespace pliny::detail {

/// The shares of all alternatives as one tensor, from one autograd node a step: `values` in the forward pass,
/// the gradient that of softmax.
PLINY_INLINE at::Tensor shared(const at::Tensor& alpha, const HeldNumbers& values, const HeldNumbers& soft,
                               double temperature, std::size_t first,
                               void (*through_softmax)(std::span<const double> theta, double temperature,
                                                       std::span<double> gradient));

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/theta_node.hpp>
#endif
