// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny::detail {

[[noreturn]] PLINY_INLINE void examples_error(std::string_view found, std::string_view expected);

/// "3 x 28 x 28"
PLINY_INLINE std::string extents_text(at::IntArrayRef extents);

/// Throws for the first entry of a float32 tensor [N, ...] that is no finite number.
PLINY_INLINE void check_finite(const at::Tensor& values, std::string_view what);

/// Throws for the first class outside [0, classes).
PLINY_INLINE void check_classes(const at::Tensor& targets, std::int64_t classes);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/tensor_checks.hpp>
#endif
