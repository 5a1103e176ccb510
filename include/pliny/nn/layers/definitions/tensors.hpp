// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/graph/row.hpp>
#include <pliny/nn/layers/tensors.hpp>

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pliny::detail {

PLINY_INLINE torch::nn::Module& module_at(torch::nn::Module& root, std::string_view path) {
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

PLINY_INLINE void remove_module(torch::nn::Module& root, std::string_view path) {
    const auto dot = path.rfind('.');
    torch::nn::Module& parent = dot == std::string_view::npos ? root : module_at(root, path.substr(0, dot));
    parent.unregister_module(std::string(dot == std::string_view::npos ? path : path.substr(dot + 1)));
}

PLINY_INLINE LayerTensors make_tensors(torch::nn::Module& root, const Row& row, std::int64_t in,
                                       std::int64_t out, Start start, Init init) {
    LayerTensors made;
    const Facts& facts = row.facts;
    if (facts.weights > 0) {
        torch::nn::Module& node = module_at(root, row.path.view());
        const std::int64_t fan_channels = facts.depthwise ? 1 : in / facts.groups;
        std::vector<std::int64_t> shape{out, fan_channels};
        const bool convolves =
            row.in.rank == 3; // its weight has taps; also that of a layer of the user's own
        if (convolves)
            shape.insert(shape.end(), {facts.window.kernel.height, facts.window.kernel.width});
        const double bound = 1 / std::sqrt(static_cast<double>(fan_channels * facts.window.kernel.area()));
        const double fan_out = static_cast<double>(out / facts.groups * facts.window.kernel.area());
        const double deviation = convolves ? std::sqrt(2.0) / std::sqrt(fan_out) : 0.01;
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
    } else if (is_norm(facts.kind)) {
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

} // namespace pliny::detail
