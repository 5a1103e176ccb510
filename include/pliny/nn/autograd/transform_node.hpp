// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>

#include <ATen/ATen.h>

namespace pliny::detail {

/// The gradient of a weight from that of what a transform has made of it.
using TransformBackward = at::Tensor (*)(const at::Tensor& gradient, const at::Tensor& weight,
                                         const at::Tensor& made);

/// What was made of a weight, without gradients, as something that has one: straight through, or as
/// `backward` tells.
PLINY_INLINE at::Tensor straight_through(const at::Tensor& weight, at::Tensor made,
                                         TransformBackward backward = nullptr);

/// A weight whose zeros get no gradient, so that they stay.
PLINY_INLINE at::Tensor zeros_held(const at::Tensor& weight);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/transform_node.hpp>
#endif
