// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/found.hpp>
#include <pliny/nn/autograd/parameters_node.hpp>
#include <pliny/nn/autograd/weight_node.hpp>
#include <pliny/nn/copy_of.hpp>
#include <pliny/nn/graph/transformed_weights.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/quantizers/grid.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace pliny {

/// The quantizers of a network whose bits were found: the grids of its activations, and the steps of its
/// weights, which are learned, fixed by a file, or follow from the weights.
template <class Net>
class FoundQuantizers {
    static constexpr const auto& graph = plan<Net>;
    static constexpr std::size_t rows = BitLayout<Net>::rows;

public:
    using Tensors = std::array<LayerTensors, rows>;
    using Steps = std::array<std::vector<float>, rows>;

    FoundNetwork<Net> found;
    RunningOf<std::remove_cvref_t<decltype(graph)>> running;
    at::Tensor log_clip; // of every quantizer of activations
    at::Tensor log_step; // of every channel of quantized weights, where steps are learned
    Steps fixed_steps;   // none where they follow from the weights

    /// Registers what is learned in the module of the network.
    template <class Module>
    FoundQuantizers(Module& module, FoundNetwork<Net> record)
        : found(std::move(record)), running(found.running()) {
        log_clip =
            module.register_learned_state("log_clip", std::vector<double>(found.bits.activation_bits.size()));
        if (!found.bits.learned_steps)
            return;
        std::size_t channels = 0;
        for (int r = 1; r < graph.size(); ++r)
            channels += weight_bits(r).size();
        log_step = module.register_learned_state("log_step", std::vector<double>(channels));
    }
    FoundQuantizers(const FoundQuantizers& other, detail::TensorCopies& copies) // copy_of
        : found(other.found), running(other.running), log_clip(copies(other.log_clip)),
          log_step(copies(other.log_step)), fixed_steps(other.fixed_steps) {}

    /// Bits of the surviving output channels of a layer; empty where its weights are not quantized, or it is
    /// not on the path.
    const std::vector<int>& weight_bits(int row) const {
        static const std::vector<int> none;
        return runs(graph, row, running) ? found.bits.weights[static_cast<std::size_t>(row)] : none;
    }
    std::vector<double> clips() const { return detail::exponentials(log_clip); }
    Grid activation_grid(const std::vector<double>& clips, std::size_t quantizer, bool is_signed) const {
        return pliny::activation_grid(static_cast<float>(clips[quantizer]),
                                      found.bits.activation_bits[quantizer], is_signed);
    }
    Grid input_grid() const {
        return affine_grid(static_cast<float>(found.bits.input_low),
                           static_cast<float>(found.bits.input_high), found.bits.input_bits);
    }
    /// The step of what a row reads; 0 where that is not quantized.
    double input_step(int row, const std::vector<double>& clips) const {
        const auto& sites = found.bits.sites;
        const int quantizer = sites.quantizer[static_cast<std::size_t>(graph.input(row))];
        if (quantizer == sites.from_input)
            return double{input_grid().step};
        if (quantizer < 0)
            return 0;
        return double{activation_grid(clips, static_cast<std::size_t>(quantizer),
                                      gives_signed(graph, sites, graph.input(row)))
                          .step};
    }

    /// The weight of a row, [out, in / groups, kernel].
    static at::Tensor rows_of(const at::Tensor& weight, int row) {
        return detail::rows_first(weight, graph[row].facts.axes).contiguous();
    }
    /// Sets learned steps to those that follow from the weights.
    void start_steps(const Tensors& tensors) {
        std::vector<double> logarithms;
        for (int r = 1; r < graph.size(); ++r)
            if (const std::vector<int>& bits = weight_bits(r); !bits.empty())
                for (double step : detail::first_steps(
                         detail::ranges_by_operators(
                             {.weight = rows_of(tensors[static_cast<std::size_t>(r)].weight, r), .bias = {}}),
                         bits))
                    logarithms.push_back(std::log(step));
        log_step.copy_(detail::write(logarithms, log_step));
    }
    /// The steps of all rows, learned or fixed; empty where they follow from the weights.
    Steps steps() const {
        if (!log_step.defined())
            return fixed_steps;
        Steps steps;
        const std::vector<double> all = detail::exponentials(log_step);
        auto next = all.begin();
        for (std::size_t r = 0; r < steps.size(); ++r) {
            const auto end = next + static_cast<std::ptrdiff_t>(weight_bits(static_cast<int>(r)).size());
            steps[r].assign(next, end);
            next = end;
        }
        return steps;
    }

    /// All that quantized weights are made of.
    std::vector<at::Tensor> sources(const Tensors& tensors) const {
        std::vector<at::Tensor> all{log_clip};
        if (log_step.defined())
            all.push_back(log_step);
        for (std::size_t r = 1; r < rows; ++r)
            if (!weight_bits(static_cast<int>(r)).empty()) {
                all.push_back(tensors[r].weight);
                if (tensors[r].bias.defined())
                    all.push_back(tensors[r].bias);
            }
        return all;
    }
    /// The weights and biases of all rows that are quantized as they count, in `memory`.
    template <class Quantizer>
    std::vector<at::Tensor> quantized(const Tensors& tensors, std::vector<at::Tensor>& memory) const {
        const std::vector<double> clips = this->clips();
        std::vector<detail::RowWeights> all;
        Steps steps = this->steps();
        std::size_t next_step = 0;
        for (int r = 1; r < graph.size(); ++r) {
            const std::vector<int>& bits = weight_bits(r);
            if (bits.empty())
                continue;
            const LayerTensors& own = tensors[static_cast<std::size_t>(r)];
            const at::Tensor weight = rows_of(own.weight, r);
            all.push_back({.weight = detail::transforms<Net>(r) ? detail::zeros_held(weight) : weight,
                           .bias = own.bias,
                           .has_bias = own.bias.defined(),
                           .bits = bits,
                           .alive = std::vector<float>(bits.size(), 1.0f),
                           .input_step = input_step(r, clips),
                           .wide = bits_read(found.bits, r) > 8});
            all.back().steps = std::move(steps[static_cast<std::size_t>(r)]);
            for (std::size_t c = 0; c < all.back().steps.size(); ++c) {
                all.back().picked.push_back(c);
                if (log_step.defined())
                    all.back().step_at.push_back(next_step++);
            }
        }
        return detail::quantized_weights<Quantizer, 8>(std::move(all), memory, {.log_step = log_step});
    }
};

} // namespace pliny
