// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>

#include <pliny/deploy/safetensors.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/graph/network_module.hpp>

#include <torch/nn/module.h>

#include <string>
#include <utility>
#include <vector>

namespace pliny::detail {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// All parameters and buffers of a module, by name.
PLINY_INLINE NamedTensors named_tensors(const torch::nn::Module& module);

PLINY_INLINE std::string dtype_name(const at::Tensor& tensor);

/// Tensors on their way to a file: on the host, contiguous, with a view of each.
class TensorViews {
public:
    explicit TensorViews(const NamedTensors& tensors);
    std::vector<TensorView> views;

private:
    std::vector<at::Tensor> hosts;
};

/// The tensor of a file; FileError where it has another type or shape than the target.
PLINY_INLINE const TensorView& check_tensor(const SafetensorsFile& file, const std::string& name,
                                            const at::Tensor& target);

/// Copies a tensor of a file into one of the same type and shape, wherever that lives; FileError otherwise.
PLINY_INLINE void read_tensor(const SafetensorsFile& file, const std::string& name, const at::Tensor& target);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/tensor_views.hpp>
#endif
