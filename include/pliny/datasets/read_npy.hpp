// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/npy.hpp>

namespace pliny {

namespace detail {

/// A tensor that takes over the array; unsigned integers of 2 and 4 bytes become signed ones of 4 and 8.
inline at::Tensor tensor_of(NpyArray array, const std::filesystem::path& path) {
    at::ScalarType kept = at::kFloat, wanted = at::kFloat;
    switch (array.kind) {
    case 'b':
        kept = wanted = at::kBool;
        break;
    case 'i':
        kept = wanted = array.size == 1   ? at::kChar
                        : array.size == 2 ? at::kShort
                        : array.size == 4 ? at::kInt
                                          : at::kLong;
        break;
    case 'u':
        kept = array.size == 1   ? at::kByte
               : array.size == 2 ? at::kUInt16
               : array.size == 4 ? at::kUInt32
                                 : at::kLong;
        wanted = array.size == 1 ? at::kByte : array.size == 2 ? at::kInt : at::kLong;
        break;
    default:
        kept = wanted = array.size == 2 ? at::kHalf : array.size == 4 ? at::kFloat : at::kDouble;
    }
    auto owner = std::make_shared<std::vector<std::uint8_t>>(std::move(array.bytes));
    at::Tensor tensor = at::from_blob(
        owner->data(), array.shape, [owner](void*) {}, kept);
    if (array.kind == 'u' && array.size == 8 && tensor.lt(0).any().item<bool>()) // its upper half
        dataset_error(path, "a number of 2^63 or more", "numbers that fit into int64");
    return tensor.to(wanted);
}

} // namespace detail

/// The array of a .npy file as a tensor of its type. Throws `DatasetError` (see `read_npy_array`).
inline at::Tensor read_npy(const std::filesystem::path& path) {
    return detail::tensor_of(read_npy_array(path), path);
}

} // namespace pliny
