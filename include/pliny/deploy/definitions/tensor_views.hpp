// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/tensor_views.hpp>

#include <ATen/ops/empty.h>

#include <algorithm>

namespace pliny::detail {

PLINY_INLINE NamedTensors named_tensors(const torch::nn::Module& module) {
    NamedTensors tensors;
    for (const auto& item : module.named_parameters())
        tensors.emplace_back(item.key(), item.value());
    for (const auto& item : module.named_buffers())
        tensors.emplace_back(item.key(), item.value());
    return tensors;
}

PLINY_INLINE std::string dtype_name(const at::Tensor& tensor) {
    switch (tensor.scalar_type()) {
    case at::kFloat:
        return "F32";
    case at::kDouble:
        return "F64";
    case at::kHalf:
        return "F16";
    case at::kBFloat16:
        return "BF16";
    case at::kLong:
        return "I64";
    case at::kInt:
        return "I32";
    case at::kShort:
        return "I16";
    case at::kChar:
        return "I8";
    case at::kByte:
        return "U8";
    case at::kBool:
        return "BOOL";
    default:
        throw ModelError(joined("save: a tensor of type ", tensor.dtype().name(), " cannot be saved"));
    }
}

PLINY_INLINE const TensorView& check_tensor(const SafetensorsFile& file, const std::string& name,
                                            const at::Tensor& target) {
    const TensorView& view = file.at(name);
    if (view.dtype != dtype_name(target) || target.sizes() != at::IntArrayRef(view.shape))
        file_error(file.path, joined("tensor ", name, ": found ", view.dtype, " ", text_of(view.shape),
                                     "; expected ", dtype_name(target), " ", text_of(target.sizes())));
    return view;
}

PLINY_INLINE void read_tensor(const SafetensorsFile& file, const std::string& name,
                              const at::Tensor& target) {
    const TensorView& view = check_tensor(file, name, target);
    const at::NoGradGuard no_grad;
    const bool direct = target.is_cpu() && target.is_contiguous();
    at::Tensor host = direct ? target : at::empty(target.sizes(), target.options().device(at::kCPU));
    std::copy(view.data.begin(), view.data.end(), static_cast<std::byte*>(host.mutable_data_ptr()));
    if (!direct)
        target.copy_(host);
    else
        target.unsafeGetTensorImpl()->bump_version();
}

PLINY_INLINE TensorViews::TensorViews(const NamedTensors& tensors) {
    for (const auto& [name, tensor] : tensors) {
        const bool count = name.ends_with("num_batches_tracked"); // Module::to makes a real number of it
        hosts.push_back(tensor.detach().to(at::kCPU, count ? at::kLong : tensor.scalar_type()).contiguous());
        const at::Tensor& host = hosts.back();
        views.push_back({name, dtype_name(host), host.sizes().vec(),
                         std::span(static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes())});
    }
}

} // namespace pliny::detail
