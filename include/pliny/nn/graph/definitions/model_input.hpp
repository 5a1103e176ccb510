// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/shape.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/graph/model_input.hpp>
#include <pliny/nn/model_error.hpp>

#include <ATen/ATen.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

namespace pliny::detail {

PLINY_INLINE std::string text_of(at::IntArrayRef sizes) {
    std::string text = "[";
    for (std::size_t axis = 0; axis < sizes.size(); ++axis)
        text += (axis ? ", " : "") + std::to_string(sizes[axis]);
    return text + "]";
}

PLINY_INLINE bool autocasts(const at::Tensor& x) {
    return !c10::impl::tls_is_dispatch_key_excluded(x.is_cuda() ? c10::DispatchKey::AutocastCUDA
                                                                : c10::DispatchKey::AutocastCPU);
}

PLINY_INLINE bool fits_input(const at::Tensor& x, const Shape& shape, const at::Tensor& like) {
    if (!x.defined() || x.dim() != shape.rank + 1)
        return false;
    const auto sizes = x.sizes().slice(1);
    if (!std::equal(sizes.begin(), sizes.end(), std::begin(shape.extent)))
        return false;
    return !like.defined() || (x.device() == like.device() && (x.scalar_type() == like.scalar_type() ||
                                                               (x.is_floating_point() && autocasts(x))));
}

PLINY_INLINE void refuse_input(const at::Tensor& x, const Shape& shape, const at::Tensor& like) {
    std::string expected;
    for (int axis = 0; axis < shape.rank; ++axis)
        expected += (axis ? ", " : "") + std::to_string(shape[axis]);
    if (!x.defined())
        throw ModelError("input: found an undefined tensor; expected [N, " + expected + "]");
    if (fits_input(x, shape, {}) && x.device() != like.device())
        throw ModelError(joined("input: found a tensor on ", x.device().str(), "; expected one on ",
                                like.device().str(), ", where the weights are: x.to(\"", like.device().str(),
                                "\")"));
    if (fits_input(x, shape, {}))
        throw ModelError(joined("input: found ", c10::toString(x.scalar_type()), "; expected ",
                                c10::toString(like.scalar_type()), " as the weights: x.to(at::k",
                                c10::toString(like.scalar_type()), ")"));
    throw ModelError(joined("input: found ", text_of(x.sizes()), ", expected [N, ", expected, "]"));
}

PLINY_INLINE void check_norm_batch(const at::Tensor& x, std::string_view path, std::string_view during) {
    if (x.numel() <= x.size(1)) [[unlikely]]
        throw ModelError(joined("batch norm ", path, ": found ", text_of(x.sizes()), ", ",
                                x.numel() == 0 ? "no value" : "one value", " per channel, while ", during,
                                "; expected two or more: larger batches",
                                during == "training" ? ", or model.eval()" : ""));
}

} // namespace pliny::detail
