// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/layout.hpp>
#include <pliny/methods/mps/tables.hpp>
#include <pliny/nn/graph/kept_channels.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/layers/folded_norm.hpp>
#include <pliny/nn/quantizers/layer_node.hpp>
#include <pliny/nn/quantizers/parameters_node.hpp>
#include <pliny/nn/quantizers/weight_node.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace pliny {

/// A network with the bits and the channels that a search found: dense, fake-quantized (values are codes x
/// steps, computed in floating point) and trainable. In eval mode it computes what the search model computes
/// there.
template <class Net>
class Quantized : public detail::Cloned<Quantized<Net>, NetworkModule<Net>> {
    using Base = detail::Cloned<Quantized<Net>, NetworkModule<Net>>;

public:
    using network = Net;
    using Kept = KeptChannels<Net>;
    using Layout = BitLayout<Base::rows>;
    using Base::graph;

    /// With weights that hold nothing yet.
    Quantized(Kept kept, Layout layout)
        : Base(detail::widths_of<Net>(kept), Start::Empty), kept_(std::move(kept)),
          layout_(std::move(layout)) {
        for (int r = 2; r < graph.size(); ++r)
            if (is_folded(r))
                detail::fold_norm(*this, graph[r], tensors_of(r), graph[graph.input(r)],
                                  tensors_of(graph.input(r)));
        log_clip = this->register_learned_state(
            "log_clip", at::zeros({static_cast<std::int64_t>(layout_.activation_bits.size())}));
        if (layout_.learned_steps) {
            std::size_t channels = 0;
            for (const std::vector<int>& bits : layout_.weights)
                channels += bits.size();
            log_step =
                this->register_learned_state("log_step", at::zeros({static_cast<std::int64_t>(channels)}));
        }
    }

    Quantized(const Quantized& other, detail::TensorCopies& copies) // copy_of
        : Base(other, copies), log_clip(copies(other.log_clip)), log_step(copies(other.log_step)),
          kept_(other.kept_), layout_(other.layout_), fixed_steps(other.fixed_steps) {}

    /// [N, input shape...] -> [N, output shape...]; ModelError where the input has another shape, type or
    /// device.
    at::Tensor forward(const at::Tensor& x) {
        this->check_input(x);
        const std::vector<double> clips = this->clips();
        const bool remembers = !this->is_training() && !at::GradMode::is_enabled();
        std::vector<detail::TensorState> now;
        if (remembers)
            now = detail::states_of(this->parameters());
        if (!remembers || now != made_from) {
            made = quantized_weights(clips);
            made_from = now;
        }
        const std::vector<at::Tensor> own = made;
        if (!remembers)
            made.clear();
        const std::vector<at::Tensor> parameters =
            detail::quantizer_parameters({}, log_clip, layout_.activation_bits.size(), 1, {});
        detail::QuantizedOrigins<Net> origins;
        at::Tensor input = x;
        if (layout_.input_bits > 0)
            input = origins.template keep<0>(
                detail::quantized(x, detail::ActivationCandidates<1>{{{input_grid()}, {1}}, {}, {-1}, {-1}}));
        return this->run(input, Base::all_run(), Quantizing{*this, places(), own, parameters, clips, origins},
                         typename Base::NoChoice{});
    }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    const Kept& kept() const { return kept_; }
    const Layout& layout() const { return layout_; }
    std::array<std::int64_t, Base::groups> widths() const { return detail::widths_of<Net>(kept_); }
    /// Bits of the surviving output channels of a layer; empty where its weights are not quantized.
    const std::vector<int>& weight_bits(int row) const {
        return layout_.weights[static_cast<std::size_t>(row)];
    }

    /// What the network costs, counted from its channels and their bits. Layers that are not quantized count
    /// with 32 bits, an input that is not with 8.
    template <auto Metric>
    double cost() const {
        return layout_cost<Net>(Metric, layout_,
                                [widths = widths()](int row) { return Base::channels(row, widths); });
    }

    /// Bits of every layer with weights; as a table.
    std::vector<LayerBits> layers() const { return layer_bits<Net>(layout_, kept_.data()); }
    std::string summary() const { return bits_table(layers()); }

    at::Tensor log_clip; // of every quantizer of activations
    at::Tensor log_step; // of every channel of quantized weights, where steps are learned

    /// The tensors of a row, for those who make or write the network.
    LayerTensors& tensors_of(int row) { return this->tensors[static_cast<std::size_t>(row)]; }
    const LayerTensors& tensors_of(int row) const { return this->tensors[static_cast<std::size_t>(row)]; }

    /// The weights of a layer as whole numbers: channel by channel, each with its step; and the quantized
    /// bias.
    struct WeightCodes {
        std::vector<std::int16_t> codes;
        std::vector<float> steps;
        std::vector<double> bias;
    };
    WeightCodes weight_codes(int row) const {
        const LayerTensors& own = tensors_of(row);
        const at::Tensor weight = own.weight.detach().to(at::kCPU, at::kFloat).contiguous();
        const std::vector<int>& bits = weight_bits(row);
        const std::int64_t length = weight.numel() / weight.size(0);
        const float* w = weight.const_data_ptr<float>();
        WeightCodes made{.codes = std::vector<std::int16_t>(static_cast<std::size_t>(weight.numel())),
                         .steps = {},
                         .bias = own.bias.defined() ? detail::read(own.bias) : std::vector<double>{}};
        const double input = input_step(row, clips());
        const std::vector<float> known = known_steps()[static_cast<std::size_t>(row)];
        for (std::size_t c = 0; c < bits.size(); ++c, w += length) {
            const Grid grid = known.empty() ? detail::channel_grid(detail::channel_range(w, length), bits[c])
                                            : detail::channel_grid_of_step(known[c], bits[c]);
            made.steps.push_back(detail::code_channel(
                w, made.codes.data() + static_cast<std::int64_t>(c) * length, length, grid, bits[c]));
            if (!made.bias.empty())
                made.bias[c] = detail::on_grid(made.bias[c], input * double{made.steps[c]},
                                               bits_read<Net>(layout_, row) > 8 || bits[c] > 8);
        }
        return made;
    }
    /// As NetworkModule::load_weights, from a network with the same channels; with its clips and learned
    /// steps where it has them. Other steps follow these weights.
    void load_weights(const torch::nn::Module& source) {
        Base::load_weights(source);
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
        made_from.clear();
    }

private:
    Kept kept_;
    Layout layout_;
    std::array<std::vector<float>, Base::rows> fixed_steps;
    std::vector<at::Tensor> buffers, made; // made: the weights and biases as they count, of made_from
    std::vector<detail::TensorState> made_from;

    struct Quantizing {
        Quantized& model;
        std::array<std::size_t, Base::rows> place; // of the weight of a row in `made`
        const std::vector<at::Tensor>& made;
        const std::vector<at::Tensor>& parameters;
        const std::vector<double>& clips;
        detail::QuantizedOrigins<Net>& origins;

        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber> row, const at::Tensor& x,
                              bool in_place) const {
            if (model.layout_.sites.passes[RowNumber])
                return finished(row, x);
            at::Tensor weight = model.tensors[RowNumber].weight, bias = model.tensors[RowNumber].bias;
            if (!model.layout_.weights[RowNumber].empty()) {
                weight = made[place[RowNumber]];
                bias = bias.defined() ? made[place[RowNumber] + 1] : bias;
            }
            return finished(row, origins.template run<RowNumber>(x, weight, bias, [&] {
                return model.template forward_own<RowNumber>(x, weight, bias, in_place);
            }));
        }
        template <int RowNumber>
        at::Tensor finished(std::integral_constant<int, RowNumber>, at::Tensor y) const {
            const auto& sites = model.layout_.sites;
            if (!sites.quantized[RowNumber])
                return y;
            const auto q = static_cast<std::size_t>(sites.quantizer[RowNumber]);
            return origins.template keep<RowNumber>(detail::quantized(
                y, detail::ActivationCandidates<1>{
                       {{model.activation_grid(clips, q, sites.can_be_negative[RowNumber])}, {1}},
                       parameters[q],
                       {-1},
                       {1}}));
        }
    };

    bool is_folded(int row) const {
        return layout_.sites.passes[static_cast<std::size_t>(row)] && detail::is_norm(graph[row].facts.kind);
    }

    /// Sets learned steps to those that follow from the weights.
    void start_steps() {
        std::vector<double> logarithms;
        for (int r = 1; r < graph.size(); ++r)
            if (const std::vector<int>& bits = weight_bits(r); !bits.empty())
                for (double step : detail::first_steps(
                         detail::ranges_by_operators({.weight = tensors_of(r).weight, .bias = {}}), bits))
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
            const auto end = next + static_cast<std::ptrdiff_t>(layout_.weights[r].size());
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
    std::array<std::size_t, Base::rows> places() const {
        std::array<std::size_t, Base::rows> places{};
        std::size_t next = 0;
        for (int r = 1; r < graph.size(); ++r)
            if (!weight_bits(r).empty()) {
                places[static_cast<std::size_t>(r)] = next;
                next += tensors_of(r).bias.defined() ? 2 : 1;
            }
        return places;
    }
    std::vector<at::Tensor> quantized_weights(const std::vector<double>& clips) {
        std::vector<detail::RowWeights> all;
        auto steps = known_steps();
        std::size_t next_step = 0;
        for (int r = 1; r < graph.size(); ++r) {
            const std::vector<int>& bits = weight_bits(r);
            if (bits.empty())
                continue;
            const LayerTensors& own = tensors_of(r);
            all.push_back({.weight = own.weight,
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
        return detail::quantized_weights<8>(std::move(all), buffers, {.log_step = log_step});
    }
};

} // namespace pliny
