// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/tables.hpp>
#include <pliny/nn/methods/quantized_state.hpp>
#include <pliny/nn/quantizers/layer_node.hpp>
#include <pliny/nn/without_autocast.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny {

/// A network with the bits and the channels that a search found: dense, fake-quantized (values are codes x
/// steps, computed in floating point) and trainable. In eval mode it computes what the search model computes
/// there. Its weights have the values of a Quantizer.
template <class Net, WeightQuantizer Quantizer>
class Quantized : public detail::Cloned<Quantized<Net, Quantizer>, QuantizedState<Net, Quantizer>> {
    using Base = detail::Cloned<Quantized<Net, Quantizer>, QuantizedState<Net, Quantizer>>;

public:
    using network = Net;
    using quantizer = Quantizer;
    using Base::graph;
    using Base::log_clip;
    using Base::log_step;
    using Base::tensors_of;
    using Base::weight_bits;
    using typename Base::Kept;
    using typename Base::Layout;
    using typename Base::MadeWeights;

    explicit Quantized(Kept kept, Layout layout, const typename Base::Chosen& path = {})
        : Base(std::move(kept), std::move(layout), path) {}
    Quantized(const Quantized& other, detail::TensorCopies& copies) : Base(other, copies) {} // copy_of

    /// [N, input shape...] -> [N, output shape...]; ModelError where the input has another shape, type or
    /// device.
    at::Tensor forward(const at::Tensor& x) {
        this->check_input(x);
        if (!this->is_training() && !at::GradMode::is_enabled())
            return forward_with(*kept_weights.get(this->quantized_tensors(), [this] { return weights(); }),
                                x);
        if (!this->is_training())
            return forward_with(*weights(), x);
        kept_weights.forget();
        return forward_with(this->quantized_weights(buffers), x); // one thread at a time
    }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    /// The weights and biases as they count now.
    std::shared_ptr<MadeWeights> weights() const {
        std::vector<at::Tensor> memory;
        return std::make_shared<MadeWeights>(this->quantized_weights(memory));
    }
    /// forward, with the weights() of this model; x is not checked.
    at::Tensor forward_with(const MadeWeights& made, const at::Tensor& x) {
        const detail::WithoutAutocast exact; // codes have more digits than bfloat16
        const std::vector<double> clips = this->clips();
        const std::vector<at::Tensor> parameters =
            detail::quantizer_parameters({}, log_clip, layout_.activation_bits.size(), 1, {});
        detail::QuantizedOrigins<Net> origins;
        at::Tensor input = this->as_weights(x);
        if (layout_.input_bits > 0)
            input = origins.template keep<0>(detail::quantized(
                input, detail::ActivationCandidates<1>{{{this->input_grid()}, {1}}, {}, {-1}, {-1}}));
        return this->run(
            input, this->running, Quantizing{*this, this->places(), made, parameters, clips, origins},
            [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const typename Base::Values& values) {
                return origins.template pass<RowNumber>(values, [&](const Alternative& one) {
                    return this
                        ->running[static_cast<std::size_t>(graph[RowNumber].first_alternative + one.number)];
                });
            });
    }

    std::array<std::int64_t, Base::groups> widths() const { return detail::widths_of<Net>(kept_); }
    /// What the network costs, counted from its channels and their bits. Layers that are not quantized count
    /// with 32 bits, an input that is not with 8.
    template <auto Metric>
    double cost() const {
        const auto path = one_hot(graph, this->chosen_);
        return layout_cost<Net>(
            Metric, layout_, [widths = widths()](int row) { return Base::channels(row, widths); }, path);
    }

    /// Bits of every layer with weights; as a table.
    std::vector<LayerBits> layers() const { return layer_bits<Net>(layout_, kept_.data(), this->running); }
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
        const LayerTensors& own = tensors_of(row);
        const at::Tensor weight = this->weight_rows(row).detach().to(at::kCPU, at::kFloat).contiguous();
        const std::vector<int>& bits = weight_bits(row);
        const std::int64_t length = weight.numel() / weight.size(0);
        const float* w = weight.const_data_ptr<float>();
        WeightCodes made{.codes = std::vector<std::int16_t>(static_cast<std::size_t>(weight.numel())),
                         .steps = {},
                         .bias = own.bias.defined() ? detail::read(own.bias) : std::vector<double>{}};
        const double input = this->input_step(row, this->clips());
        const std::vector<float> known = this->known_steps()[static_cast<std::size_t>(row)];
        for (std::size_t c = 0; c < bits.size(); ++c, w += length) {
            const float scale =
                known.empty() ? Quantizer::scale(detail::channel_range(w, length), bits[c]) : known[c];
            made.steps.push_back(
                detail::code_channel(w, made.codes.data() + static_cast<std::int64_t>(c) * length, length,
                                     detail::channel_of_scale<Quantizer>(scale, bits[c]), bits[c]));
            if (!made.bias.empty())
                made.bias[c] = detail::bias_on_grid<Quantizer>(made.bias[c], input, made.steps[c], bits[c],
                                                               bits_read<Net>(layout_, row) > 8);
        }
        return made;
    }

private:
    using Base::buffers;
    using Base::kept_;
    using Base::kept_weights;
    using Base::layout_;

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
            if (model.layout_.sites.passes[RowNumber])
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
};

} // namespace pliny
