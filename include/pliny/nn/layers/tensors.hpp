// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/graph/row.hpp>

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pliny {

/// The tensors of one row: undefined where its layer has none.
struct LayerTensors {
    at::Tensor weight;
    at::Tensor bias;
    at::Tensor running_mean;
    at::Tensor running_var;
    at::Tensor num_batches_tracked;
};

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
inline torch::nn::Module& module_at(torch::nn::Module& root, std::string_view path) {
    torch::nn::Module* node = &root;
    while (!path.empty()) {
        const auto dot = path.find('.');
        const std::string name(path.substr(0, dot));
        path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
        const auto children = node->named_children();
        const auto* found = children.find(name);
        node = found ? found->get() : node->register_module(name, std::make_shared<PathNode>()).get();
    }
    return *node;
}

/// Takes the module at a path, with all that it holds, out of a root.
inline void remove_module(torch::nn::Module& root, std::string_view path) {
    const auto dot = path.rfind('.');
    torch::nn::Module& parent = dot == std::string_view::npos ? root : module_at(root, path.substr(0, dot));
    parent.unregister_module(std::string(dot == std::string_view::npos ? path : path.substr(dot + 1)));
}

/// Creates and registers the tensors of a row for given channel counts, with PyTorch's names. By default
/// weights and biases are uniform within 1 / sqrt(fan in).
inline LayerTensors make_tensors(torch::nn::Module& root, const Row& row, std::int64_t in, std::int64_t out,
                                 Start start, Init init) {
    LayerTensors made;
    const Facts& facts = row.facts;
    if (facts.weights > 0) {
        torch::nn::Module& node = module_at(root, row.path.view());
        const std::int64_t fan_channels = facts.depthwise ? 1 : in / facts.groups;
        std::vector<std::int64_t> shape{out, fan_channels};
        if (facts.kind == Kind::Conv2d)
            shape.insert(shape.end(), {facts.window.kernel.height, facts.window.kernel.width});
        const double bound = 1 / std::sqrt(static_cast<double>(fan_channels * facts.window.kernel.area()));
        const double fan_out = static_cast<double>(out / facts.groups * facts.window.kernel.area());
        const double deviation = facts.kind == Kind::Conv2d ? std::sqrt(2.0) / std::sqrt(fan_out) : 0.01;
        const auto fresh = [&](at::IntArrayRef sizes) {
            const at::Tensor values = at::empty(sizes);
            if (start == Start::Empty)
                return values;
            if (init == Init::Default)
                return values.uniform_(-bound, bound);
            return sizes.size() > 1 ? values.normal_(0, deviation) : values.zero_();
        };
        made.weight = node.register_parameter("weight", fresh(shape));
        if (facts.has_bias())
            made.bias = node.register_parameter("bias", fresh({out}));
    } else if (facts.kind == Kind::BatchNorm1d || facts.kind == Kind::BatchNorm2d) {
        torch::nn::Module& node = module_at(root, row.path.view());
        if (facts.norm > 0) {
            made.weight = node.register_parameter("weight", at::ones({out}));
            made.bias = node.register_parameter("bias", at::zeros({out}));
        }
        made.running_mean = node.register_buffer("running_mean", at::zeros({out}));
        made.running_var = node.register_buffer("running_var", at::ones({out}));
        made.num_batches_tracked = node.register_buffer("num_batches_tracked", at::zeros({}, at::kLong));
    }
    return made;
}

} // namespace detail
} // namespace pliny
