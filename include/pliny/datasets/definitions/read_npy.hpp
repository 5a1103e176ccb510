// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/npy.hpp>
#include <pliny/datasets/read_npy.hpp>

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <cstdint>
#include <filesystem>
#include <utility>

namespace pliny::detail {

PLINY_INLINE at::Tensor tensor_of(NpyArray array, const std::filesystem::path& path) {
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

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE at::Tensor read_npy(const std::filesystem::path& path) {
    return detail::tensor_of(read_npy_array(path), path);
}

} // namespace pliny
