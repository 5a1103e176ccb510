// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/tensor_checks.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/isfinite.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace pliny::detail {

PLINY_INLINE void examples_error(std::string_view found, std::string_view expected) {
    std::string message = "examples: found ";
    message.append(found).append("; expected ").append(expected);
    throw DatasetError(message);
}

PLINY_INLINE std::string extents_text(at::IntArrayRef extents) {
    std::string text;
    for (const std::int64_t extent : extents)
        text += (text.empty() ? "" : " x ") + std::to_string(extent);
    return text;
}

PLINY_INLINE void check_finite(const at::Tensor& values, std::string_view what) {
    const at::Tensor finite = at::isfinite(values);
    if (finite.all().item<bool>())
        return;
    const at::Tensor place = finite.logical_not().nonzero()[0].cpu();
    const auto* index = place.const_data_ptr<std::int64_t>();
    at::Tensor entry = values;
    std::string rest;
    for (std::int64_t axis = 0; axis < values.dim(); ++axis) {
        entry = entry.select(0, index[axis]);
        if (axis > 0)
            rest += (axis > 1 ? ", " : "") + std::to_string(index[axis]);
    }
    if (values.dim() == 2)
        rest = ", column " + rest;
    else if (!rest.empty())
        rest = " at [" + rest + "]";
    const bool nan = entry.isnan().item<bool>();
    examples_error((nan ? "nan" : "infinity, or a number beyond the range of float32,") +
                       (" in row " + std::to_string(index[0])) + rest + " of the " + std::string(what),
                   "finite numbers (rows and columns count from 0)");
}

PLINY_INLINE void check_classes(const at::Tensor& targets, std::int64_t classes) {
    const at::Tensor wrong = targets.lt(0).logical_or(targets.ge(classes));
    if (!wrong.any().item<bool>())
        return;
    const auto index = wrong.nonzero()[0][0].item<std::int64_t>();
    examples_error(
        "label " + std::to_string(targets[index].item<std::int64_t>()) + " at index " + std::to_string(index),
        "0 to " + std::to_string(classes - 1) + ", as there are " + std::to_string(classes) + " classes");
}

} // namespace pliny::detail
