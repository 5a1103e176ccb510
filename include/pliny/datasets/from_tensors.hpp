// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include <pliny/datasets/examples.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// Examples of two tensors of one length.
///
/// `inputs`: [N, F], [N, C, L] or [N, C, H, W]. uint8 [N, C, H, W] or [N, H, W] stay bytes, images of levels
/// 0 to 255, of which a batch has byte / 255 (see `Standardisation` for their mean and deviation); all other
/// numbers, double among them, become float32 as they are; [N] becomes [N, 1].
/// `targets`: integers or bool [N] or [N, 1] are classes, floating point of any precision [N] or [N, K] are
/// numbers, as are integers [N, K]. `classes`: how many there are; 0: one more than the largest. Give it for
/// the test set.
///
/// What has its type already is shared, not copied. Throws `DatasetError` for anything else, and for what
/// `Examples::check` refuses: another number of targets, a class out of range, NaN.
PLINY_INLINE Examples from_tensors(const at::Tensor& inputs, const at::Tensor& targets,
                                   std::int64_t classes = 0, std::string name = "own data");

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/from_tensors.hpp>
#endif
