// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/shape.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/model_error.hpp>

#include <ATen/ATen.h>

#include <string>
#include <string_view>

namespace pliny::detail {

PLINY_INLINE std::string text_of(at::IntArrayRef sizes);

/// Whether layers convert what they read themselves (torch.autocast).
PLINY_INLINE bool autocasts(const at::Tensor& x);

/// Whether a tensor is [N, shape...], has a type that layers with weights such as `like` take, and is on
/// their device; `like` may be undefined. Asks the tensor only, and not its device.
PLINY_INLINE bool fits_input(const at::Tensor& x, const Shape& shape, const at::Tensor& like);

/// Says what of an input does not fit.
[[noreturn]] PLINY_INLINE void refuse_input(const at::Tensor& x, const Shape& shape, const at::Tensor& like);

/// ModelError where a batch norm would take the statistics of one value per channel, which has no variance,
/// named as `during`.
PLINY_INLINE void check_norm_batch(const at::Tensor& x, std::string_view path, std::string_view during);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/graph/definitions/model_input.hpp>
#endif
