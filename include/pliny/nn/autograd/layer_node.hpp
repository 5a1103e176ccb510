// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>
#include <pliny/nn/autograd/activation_node.hpp>
#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/layers/runtimes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace pliny::detail {

/// Backward of `layer_on_quantized`.
struct QuantizedLayerNode : HandWrittenNode {
    const Facts* facts = nullptr;
    LayerBackward* gradients = nullptr;
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
        auto [by_x, by_weight, by_bias] = gradients(x, weight.unpack(), g, *facts, wanted);
        return {std::move(by_x), std::move(by_weight), std::move(by_bias)};
    }
    const char* what() const override { return "a layer of quantized values"; }
    void release_variables() override {
        origin.reset();
        weight.reset_data();
    }
};

/// A layer with `gradients`, which `own()` runs, of quantized values x, as they come from `origin` or
/// reshaped. Backward makes them again: nothing is saved that the quantizer does not save. `facts` outlives
/// the graph.
template <class Own>
at::Tensor layer_on_quantized(const at::Tensor& x, const std::shared_ptr<const QuantizedOrigin>& origin,
                              const at::Tensor& weight, const at::Tensor& bias, const Facts& facts,
                              LayerBackward* gradients, const Own& own) {
    at::Tensor y;
    {
        const at::NoGradGuard no_grad;
        y = own();
    }
    const auto node = node_behind<QuantizedLayerNode>(x, weight, bias);
    if (!node)
        return y;
    node->facts = &facts;
    node->gradients = gradients;
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

    template <int RowNumber>
    static constexpr bool recomputable = requires {
        &RuntimeOfRow<Net, RowNumber>::gradients;
    };

public:
    template <int RowNumber>
    at::Tensor keep(QuantizedValues made) {
        origins[RowNumber] = std::move(made.origin);
        return std::move(made.values);
    }
    /// That row with this weight and bias; `own()` runs it where it does not compute from quantized values.
    template <int RowNumber, class Own>
    at::Tensor run(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const Own& own) {
        constexpr const Facts& facts = graph[RowNumber].facts;
        const auto& origin = origins[static_cast<std::size_t>(graph.input(RowNumber))];
        if constexpr (facts.weights > 0 && facts.axes == WeightAxes{} && recomputable<RowNumber>) {
            if (origin)
                return layer_on_quantized(x, origin, weight, bias, facts,
                                          &RuntimeOfRow<Net, RowNumber>::gradients, own);
        } else if constexpr (facts.traits.is_view) {
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
