// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/safetensors.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/graph/network_module.hpp>

#include <torch/nn/module.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace pliny::detail {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// All parameters and buffers of a module, by name.
inline NamedTensors named_tensors(const torch::nn::Module& module) {
    NamedTensors tensors;
    for (const auto& item : module.named_parameters())
        tensors.emplace_back(item.key(), item.value());
    for (const auto& item : module.named_buffers())
        tensors.emplace_back(item.key(), item.value());
    return tensors;
}

inline std::string dtype_name(const at::Tensor& tensor) {
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

/// Tensors on their way to a file: on the host, contiguous, with a view of each.
class TensorViews {
public:
    explicit TensorViews(const NamedTensors& tensors) {
        for (const auto& [name, tensor] : tensors) {
            const bool count = name.ends_with("num_batches_tracked"); // Module::to makes a real number of it
            hosts.push_back(
                tensor.detach().to(at::kCPU, count ? at::kLong : tensor.scalar_type()).contiguous());
            const at::Tensor& host = hosts.back();
            views.push_back({name, dtype_name(host), host.sizes().vec(),
                             std::span(static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes())});
        }
    }
    std::vector<TensorView> views;

private:
    std::vector<at::Tensor> hosts;
};

/// The tensor of a file; FileError where it has another type or shape than the target.
inline const TensorView& check_tensor(const SafetensorsFile& file, const std::string& name,
                                      const at::Tensor& target) {
    const TensorView& view = file.at(name);
    if (view.dtype != dtype_name(target) || target.sizes() != at::IntArrayRef(view.shape))
        file_error(file.path, joined("tensor ", name, ": found ", view.dtype, " ", text_of(view.shape),
                                     "; expected ", dtype_name(target), " ", text_of(target.sizes())));
    return view;
}

/// Copies a tensor of a file into one of the same type and shape, wherever that lives; FileError otherwise.
inline void read_tensor(const SafetensorsFile& file, const std::string& name, const at::Tensor& target) {
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

} // namespace pliny::detail
