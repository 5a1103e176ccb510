// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <ATen/core/Tensor.h>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/npy.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

namespace detail {

/// A tensor that takes over the array; unsigned integers of 2 and 4 bytes become signed ones of 4 and 8.
PLINY_INLINE at::Tensor tensor_of(NpyArray array, const std::filesystem::path& path);

} // namespace detail

/// The array of a .npy file as a tensor of its type. Throws `DatasetError` (see `read_npy_array`).
PLINY_INLINE at::Tensor read_npy(const std::filesystem::path& path);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/read_npy.hpp>
#endif
