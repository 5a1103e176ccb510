// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>
#include <pliny/nn/autograd/activation_node.hpp>
#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/layers/forward.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace pliny::detail {

/// The gradients of a linear layer by its input, weight and bias; x: [N, in], g: [N, out].
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> linear_gradients(const at::Tensor& x,
                                                                       const at::Tensor& weight,
                                                                       const at::Tensor& g,
                                                                       const std::array<bool, 3>& wanted) {
    return {wanted[0] ? g.mm(weight) : at::Tensor{}, wanted[1] ? g.t().mm(x) : at::Tensor{},
            wanted[2] ? g.sum(0) : at::Tensor{}};
}

/// Backward of `layer_on_quantized`.
template <Kind LayerKind>
struct QuantizedLayerNode : HandWrittenNode {
    const Facts* facts = nullptr;
    std::shared_ptr<const QuantizedOrigin> origin;
    torch::autograd::SavedVariable weight;
    std::vector<std::int64_t> read; // the shape in which the layer reads them

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        const at::Tensor& g = upstream[0];
        if (!g.defined())
            return torch::autograd::variable_list(3);
        TORCH_CHECK(origin, torch::autograd::ERR_BACKWARD_TWICE);
        std::array<bool, 3> wanted{};
        for (std::size_t i = 0; i < wanted.size(); ++i)
            wanted[i] = task_should_compute_output(i);
        // The values count for the gradient by the weight alone; else their shape is enough.
        const at::Tensor x = (wanted[1] ? origin->values() : origin->input()).reshape(read);
        auto [by_x, by_weight, by_bias] = [&] {
            if constexpr (LayerKind == Kind::Conv2d)
                return conv2d_gradients(x, weight.unpack(), g, *facts, wanted);
            else
                return linear_gradients(x, weight.unpack(), g, wanted);
        }();
        return {std::move(by_x), std::move(by_weight), std::move(by_bias)};
    }
    const char* what() const override { return "a layer of quantized values"; }
    void release_variables() override {
        origin.reset();
        weight.reset_data();
    }
};

/// A convolution or linear layer of quantized values x, as they come from `origin` or reshaped. Backward
/// makes them again: nothing is saved that the quantizer does not save. `facts` outlives the graph.
template <Kind LayerKind>
at::Tensor layer_on_quantized(const at::Tensor& x, const std::shared_ptr<const QuantizedOrigin>& origin,
                              const at::Tensor& weight, const at::Tensor& bias, const Facts& facts) {
    at::Tensor y;
    {
        const at::NoGradGuard no_grad;
        if constexpr (LayerKind == Kind::Conv2d)
            y = conv2d(x, weight, bias, facts);
        else
            y = at::linear(x, weight, bias);
    }
    const auto node = node_behind<QuantizedLayerNode<LayerKind>>(x, weight, bias);
    if (!node)
        return y;
    node->facts = &facts;
    node->origin = origin;
    node->weight = torch::autograd::SavedVariable(weight, false);
    node->read = x.sizes().vec();
    torch::autograd::set_history(y, node);
    return y;
}

/// Where the quantized values come from that the rows of a network give, in one run.
template <class Net>
class QuantizedOrigins {
    static constexpr const auto& graph = plan<Net>;
    std::array<std::shared_ptr<const QuantizedOrigin>, static_cast<std::size_t>(graph.size())> origins;

public:
    template <int RowNumber>
    at::Tensor keep(QuantizedValues made) {
        origins[RowNumber] = std::move(made.origin);
        return std::move(made.values);
    }
    /// That row with this weight and bias; `own()` runs it where it does not compute from quantized values.
    template <int RowNumber, class Own>
    at::Tensor run(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const Own& own) {
        constexpr Kind kind = graph[RowNumber].facts.kind;
        const auto& origin = origins[static_cast<std::size_t>(graph.input(RowNumber))];
        if constexpr (kind == Kind::Conv2d || kind == Kind::Linear) {
            if (origin)
                return layer_on_quantized<kind>(x, origin, weight, bias, graph[RowNumber].facts);
        } else if constexpr (kind == Kind::Flatten || kind == Kind::Identity) {
            origins[RowNumber] = origin;
        }
        return own();
    }
    /// What the one alternative of a choice gives that `runs(alternative)`.
    template <int RowNumber, class Values, class Runs>
    at::Tensor pass(const Values& values, const Runs& runs) {
        for (const Alternative& one : graph.alternatives_of(RowNumber))
            if (runs(one)) {
                origins[RowNumber] = origins[static_cast<std::size_t>(one.output)];
                return values[static_cast<std::size_t>(one.output)];
            }
        return {};
    }
};

} // namespace pliny::detail
