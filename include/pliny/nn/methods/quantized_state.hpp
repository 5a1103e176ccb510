// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/layout.hpp>
#include <pliny/methods/row_positions.hpp>
#include <pliny/nn/graph/kept_channels.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/layers/batch_norm.hpp>
#include <pliny/nn/made_from.hpp>
#include <pliny/nn/quantizers/parameters_node.hpp>
#include <pliny/nn/quantizers/weight_node.hpp>

#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace pliny {

template <class Net, WeightQuantizer Quantizer = UniformGrid>
class Quantized;

/// The part of Quantized that holds its tensors, its bits and its steps, and makes quantized weights of them.
template <class Net, WeightQuantizer Quantizer>
class QuantizedState : public NetworkModule<Net> {
    using Base = NetworkModule<Net>;

public:
    using Kept = KeptChannels<Net>;
    using Layout = BitLayout<Base::rows>;
    using MadeWeights = std::vector<at::Tensor>; // weights and biases as they count
    using Base::graph;

    using Chosen = typename Base::Chosen;

    /// On this path, with weights that hold nothing yet. ModelError for channels or alternatives that the
    /// network does not have.
    QuantizedState(Kept kept, Layout layout, const Chosen& path)
        : Base(detail::widths_of<Net>(kept), Start::Empty, detail::running_on<Net>(path)),
          kept_(std::move(kept)), layout_(std::move(layout)), chosen_(path),
          running(detail::running_on<Net>(path)) {
        for (int r = 2; r < graph.size(); ++r)
            if (is_folded(r) && runs(r))
                detail::fold_norm(*this, graph[r], tensors_of(r), graph[graph.input(r)],
                                  tensors_of(graph.input(r)));
        log_clip =
            this->register_learned_state("log_clip", std::vector<double>(layout_.activation_bits.size()));
        if (layout_.learned_steps) {
            std::size_t channels = 0;
            for (int r = 1; r < graph.size(); ++r)
                channels += weight_bits(r).size();
            log_step = this->register_learned_state("log_step", std::vector<double>(channels));
        }
    }

    QuantizedState(const QuantizedState& other, detail::TensorCopies& copies) // copy_of
        : Base(other, copies), log_clip(copies(other.log_clip)), log_step(copies(other.log_step)),
          kept_(other.kept_), layout_(other.layout_), chosen_(other.chosen_), running(other.running),
          fixed_steps(other.fixed_steps) {}

    at::Tensor log_clip; // of every quantizer of activations
    at::Tensor log_step; // of every channel of quantized weights, where steps are learned

    /// The tensors of a row, for those who make or write the network.
    LayerTensors& tensors_of(int row) { return this->tensors[static_cast<std::size_t>(row)]; }
    const LayerTensors& tensors_of(int row) const { return this->tensors[static_cast<std::size_t>(row)]; }

    /// Bits of the surviving output channels of a layer; empty where its weights are not quantized, or it is
    /// not on the path.
    const std::vector<int>& weight_bits(int row) const {
        static const std::vector<int> none;
        return runs(row) ? layout_.weights[static_cast<std::size_t>(row)] : none;
    }
    /// Whether a row is on the path.
    bool runs(int row) const { return Base::runs(row, running); }
    const Kept& kept() const { return kept_; }
    const Chosen& chosen() const { return chosen_; }
    const Layout& layout() const { return layout_; }

    /// As NetworkModule::load_weights, from a network with the same channels; with its clips and learned
    /// steps where it has them. Other steps follow these weights.
    void load_weights(const torch::nn::Module& source) {
        Base::load_weights(source);
        detail::transform_all<Net>(this->tensors);
        fix_steps({});
        const at::NoGradGuard no_grad;
        const auto theirs = source.named_parameters(false);
        const auto take = [&](const char* name, const at::Tensor& own) {
            const at::Tensor* found = theirs.find(name);
            const bool fits = found != nullptr && found->sizes() == own.sizes();
            if (fits)
                own.copy_(*found);
            return fits;
        };
        take("log_clip", log_clip);
        if (log_step.defined() && !take("log_step", log_step))
            start_steps();
    }
    /// Keeps the steps of the weights of all rows at these, also in training, as of a network from a file;
    /// with none they follow the weights.
    void fix_steps(std::array<std::vector<float>, Base::rows> of_rows) {
        fixed_steps = std::move(of_rows);
        kept_weights.forget();
    }

protected:
    Kept kept_;
    Layout layout_;
    Chosen chosen_;
    typename Base::Running running;
    std::array<std::vector<float>, Base::rows> fixed_steps;
    std::vector<at::Tensor> buffers; // memory of quantized weights while training
    detail::MadeFrom<MadeWeights> kept_weights;

    bool is_folded(int row) const {
        return layout_.sites.passes[static_cast<std::size_t>(row)] && graph[row].facts.traits.normalises;
    }

    /// The weight of a row, [out, in / groups, kernel].
    at::Tensor weight_rows(int row) const {
        return detail::rows_first(tensors_of(row).weight, graph[row].facts.axes).contiguous();
    }

    /// Sets learned steps to those that follow from the weights.
    void start_steps() {
        std::vector<double> logarithms;
        for (int r = 1; r < graph.size(); ++r)
            if (const std::vector<int>& bits = weight_bits(r); !bits.empty())
                for (double step : detail::first_steps(
                         detail::ranges_by_operators({.weight = weight_rows(r), .bias = {}}), bits))
                    logarithms.push_back(std::log(step));
        log_step.copy_(detail::write(logarithms, log_step));
    }
    /// The steps of all rows, learned or fixed; empty where they follow from the weights.
    std::array<std::vector<float>, Base::rows> known_steps() const {
        if (!log_step.defined())
            return fixed_steps;
        std::array<std::vector<float>, Base::rows> steps;
        const std::vector<double> all = detail::exponentials(log_step);
        auto next = all.begin();
        for (std::size_t r = 0; r < steps.size(); ++r) {
            const auto end = next + static_cast<std::ptrdiff_t>(weight_bits(static_cast<int>(r)).size());
            steps[r].assign(next, end);
            next = end;
        }
        return steps;
    }
    std::vector<double> clips() const { return detail::exponentials(log_clip); }
    Grid activation_grid(const std::vector<double>& clips, std::size_t quantizer, bool is_signed) const {
        const auto clip = static_cast<float>(clips[quantizer]);
        const int bits = layout_.activation_bits[quantizer];
        return is_signed ? signed_grid(clip, bits) : unsigned_grid(clip, bits);
    }
    Grid input_grid() const {
        return affine_grid(static_cast<float>(layout_.input_low), static_cast<float>(layout_.input_high),
                           layout_.input_bits);
    }
    double input_step(int row, const std::vector<double>& clips) const {
        const int quantizer = layout_.sites.quantizer[static_cast<std::size_t>(graph.input(row))];
        if (quantizer == layout_.sites.from_input)
            return double{input_grid().step};
        if (quantizer < 0)
            return 0;
        return double{activation_grid(clips, static_cast<std::size_t>(quantizer),
                                      gives_signed(graph, layout_.sites, graph.input(row)))
                          .step};
    }

    /// Where the weights of the rows stand among the results of quantized_weights.
    auto places() const {
        return detail::row_positions<Base::rows>([&](int row) {
            return weight_bits(row).empty() ? 0 : tensors_of(row).bias.defined() ? 2 : 1;
        });
    }
    /// All that quantized weights are made of.
    std::vector<at::Tensor> quantized_tensors() const {
        std::vector<at::Tensor> all{log_clip};
        if (log_step.defined())
            all.push_back(log_step);
        for (int r = 1; r < graph.size(); ++r)
            if (!weight_bits(r).empty()) {
                all.push_back(tensors_of(r).weight);
                if (tensors_of(r).bias.defined())
                    all.push_back(tensors_of(r).bias);
            }
        return all;
    }
    MadeWeights quantized_weights(std::vector<at::Tensor>& memory) const {
        const std::vector<double> clips = this->clips();
        std::vector<detail::RowWeights> all;
        auto steps = known_steps();
        std::size_t next_step = 0;
        for (int r = 1; r < graph.size(); ++r) {
            const std::vector<int>& bits = weight_bits(r);
            if (bits.empty())
                continue;
            const LayerTensors& own = tensors_of(r);
            const at::Tensor weight = weight_rows(r);
            all.push_back({.weight = detail::transforms<Net>(r) ? detail::zeros_held(weight) : weight,
                           .bias = own.bias,
                           .has_bias = own.bias.defined(),
                           .bits = bits,
                           .alive = std::vector<float>(bits.size(), 1.0f),
                           .input_step = input_step(r, clips),
                           .wide = bits_read<Net>(layout_, r) > 8});
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
