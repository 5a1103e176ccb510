// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/found_quantizers.hpp>
#include <pliny/methods/mps/tables.hpp>
#include <pliny/methods/row_positions.hpp>
#include <pliny/nn/autograd/layer_node.hpp>
#include <pliny/nn/graph/kept_channels.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/layers/batch_norm.hpp>
#include <pliny/nn/made_from.hpp>
#include <pliny/nn/model.hpp>
#include <pliny/nn/without_autocast.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny {

/// A network with the bits and the channels that a search found: dense, fake-quantized (values are codes x
/// steps, computed in floating point) and trainable. In eval mode it computes what the search model computes
/// there. Its weights have the values of a Quantizer.
template <class Net, WeightQuantizer Quantizer>
class Quantized : public detail::Cloned<Quantized<Net, Quantizer>, NetworkModule<Net>> {
    using Base = detail::Cloned<Quantized<Net, Quantizer>, NetworkModule<Net>>;
    using Quantizers = FoundQuantizers<Net>;
    friend Quantizers;

public:
    using network = Net;
    using quantizer = Quantizer;
    using Kept = KeptChannels<Net>;
    using Chosen = typename Base::Chosen;
    using MadeWeights = std::vector<at::Tensor>; // weights and biases as they count
    using Base::graph;

    at::Tensor log_clip; // of every quantizer of activations
    at::Tensor log_step; // of every channel of quantized weights, where steps are learned

    /// What was found, with weights that hold nothing yet. ModelError for channels or alternatives that the
    /// network does not have.
    explicit Quantized(FoundNetwork<Net> found)
        : Base(detail::checked(found).widths(), Start::Empty, found.running()), own(*this, std::move(found)) {
        log_clip = own.log_clip;
        log_step = own.log_step;
        const auto& passes = own.found.bits.sites.passes;
        for (int r = 2; r < graph.size(); ++r)
            if (passes[static_cast<std::size_t>(r)] && graph[r].facts.traits.normalises && runs(r))
                detail::fold_norm(*this, graph[r], tensors_of(r), graph[graph.input(r)],
                                  tensors_of(graph.input(r)));
    }
    Quantized(const Quantized& other, detail::TensorCopies& copies) // copy_of
        : Base(other, copies), log_clip(copies(other.log_clip)), log_step(copies(other.log_step)),
          own(other.own, copies) {}

    /// [N, input shape...] -> [N, output shape...]; ModelError where the input has another shape, type or
    /// device.
    at::Tensor forward(const at::Tensor& x) {
        this->check_input(x);
        if (!this->is_training() && !at::GradMode::is_enabled())
            return forward_with(*kept_weights.get(own.sources(this->tensors), [this] { return weights(); }),
                                x);
        if (!this->is_training())
            return forward_with(*weights(), x);
        kept_weights.forget();
        return forward_with(own.template quantized<Quantizer>(this->tensors, buffers),
                            x); // one thread at a time
    }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    /// The weights and biases as they count now.
    std::shared_ptr<MadeWeights> weights() const {
        std::vector<at::Tensor> memory;
        return std::make_shared<MadeWeights>(own.template quantized<Quantizer>(this->tensors, memory));
    }
    /// forward, with the weights() of this model; x is not checked.
    at::Tensor forward_with(const MadeWeights& made, const at::Tensor& x) {
        const detail::WithoutAutocast exact; // codes have more digits than bfloat16
        const std::vector<double> clips = own.clips();
        const std::vector<at::Tensor> parameters =
            detail::quantizer_parameters({}, log_clip, layout().activation_bits.size(), 1, {});
        detail::QuantizedOrigins<Net> origins;
        at::Tensor input = this->as_weights(x);
        if (layout().input_bits > 0)
            input = origins.template keep<0>(detail::quantized(
                input, detail::ActivationCandidates<1>{{{own.input_grid()}, {1}}, {}, {-1}, {-1}}));
        return this->run(
            input, own.running, Quantizing{*this, places(), made, parameters, clips, origins},
            [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const typename Base::Values& values) {
                return origins.template pass<RowNumber>(values, [&](const Alternative& one) {
                    return own
                        .running[static_cast<std::size_t>(graph[RowNumber].first_alternative + one.number)];
                });
            });
    }

    /// As NetworkModule::load_weights, from a network with the same channels; with its clips and learned
    /// steps where it has them. Other steps follow these weights.
    void load_weights(const torch::nn::Module& source) {
        Base::load_weights(source);
        detail::transform_all<Net>(this->tensors);
        fix_steps({});
        const at::NoGradGuard no_grad;
        const auto theirs = source.named_parameters(false);
        const auto take = [&](const char* name, const at::Tensor& to) {
            const at::Tensor* from = theirs.find(name);
            const bool fits = from != nullptr && from->sizes() == to.sizes();
            if (fits)
                to.copy_(*from);
            return fits;
        };
        take("log_clip", log_clip);
        if (log_step.defined() && !take("log_step", log_step))
            own.start_steps(this->tensors);
    }
    /// Keeps the steps of the weights of all rows at these, also in training, as of a network from a file;
    /// with none they follow the weights.
    void fix_steps(std::array<std::vector<float>, Base::rows> of_rows) {
        own.fixed_steps = std::move(of_rows);
        kept_weights.forget();
    }

    /// The tensors of a row, for those who make or write the network.
    LayerTensors& tensors_of(int row) { return this->tensors[static_cast<std::size_t>(row)]; }
    const LayerTensors& tensors_of(int row) const { return this->tensors[static_cast<std::size_t>(row)]; }
    /// Bits of the surviving output channels of a layer; empty where its weights are not quantized, or it is
    /// not on the path.
    const std::vector<int>& weight_bits(int row) const { return own.weight_bits(row); }
    /// Whether a row is on the path.
    bool runs(int row) const { return Base::runs(row, own.running); }
    const FoundNetwork<Net>& found() const { return own.found; }
    const Kept& kept() const { return own.found.kept; }
    const Chosen& chosen() const { return own.found.chosen; }
    const BitLayout<Net>& layout() const { return own.found.bits; }

    std::array<std::int64_t, Base::groups> widths() const { return own.found.widths(); }
    /// What the network costs, counted from its channels and their bits. Layers that are not quantized count
    /// with 32 bits, an input that is not with 8.
    template <auto Metric>
    double cost() const {
        const auto path = one_hot(graph, chosen());
        return layout_cost<Net>(
            Metric, layout(), [widths = widths()](int row) { return Base::channels(row, widths); }, path);
    }

    /// Bits of every layer with weights; as a table.
    std::vector<LayerBits> layers() const { return layer_bits(own.found); }
    std::string summary() const {
        return bits_table(layers(), std::is_same_v<Quantizer, UniformGrid> ? "" : Quantizer::name);
    }

    /// The weights of a layer as whole numbers: channel by channel, each with its step, or what else its
    /// quantizer has as its scale; and the quantized bias.
    struct WeightCodes {
        std::vector<std::int16_t> codes;
        std::vector<float> steps;
        std::vector<double> bias;
    };
    WeightCodes weight_codes(int row) const {
        const LayerTensors& layer = tensors_of(row);
        const at::Tensor weight =
            own.rows_of(layer.weight, row).detach().to(at::kCPU, at::kFloat).contiguous();
        const std::vector<int>& bits = weight_bits(row);
        const std::int64_t length = weight.numel() / weight.size(0);
        const float* w = weight.const_data_ptr<float>();
        WeightCodes made{.codes = std::vector<std::int16_t>(static_cast<std::size_t>(weight.numel())),
                         .steps = {},
                         .bias = layer.bias.defined() ? detail::read(layer.bias) : std::vector<double>{}};
        const double input = own.input_step(row, own.clips());
        const std::vector<float> known = own.steps()[static_cast<std::size_t>(row)];
        for (std::size_t c = 0; c < bits.size(); ++c, w += length) {
            const float scale =
                known.empty() ? Quantizer::scale(detail::channel_range(w, length), bits[c]) : known[c];
            made.steps.push_back(
                detail::code_channel(w, made.codes.data() + static_cast<std::int64_t>(c) * length, length,
                                     detail::channel_of_scale<Quantizer>(scale, bits[c]), bits[c]));
            if (!made.bias.empty())
                made.bias[c] = detail::bias_on_grid<Quantizer>(made.bias[c], input, made.steps[c], bits[c],
                                                               bits_read(layout(), row) > 8);
        }
        return made;
    }

private:
    Quantizers own;
    std::vector<at::Tensor> buffers; // memory of quantized weights while training
    detail::MadeFrom<MadeWeights> kept_weights;

    /// Where the weights of the rows stand among the weights that are made.
    auto places() const {
        return detail::row_positions<Base::rows>([&](int row) {
            return weight_bits(row).empty() ? 0 : tensors_of(row).bias.defined() ? 2 : 1;
        });
    }

    struct Quantizing {
        Quantized& model;
        std::array<std::size_t, Base::rows + 1> place; // of the weight of a row in `made`
        const std::vector<at::Tensor>& made;
        const std::vector<at::Tensor>& parameters;
        const std::vector<double>& clips;
        detail::QuantizedOrigins<Net>& origins;

        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber> row, const at::Tensor& x,
                              bool in_place) const {
            if (model.layout().sites.passes[RowNumber])
                return finished(row, x);
            at::Tensor weight, bias = model.tensors[RowNumber].bias;
            if (model.weight_bits(RowNumber).empty()) {
                weight = detail::own_weight<Net, RowNumber, true>(model.tensors[RowNumber].weight);
            } else {
                weight = made[place[RowNumber]];
                bias = bias.defined() ? made[place[RowNumber] + 1] : bias;
            }
            return finished(row, origins.template run<RowNumber>(x, weight, bias, [&] {
                return model.template forward_own<RowNumber>(x, weight, bias, in_place);
            }));
        }
        template <int RowNumber>
        at::Tensor finished(std::integral_constant<int, RowNumber>, at::Tensor y) const {
            const auto& sites = model.layout().sites;
            if (!sites.quantized[RowNumber])
                return y;
            const auto q = static_cast<std::size_t>(sites.quantizer[RowNumber]);
            return origins.template keep<RowNumber>(detail::quantized(
                y, detail::ActivationCandidates<1>{
                       {{model.own.activation_grid(clips, q, sites.can_be_negative[RowNumber])}, {1}},
                       parameters[q],
                       {-1},
                       {1}}));
        }
    };
};

} // namespace pliny
