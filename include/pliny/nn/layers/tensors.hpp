// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/graph/row.hpp>
#include <pliny/meta/compiled.hpp>

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <string_view>

namespace pliny {

/// The tensors of one row: undefined where its layer has none.
struct LayerTensors {
    at::Tensor weight;
    at::Tensor bias;
    at::Tensor running_mean;
    at::Tensor running_var;
    at::Tensor num_batches_tracked;
};

namespace detail {

/// A weight as all methods see it, [out, in / groups, kernel]: a view of one that its layer may have in
/// another order.
inline at::Tensor rows_first(const at::Tensor& weight, const WeightAxes& axes) {
    return axes == WeightAxes{} || !weight.defined() ? weight : weight.movedim({axes.out, axes.in}, {0, 1});
}
/// The other way round: as its layer has it.
inline at::Tensor in_order_of_layer(const at::Tensor& weight, const WeightAxes& axes) {
    return axes == WeightAxes{} || !weight.defined() ? weight : weight.movedim({0, 1}, {axes.out, axes.in});
}

} // namespace detail

/// What new weights hold: random numbers, or nothing yet.
enum class Start { Random, Empty };

namespace detail {

/// A module that only holds parameters and children: the nodes of a dotted path.
struct PathNode : torch::nn::Module {
    using torch::nn::Module::Module;
    bool is_serializable() const override { // a dropout holds nothing
        return named_parameters().size() + named_buffers().size() > 0;
    }
};

/// The module at a path below a root, made where it is missing.
PLINY_INLINE torch::nn::Module& module_at(torch::nn::Module& root, std::string_view path);

/// Takes the module at a path, with all that it holds, out of a root.
PLINY_INLINE void remove_module(torch::nn::Module& root, std::string_view path);

/// Creates and registers the tensors of a row for given channel counts, with PyTorch's names. By default
/// weights and biases are uniform within 1 / sqrt(fan in); as in PyTorch, that of the weight's second axis.
PLINY_INLINE LayerTensors make_tensors(torch::nn::Module& root, const Row& row, std::int64_t in,
                                       std::int64_t out, Start start, Init init);

} // namespace detail
} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/layers/definitions/tensors.hpp>
#endif
