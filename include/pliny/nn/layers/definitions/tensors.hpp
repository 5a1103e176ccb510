// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/graph/row.hpp>
#include <pliny/nn/layers/batch_norm.hpp>
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
    if (facts.traits.normalises)
        return make_norm_tensors(module_at(root, row.path.view()), facts, out);
    if (facts.weights > 0) {
        torch::nn::Module& node = module_at(root, row.path.view());
        std::vector<std::int64_t> shape{out, facts.depthwise ? 1 : in / facts.groups};
        const bool convolves = facts.has_taps(row.in);
        if (convolves)
            for (int axis = 0; axis < facts.window.axes; ++axis)
                shape.push_back(facts.window.kernel[axis]);
        if (facts.axes != WeightAxes{})
            shape =
                at::empty(shape, at::kMeta).movedim({0, 1}, {facts.axes.out, facts.axes.in}).sizes().vec();
        const double bound = 1 / std::sqrt(static_cast<double>(shape[1] * facts.window.area()));
        const double fan_out = static_cast<double>(out / facts.groups * facts.window.area());
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
    }
    return made;
}

} // namespace pliny::detail
