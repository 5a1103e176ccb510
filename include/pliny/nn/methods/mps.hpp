// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps.hpp>
#include <pliny/methods/mps/refine.hpp>
#include <pliny/methods/mps/settle.hpp>
#include <pliny/nn/evaluating.hpp>
#include <pliny/nn/made_from.hpp>
#include <pliny/nn/methods/mps/found.hpp>
#include <pliny/nn/model.hpp>
#include <pliny/nn/quantizers/calibration.hpp>
#include <pliny/nn/without_autocast.hpp>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace pliny {

/// The network of a search for bits. Its parameters are those of the network with its batch norms folded (or
/// kept), by the same names; `alpha`, one flat vector; and the logarithms of what quantizers learn:
/// `log_clip` of activations, `log_step` of weights.
template <BitSearchDescription Search>
class Model<Search> : public detail::Cloned<Model<Search>, FoundBits<Search>> {
    using Base = detail::Cloned<Model<Search>, FoundBits<Search>>;
    using Base::sites;
    using typename Base::NoChoice;
    using typename Base::Rows;
    using typename Base::Sampling;
    using typename Base::Shares;
    using typename Base::State;

public:
    using search = Search;
    using network = typename Search::network;
    using space = typename Search::bit_space;
    using Base::alpha;
    using Base::graph;
    using Base::log_clip;
    using Base::log_step;

    Model() = default;
    Model(const Model& other, detail::TensorCopies& copies) : Base(other, copies) {} // copy_of

    /// [N, input shape...] -> [N, output shape...]. While training, draws the shares of all candidates once;
    /// in eval mode and once settled, the one with the largest alpha counts alone. In eval mode without
    /// gradients it runs what exported() gives. The first input after weights were loaded sets the clips (see
    /// calibrate).
    at::Tensor forward(const at::Tensor& x) {
        this->check_input(x);
        const detail::WithoutAutocast exact; // codes have more digits than bfloat16
        calibrate_once(x);
        if (!at::GradMode::is_enabled() && !this->any_trains() && !this->watch) {
            const auto found = export_cache.get(
                all_tensors(), [this] { return std::make_shared<Found>(this->exported_now()); });
            return found->quantized.forward_with(*found->weights, x);
        }
        if (this->is_training())
            export_cache.forget(); // its memory is for the gradients
        if constexpr (Sampling::noisy)
            if (this->searching())
                this->draw();
        const auto now = std::make_shared<const State>(this->state());
        if constexpr (space::activation_candidates > 1)
            if (!now->discrete)
                return forward_with<static_cast<int>(space::activation_candidates)>(x, now);
        return forward_with<1>(x, now);
    }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    /// Sets the clips of all activations, and the range of the input, from batches of inputs; learned steps
    /// from the weights. ModelError where there are none, or their numbers are not finite.
    void calibrate(const std::vector<at::Tensor>& batches, const Calibration& how = {}) {
        const at::NoGradGuard no_grad;
        const detail::WithoutAutocast exact;
        Observing observing{*this};
        const Evaluating evaluating(*this);
        for (const at::Tensor& batch : batches)
            this->check_input(batch);
        detail::check_calibration(batches, how);
        const auto [low, high] = detail::range_of(batches);
        for (const at::Tensor& batch : batches)
            this->run(this->as_weights(batch), Base::all_run(), observing, NoChoice{});
        std::vector<double> clips;
        for (const detail::ActivationSamples& own : observing.samples)
            for (std::size_t i = 0; i < Base::clips_each; ++i)
                clips.push_back(std::log(own.clip(
                    space::shared_clip ? space::activation_bits.back() : space::activation_bits[i], how)));
        if constexpr (space::quantizers > 0)
            log_clip.copy_(detail::write(clips, log_clip));
        if constexpr (space::learned_steps)
            this->start_steps();
        this->range_.copy_(detail::write({low, high, 1}, this->range_));
    }

    /// Ends a search: every limit holds on the network of the largest alphas from here on, and closely; see
    /// SettleBits. That network runs from here on, also in training.
    SettledBits settle() {
        const SettledBits settled = meet_limits();
        this->settled_.fill_(1);
        return settled;
    }
    /// Gives channels more bits where that does not raise a cost, see RefineBits; how many got them.
    template <auto Metric>
    int refine() requires space::per_channel {
        std::vector<double> all = this->finite_numbers();
        const int promoted = RefineBits<space>::apply(Metric, all);
        set_numbers(all, promoted > 0);
        return promoted;
    }
    /// Makes the limits hold as settle does, then gives the network with the bits found and without its
    /// pruned channels. Its tensors are its own.
    Quantized<network> exported() {
        meet_limits();
        return this->exported_now();
    }

private:
    /// The export with its weights as they count.
    struct Found {
        explicit Found(Quantized<network> made) : quantized(std::move(made)) {
            quantized.eval();
            weights = quantized.weights();
        }
        Quantized<network> quantized;
        std::shared_ptr<const typename Quantized<network>::MadeWeights> weights;
    };
    std::vector<at::Tensor> weight_memory; // of quantized weights while training
    detail::MadeFrom<Found> export_cache;
    detail::OwnMutex calibrating;

    /// Sets the clips by the first input.
    void calibrate_once(const at::Tensor& x) {
        const std::scoped_lock lock(calibrating);
        if (this->calibrated())
            return;
        detail::check_first_batch(x);
        calibrate({x});
    }
    /// All that an export is made of.
    std::vector<at::Tensor> all_tensors() const {
        std::vector<at::Tensor> all;
        const auto add = [&](const at::Tensor& tensor) {
            if (tensor.defined())
                all.push_back(tensor);
        };
        for (const LayerTensors& own : this->tensors)
            for (const at::Tensor& each : {own.weight, own.bias, own.running_mean, own.running_var})
                add(each);
        for (const at::Tensor& each : {alpha, log_clip, log_step, this->range_})
            add(each);
        return all;
    }

    template <int RowNumber>
    at::Tensor own(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool in_place) {
        if constexpr (space::passes(RowNumber))
            return x;
        else
            return this->template forward_own<RowNumber>(x, weight, bias, in_place);
    }

    /// Runs the network without quantizers and looks at what they would get.
    struct Observing {
        Model& model;
        mutable std::vector<detail::ActivationSamples> samples{space::quantizers};

        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber> row, const at::Tensor& x,
                              bool in_place) const {
            const LayerTensors& own = model.tensors[RowNumber];
            if constexpr (space::keeps_norms && space::folds(RowNumber))
                if (own.num_batches_tracked.template item<double>() == 0) { // no statistics yet
                    detail::check_norm_batch(x, graph[RowNumber].path.view(), "calibrating before it trains");
                    return finished(row, at::batch_norm(x, own.weight, own.bias, {}, {}, true, 0.0,
                                                        graph[RowNumber].facts.epsilon, false));
                }
            return finished(row, model.template own<RowNumber>(x, own.weight, own.bias, in_place));
        }
        template <int RowNumber>
        at::Tensor finished(std::integral_constant<int, RowNumber>, at::Tensor y) const {
            if constexpr (sites.quantized[RowNumber]) {
                samples[static_cast<std::size_t>(sites.quantizer[RowNumber])].add(
                    y, sites.can_be_negative[RowNumber]);
                if constexpr (!sites.can_be_negative[RowNumber])
                    return y.relu();
            }
            return y;
        }
    };

    /// Runs the network with its quantizers, activations as mixtures of so many candidates.
    template <int Candidates>
    struct Quantizing {
        Model& model;
        const std::vector<at::Tensor>& made; // weights and biases
        // unsigned, signed
        const std::vector<std::array<detail::ActivationCandidates<Candidates>, 2>>& quantizers;
        detail::QuantizedOrigins<network>& origins;

        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber> row, const at::Tensor& x,
                              bool in_place) const {
            constexpr std::size_t at = Rows::position(RowNumber);
            at::Tensor weight = model.tensors[RowNumber].weight, bias = model.tensors[RowNumber].bias;
            if constexpr (space::quantizes(RowNumber)) {
                weight = made[at];
                bias = Rows::has_bias(RowNumber) ? made[at + 1] : at::Tensor{};
            } else if constexpr (Rows::fades(RowNumber)) {
                weight = made[Rows::norm_position(RowNumber)];
                bias = made[Rows::norm_position(RowNumber) + 1];
            }
            return finished(row, origins.template run<RowNumber>(x, weight, bias, [&] {
                return model.template own<RowNumber>(x, weight, bias, in_place);
            }));
        }
        template <int RowNumber>
        at::Tensor finished(std::integral_constant<int, RowNumber>, at::Tensor y) const {
            if constexpr (sites.quantized[RowNumber])
                return origins.template keep<RowNumber>(
                    detail::quantized(y, quantizers[static_cast<std::size_t>(sites.quantizer[RowNumber])]
                                                   [sites.can_be_negative[RowNumber]]));
            else
                return y;
        }
    };

    template <int Candidates>
    at::Tensor forward_with(const at::Tensor& x, const std::shared_ptr<const State>& now) {
        const std::vector<double> clips = this->clips();
        std::vector<at::Tensor> no_memory; // training is for one thread at a time
        const auto made = [&]<int... Bits>(Weights<Bits...>) {
            return detail::quantized_weights<Bits...>(
                this->row_weights(*now, clips), this->is_training() ? weight_memory : no_memory,
                {.alpha = alpha, .log_step = log_step, .to_alpha = this->weights_to_alpha(now)});
        }
        (typename space::weights{});
        const auto quantizers = this->template activation_candidates<Candidates>(now, clips);
        detail::QuantizedOrigins<network> origins;
        at::Tensor input = this->as_weights(x);
        if constexpr (space::quantizes_input)
            input = origins.template keep<0>(detail::quantized(
                input, detail::ActivationCandidates<1>{{{this->input_grid()}, {1}}, {}, {-1}, {-1}}));
        return this->run(input, Base::all_run(), Quantizing<Candidates>{*this, made, quantizers, origins},
                         NoChoice{});
    }

    void set_numbers(std::vector<double>& all, bool changed) {
        if (!changed)
            return;
        const at::NoGradGuard no_grad;
        const auto own = Shares::alphas(std::span(all));
        alpha.copy_(detail::write({own.begin(), own.end()}, alpha));
    }
    SettledBits meet_limits() {
        std::vector<double> all = this->finite_numbers();
        const SettledBits settled = SettleBits<Search>::apply(all);
        set_numbers(all, settled.lowered + settled.raised > 0);
        return settled;
    }
};

} // namespace pliny
