// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>

#include <pliny/deploy/file_kind.hpp>
#include <pliny/deploy/named_weights.hpp>
#include <pliny/deploy/pytorch_writer.hpp>
#include <pliny/deploy/stored_tensor.hpp>
#include <pliny/deploy/tensor_views.hpp>
#include <pliny/deploy/weight_names.hpp>
#include <pliny/deploy/weights_file.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/model.hpp>

#include <torch/nn/module.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

/// How names of a file become names of the model: the prefix goes first, then names are changed.
struct LoadOptions {
    std::string key{};         // the entry of a PyTorch checkpoint that holds the weights: "state_dict"
    std::string drop_prefix{}; // what names begin with, or some of them: "module."
    Renaming renaming{};
    bool partial = false; // tensors that only the file or only the model has are left alone
};

/// How names of the model become names of the file; the renaming is that of LoadOptions, read backwards.
struct SaveOptions {
    Renaming renaming{};
    std::string add_prefix{};
};

/// What load_weights has left alone, where it may.
struct UnmatchedNames {
    std::vector<std::string> missing{};    // names of the model
    std::vector<std::string> unexpected{}; // names of the file, after renaming
};

namespace detail {

/// The tensor of a file on the host, dense, in the type that it has there.
PLINY_INLINE at::Tensor on_host(const StoredTensor& tensor);

/// Copies the tensors of a file into those of a model, all or none.
PLINY_INLINE UnmatchedNames load_weights(const NamedTensors& own, const std::filesystem::path& path,
                                         const LoadOptions& options);

PLINY_INLINE void save_state_dict(NamedTensors tensors, const std::filesystem::path& path,
                                  const SaveOptions& options);

PLINY_INLINE Renaming names_in_order(const NamedTensors& own, const std::filesystem::path& path,
                                     const std::string& key);

} // namespace detail

/// Reads weights by name: from a safetensors file, of pliny too, or from what Python's torch.save wrote. The
/// format is told by the content; nothing in the file is run. Real numbers are converted to the precision of
/// the model; a file without num_batches_tracked sets it to 0. Of a search, weights of layers alone are read.
/// FileError names all tensors that are missing, unexpected, or of another shape or type; then, as after any
/// error, nothing in the model is changed.
template <std::derived_from<torch::nn::Module> Module>
UnmatchedNames load_weights(Module& model, const std::filesystem::path& path,
                            const LoadOptions& options = {}) {
    return detail::load_weights(detail::weights_of(model), path, options);
}

/// Writes all parameters and buffers, of a search those of its layers: to a `.pt` or `.pth` file what
/// Python's torch.load(file, weights_only=True) reads, to a `.safetensors` file that format. Equal weights
/// give equal bytes. FileError.
template <std::derived_from<torch::nn::Module> Module>
void save_state_dict(const Module& model, const std::filesystem::path& path,
                     const SaveOptions& options = {}) {
    detail::save_state_dict(detail::weights_of(model), path, options);
}

/// A renaming for a file of torch.save whose layers have other names than the model but the same order,
/// tensors and shapes; FileError names the first layer that differs. `key` as in LoadOptions.
template <std::derived_from<torch::nn::Module> Module>
Renaming names_in_order(const Module& model, const std::filesystem::path& path, const std::string& key = {}) {
    return detail::names_in_order(detail::weights_of(model), path, key);
}

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/state_dict.hpp>
#endif
