// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/from_tensors.hpp>

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace pliny::detail {

/// Of any type: numbers that fit into float32, or integers.
inline bool is_number(const at::Tensor& values) {
    const at::ScalarType type = values.scalar_type();
    return values.layout() == at::kStrided && !values.is_quantized() &&
           (c10::isFloatingType(type) || c10::isIntegralType(type, /*includeBool=*/true));
}

/// Throws where there is nothing in a tensor.
inline void check_not_empty(const at::Tensor& values, const std::string& what) {
    if (values.defined() && values.numel() == 0)
        examples_error("an empty tensor [" + extents_text(values.sizes()) + "] as " + what,
                       "at least one example with at least one number");
}

inline at::Tensor example_inputs(const at::Tensor& inputs) {
    constexpr const char* expected = "numbers [N, F], [N, C, L] or [N, C, H, W]";
    check_not_empty(inputs, "inputs");
    if (!inputs.defined() || !is_number(inputs) || inputs.dim() < 1)
        examples_error(described(inputs) + " as inputs", expected);
    if (inputs.scalar_type() == at::kByte && inputs.dim() == 3) // grey images [N, H, W]
        return inputs.detach().unsqueeze(1).contiguous();
    if (inputs.scalar_type() == at::kByte && inputs.dim() == 4)
        return inputs.detach().contiguous();
    const at::Tensor numbers = inputs.detach().to(at::kFloat);
    return (numbers.dim() == 1 ? numbers.unsqueeze(1) : numbers).contiguous();
}

inline at::Tensor example_targets(const at::Tensor& targets, std::int64_t classes) {
    check_not_empty(targets, "targets");
    const bool fit = targets.defined() && is_number(targets) && (targets.dim() == 1 || targets.dim() == 2);
    if (!fit)
        examples_error(described(targets) + " as targets",
                       "classes as integers [N], or numbers [N] or [N, K]");
    const bool integers = !c10::isFloatingType(targets.scalar_type());
    if (integers && (targets.dim() == 1 || targets.size(1) == 1))
        return targets.detach().to(at::kLong).flatten().contiguous();
    if (classes > 0)
        examples_error(described(targets) + " as targets and " + std::to_string(classes) + " classes",
                       "classes as integers [N], or numbers without a number of classes");
    return targets.detach().to(at::kFloat).contiguous();
}

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE Examples from_tensors(const at::Tensor& inputs, const at::Tensor& targets, std::int64_t classes,
                                   std::string name) {
    if (classes < 0)
        detail::examples_error(std::to_string(classes) + " classes",
                               "0 (as many as the largest says) or more");
    at::Tensor kept = detail::example_inputs(inputs);
    Examples data(std::move(kept), detail::example_targets(targets, classes), classes, std::move(name));
    if (data.targets.scalar_type() == at::kLong && classes == 0)
        data.classes = std::max<std::int64_t>(0, data.targets.max().item<std::int64_t>()) + 1;
    data.check();
    return data;
}

} // namespace pliny
