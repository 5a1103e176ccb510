// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps.hpp>
#include <pliny/methods/mps/refine.hpp>
#include <pliny/nn/evaluating.hpp>
#include <pliny/nn/made_from.hpp>
#include <pliny/nn/methods/mps/folded.hpp>
#include <pliny/nn/methods/mps/found.hpp>
#include <pliny/nn/methods/mps/quantizers.hpp>
#include <pliny/nn/methods/search.hpp>
#include <pliny/nn/quantizers/calibration.hpp>
#include <pliny/nn/without_autocast.hpp>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace pliny::detail {

/// What the model of a search does where bits are chosen: its quantizers, and how its rows run with them.
template <class Search>
    requires(Search::quantizes)
class ModelBits<Search> {
    using Net = typename Search::network;
    using Space = typename Search::bit_space;
    using Quantizers = BitQuantizers<Search>;
    using Exported = Quantized<Net, typename Space::quantizer>;
    using State = typename Quantizers::State;
    using Rows = typename Quantizers::Rows;
    static constexpr const auto& graph = Space::graph;
    static constexpr const auto& sites = Space::sites;

public:
    template <class Model>
    explicit ModelBits(Model& model) {
        static_assert(
            requires { sizeof(Exported); },
            "the model of a search for bits runs what it exports in eval mode: include "
            "<pliny/deploy/quantized.hpp>");
        if constexpr (!Space::keeps_norms)
            fold_norms<Space>(model, model.tensors);
        if constexpr (Space::quantizers > 0)
            quantizers.log_clip = model.log_clip = model.register_learned_state(
                "log_clip", std::vector<double>(Space::quantizers * Quantizers::clips_each));
        if constexpr (Space::learned_steps)
            quantizers.log_step = model.log_step =
                model.register_learned_state("log_step", std::vector<double>(Rows::steps));
        quantizers.input_range = model.register_state("input_range", 3, 0);
    }
    ModelBits(const ModelBits& other, TensorCopies& copies)
        : quantizers{copies(other.quantizers.log_clip), copies(other.quantizers.log_step),
                     copies(other.quantizers.input_range)} {}

    template <class Model>
    at::Tensor forward(Model& model, const at::Tensor& x) {
        model.check_input(x);
        const WithoutAutocast exact; // codes have more digits than bfloat16
        calibrate_once(model, x);
        if (!at::GradMode::is_enabled() && !model.any_trains() && !model.watch) {
            const auto found = export_cache.get(all_tensors(model),
                                                [&] { return std::make_shared<Export>(exported(model)); });
            return found->quantized.forward_with(*found->weights, x);
        }
        if (model.is_training())
            export_cache.forget(); // its memory is for the gradients
        const auto now = model.sampled();
        if constexpr (Space::activation_candidates > 1)
            if (!now->discrete) // of one that counts alone, the others have a gradient
                return forward_with<static_cast<int>(Space::activation_candidates)>(model, x, now);
        return forward_with<1>(model, x, now);
    }

    template <class Model>
    void load_weights(Model& model, const torch::nn::Module& source) {
        NetworkModule<Net>& network = model;
        if (!Space::keeps_norms && has_norms<Space>(source))
            network.load_weights(FoldedNetwork<Space>(source));
        else
            network.load_weights(source);
        quantizers.input_range.zero_();
    }

    template <class Model>
    void calibrate(Model& model, const std::vector<at::Tensor>& batches, const Calibration& how) {
        const at::NoGradGuard no_grad;
        const WithoutAutocast exact;
        const auto now = model.state();
        const SearchRun<Model> run(model, now);
        const Observing<Model> observing{model, run.masked};
        const Evaluating evaluating(model);
        for (const at::Tensor& batch : batches)
            model.check_input(batch);
        check_calibration(batches, how);
        const auto [low, high] = range_of(batches);
        for (const at::Tensor& batch : batches)
            model.run(model.as_weights(batch), Model::all_run(), observing,
                      [&]<int RowNumber>(std::integral_constant<int, RowNumber>,
                                         const typename Model::Values& values) {
                          return soft_sum<Model, RowNumber>(values, *now);
                      });
        std::vector<double> clips;
        for (const ActivationSamples& own : observing.samples)
            for (std::size_t i = 0; i < Quantizers::clips_each; ++i)
                clips.push_back(std::log(own.clip(
                    Space::shared_clip ? Space::activation_bits.back() : Space::activation_bits[i], how)));
        if constexpr (Space::quantizers > 0)
            quantizers.log_clip.copy_(write(clips, quantizers.log_clip));
        if constexpr (Space::learned_steps)
            quantizers.start_steps(run.masked);
        quantizers.input_range.copy_(write({low, high, 1}, quantizers.input_range));
    }

    template <auto Metric, class Model>
    int refine(Model& model) {
        return model.change(
            [](std::vector<double>& numbers) { return RefineBits<Search>::apply(Metric, numbers); });
    }
    template <class Model>
    Exported exported(Model& model) const {
        const auto now = model.discrete();
        return FoundBits<Search>::quantized(model, model.tensors, model.found_in(*now), *now, quantizers);
    }
    BitLayout<Net> layout(const State& now) const { return FoundBits<Search>::layout(now, quantizers); }
    static std::vector<int> weight_bits(const State& now, int row) {
        return FoundBits<Search>::weight_bits(now, row);
    }
    static std::vector<int> activation_bits(const State& now) {
        return FoundBits<Search>::activation_bits(now);
    }

private:
    /// The export with its weights as they count.
    struct Export {
        explicit Export(Exported made) : quantized(std::move(made)) {
            quantized.eval();
            weights = quantized.weights();
        }
        Exported quantized;
        std::shared_ptr<const typename Exported::MadeWeights> weights;
    };
    Quantizers quantizers;
    std::vector<at::Tensor> weight_memory; // of quantized weights while training
    MadeFrom<Export> export_cache;
    OwnMutex calibrating;

    /// Sets the clips by the first input.
    template <class Model>
    void calibrate_once(Model& model, const at::Tensor& x) {
        const std::scoped_lock lock(calibrating);
        if (quantizers.calibrated())
            return;
        check_first_batch(x);
        calibrate(model, {x}, {});
    }
    /// All that an export is made of.
    template <class Model>
    std::vector<at::Tensor> all_tensors(const Model& model) const {
        std::vector<at::Tensor> all;
        const auto add = [&](const at::Tensor& tensor) {
            if (tensor.defined())
                all.push_back(tensor);
        };
        for (const LayerTensors& own : model.tensors)
            for (const at::Tensor& each : {own.weight, own.bias, own.running_mean, own.running_var})
                add(each);
        for (const at::Tensor& each :
             {model.alpha, quantizers.log_clip, quantizers.log_step, quantizers.input_range})
            add(each);
        return all;
    }

    /// A row without quantizers.
    template <int RowNumber, class Model>
    static at::Tensor own(Model& model, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          bool in_place) {
        if constexpr (Space::passes(RowNumber))
            return x;
        else
            return model.template forward_own<RowNumber>(x, weight, bias, in_place);
    }
    /// What a choice gives when all alternatives count by the softmax of their alphas.
    template <class Model, int RowNumber>
    static at::Tensor soft_sum(const typename Model::Values& values, const State& now) {
        at::Tensor sum;
        for (const Alternative& one : graph.alternatives_of(RowNumber)) {
            const at::Tensor part =
                values[static_cast<std::size_t>(one.output)] *
                now.soft[static_cast<std::size_t>(graph[RowNumber].first_alternative + one.number)];
            sum = sum.defined() ? sum + part : part;
        }
        return sum;
    }

    /// Runs the network without quantizers and looks at what they would get.
    template <class Model>
    struct Observing {
        Model& model;
        const MaskedRows<Search>& masked;
        mutable std::vector<ActivationSamples> samples{Space::quantizers};

        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber> row, const at::Tensor& x,
                              bool in_place) const {
            const at::Tensor &weight = masked.weight(RowNumber), &bias = masked.bias(RowNumber);
            if constexpr (Space::keeps_norms && Space::folds(RowNumber))
                if (masked.own(RowNumber).num_batches_tracked.template item<double>() ==
                    0) { // no statistics yet
                    check_norm_batch(x, graph[RowNumber].path.view(), "calibrating before it trains");
                    return finished(row, at::batch_norm(x, weight, bias, {}, {}, true, 0.0,
                                                        graph[RowNumber].facts.epsilon, false));
                }
            return finished(
                row, masked.template output<RowNumber>(own<RowNumber>(model, x, weight, bias, in_place)));
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

    /// Runs rows with their quantizers, activations as mixtures of so many candidates.
    template <class Model, int Candidates>
    struct Quantizing {
        Model& model;
        const MaskedRows<Search>& masked;
        const std::vector<at::Tensor>& made; // weights and biases
        // unsigned, signed
        const std::vector<std::array<ActivationCandidates<Candidates>, 2>>& quantizers;
        QuantizedOrigins<Net>& origins;

        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber> row, const at::Tensor& x,
                              bool in_place) const {
            constexpr std::size_t at = Rows::position(RowNumber);
            at::Tensor weight = masked.weight(RowNumber), bias = masked.bias(RowNumber);
            if constexpr (Space::quantizes(RowNumber)) {
                weight = made[at];
                bias = Space::has_bias(RowNumber) ? made[at + 1] : at::Tensor{};
            } else if constexpr (Rows::fades(RowNumber)) {
                weight = made[Rows::norm_position(RowNumber)];
                bias = made[Rows::norm_position(RowNumber) + 1];
            }
            return finished(
                row, masked.template output<RowNumber>(origins.template run<RowNumber>(
                         x, weight, bias, [&] { return own<RowNumber>(model, x, weight, bias, in_place); })));
        }
        template <int RowNumber>
        at::Tensor finished(std::integral_constant<int, RowNumber>, at::Tensor y) const {
            if constexpr (sites.quantized[RowNumber])
                return origins.template keep<RowNumber>(
                    quantized(y, quantizers[static_cast<std::size_t>(sites.quantizer[RowNumber])]
                                           [sites.can_be_negative[RowNumber]]));
            else
                return y;
        }
    };

    template <int Candidates, class Model>
    at::Tensor forward_with(Model& model, const at::Tensor& x, const std::shared_ptr<const State>& now) {
        const std::vector<double> clips = quantizers.clips();
        const SearchRun<Model> run(model, now);
        const MaskedRows<Search>& masked = run.masked;
        std::vector<at::Tensor> no_memory; // training is for one thread at a time
        const auto made = [&]<int... Bits>(Weights<Bits...>) {
            return quantized_weights<typename Space::quantizer, Bits...>(
                quantizers.row_weights(*now, clips, masked), model.is_training() ? weight_memory : no_memory,
                {.alpha = model.alpha,
                 .log_step = quantizers.log_step,
                 .to_alpha = Quantizers::weights_to_alpha(model.alpha, now)});
        }
        (typename Space::weights{});
        const auto activations =
            quantizers.template activation_candidates<Candidates>(model.alpha, now, clips);
        QuantizedOrigins<Net> origins;
        at::Tensor input = model.as_weights(x);
        if constexpr (Space::quantizes_input)
            input = origins.template keep<0>(
                quantized(input, ActivationCandidates<1>{{{quantizers.input_grid()}, {1}}, {}, {-1}, {-1}}));
        return run.rows(input, Quantizing<Model, Candidates>{model, masked, made, activations, origins});
    }
};

} // namespace pliny::detail
