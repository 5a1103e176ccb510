// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include <pliny/meta/compiled.hpp>

namespace pliny::detail {

/// The numbers of a vector, wherever it lives.
PLINY_INLINE std::vector<double> read(const at::Tensor& vector);

/// A vector of a kind, or of that of `like`.
PLINY_INLINE at::Tensor write(const std::vector<double>& values, const at::TensorOptions& options);
PLINY_INLINE at::Tensor write(const std::vector<double>& values, const at::Tensor& like);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/alphas.hpp>
#endif
