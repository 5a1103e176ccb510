// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/choices.hpp>
#include <pliny/graph/layer_widths.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/settle.hpp>
#include <pliny/nn/methods/search_costs.hpp>
#include <pliny/nn/methods/search_run.hpp>
#include <pliny/nn/methods/search_state.hpp>
#include <pliny/nn/methods/training_switch.hpp>
#include <pliny/nn/model.hpp>
#include <pliny/nn/quantizers/calibration_rule.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pliny {
namespace detail {

/// What the model of a search does where bits are chosen; for those that choose none, nothing.
template <class Search>
struct ModelBits {
    static_assert(!Search::quantizes, "include <pliny/nn/methods/mps.hpp>");
    template <class Model>
    explicit ModelBits(Model&) {}
    ModelBits(const ModelBits&, TensorCopies&) {}
};

} // namespace detail

/// The network of a search, with masks on its channels, all alternatives of its choices, and candidates of
/// bits, as far as it searches these. Its parameters are those of the network, by the same names; `alpha`,
/// one flat vector; where bits are chosen, batch norms are folded (or kept), and there are the logarithms of
/// what quantizers learn: `log_clip` of activations, `log_step` of weights.
template <SearchDescription Search>
class Model<Search> : public detail::Cloned<Model<Search>, NetworkModule<typename Search::network>> {
    using Base = detail::Cloned<Model<Search>, NetworkModule<typename Search::network>>;
    using Program = Architecture<Search>;
    using Choices = typename Program::Choices;
    using Bits = detail::ModelBits<Search>;
    friend Bits;
    friend SearchState<Search>;
    friend detail::SearchRun<Model>;
    static constexpr bool has_bits = Search::quantizes;
    static constexpr bool chooses = Choices::size > 0;

public:
    using search = Search;
    using network = typename Search::network;
    /// What it searches: bits, or else widths and choices.
    using space = std::conditional_t<has_bits, typename Search::bit_space, typename Search::space>;
    using Chosen = typename Base::Chosen;
    using Kept = KeptChannels<network>;
    using Base::graph;

    at::Tensor alpha;    // one flat vector; undefined where there is nothing to choose
    at::Tensor log_clip; // of every quantizer of activations, and candidate unless they share it
    at::Tensor log_step; // of weights, where steps are learned: of every row, channel and candidate

    /// std::invalid_argument where limits that can be met singly cannot be met together.
    Model() : Base(Base::full()), own(*this), bits(*this) {
        alpha = own.alpha;
        Settle<Search>::check_limits();
    }
    Model(const Model& other, detail::TensorCopies& copies) // copy_of
        : Base(other, copies), alpha(copies(other.alpha)), log_clip(copies(other.log_clip)),
          log_step(copies(other.log_step)), own(other.own, copies),
          weight_switch(other.weight_switch, copies), architecture_switch(other.architecture_switch, copies),
          bits(other.bits, copies) {}

    /// [N, input shape...] -> [N, output shape...], dead channels contributing nothing. While training, draws
    /// the shares of all alternatives and candidates once; in eval mode and once settled, those with the
    /// largest alpha count alone. Where bits are chosen, the first input after weights were loaded sets the
    /// clips (see calibrate), and in eval mode without gradients what exported() gives runs.
    at::Tensor forward(const at::Tensor& x) {
        if constexpr (has_bits)
            return bits.forward(*this, x);
        else
            return detail::SearchRun<Model>(*this, sampled()).own_rows(x);
    }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    /// Copies weights from a module of the same network: batch norms there are folded, on a copy, where this
    /// model folds them. Clips and learned steps are set anew by the next input. ModelError as
    /// NetworkModule::load_weights.
    void load_weights(const torch::nn::Module& source) {
        if constexpr (has_bits)
            bits.load_weights(*this, source);
        else
            Base::load_weights(source);
    }
    /// Sets the clips of all activations, and the range of the input, from batches of inputs; learned steps
    /// from the weights. ModelError where there are none, or their numbers are not finite.
    void calibrate(const std::vector<at::Tensor>& batches, const Calibration& how = {}) requires has_bits {
        bits.calibrate(*this, batches, how);
    }

    /// Ends a search: every limit holds on the discrete network from here on, and closely; see Settle. That
    /// network runs from here on, also in training.
    Settled settle() {
        const Settled settled = meet_limits();
        own.settle();
        return settled;
    }
    /// Gives channels more bits where that does not raise a cost, see RefineBits; how many got them.
    template <auto Metric>
    int refine() requires has_bits {
        return bits.template refine<Metric>(*this);
    }

    /// Makes the limits hold as settle does, then gives the network without its dead channels and without the
    /// alternatives that are not chosen, with the bits found where such are chosen: in eval mode it computes
    /// what this model computes in eval mode. Its tensors are its own.
    auto exported() {
        meet_limits();
        if constexpr (has_bits)
            return bits.exported(*this);
        else
            return Exported<network>(this->tensors, found());
    }

    double temperature() const { return own.temperature(); }
    /// Sets the temperature, in place of the schedule of Temperature<...>; ModelError unless it is positive.
    void set_temperature(double value) { own.set_temperature(value); }

    /// All parameters but alpha, for the weights' optimiser.
    std::vector<at::Tensor> weights() const {
        std::vector<at::Tensor> weights;
        for (const at::Tensor& parameter : this->parameters())
            if (!parameter.is_same(alpha))
                weights.push_back(parameter);
        return weights;
    }
    /// The architecture parameters: alpha, where there is something to choose.
    std::vector<at::Tensor> architecture() const {
        return alpha.defined() ? std::vector<at::Tensor>{alpha} : std::vector<at::Tensor>{};
    }
    void train_weights_only() { switch_training(true, false); }
    void train_architecture_only() { switch_training(false, true); }
    void train_both() { switch_training(true, true); }

    /// What the network costs now; needs no forward. While training, by the shares of all candidates; in eval
    /// mode and once settled, what those with the largest alpha cost.
    template <auto Metric>
    double cost() const {
        return costs().template cost<Metric>();
    }
    /// As cost, a scalar tensor with the gradient to alpha (straight through the threshold, and through what
    /// is taken alone).
    template <auto Metric>
    at::Tensor cost_tensor() const {
        return costs().template cost_tensor<Metric>();
    }
    /// What is added to the loss: a scalar tensor with gradient to alpha, which follows from the model as it
    /// is, the loss and the progress alone, and changes nothing. A limit that is exceeded for the first time
    /// counts with the strength that it then gets. With SinglePath it carries the gradient of the task loss
    /// to alpha as well, adding 0. ModelError for an impossible progress or a loss that is not finite, where
    /// that counts.
    at::Tensor penalty(const at::Tensor& task_loss, const SearchProgress& progress) const {
        return costs().penalty(task_loss, progress);
    }
    /// Moves on what the penalty depends on beside alpha: the numbers of the regularizer, the temperature,
    /// and with SinglePath the mean of the losses. Belongs behind the penalty of the same step, before an
    /// optimiser changes alpha. Errors as of penalty.
    void advance(const at::Tensor& task_loss, const SearchProgress& progress) {
        costs().advance(task_loss, progress);
    }
    /// Both in one call, at `epoch` (from 0; fractions allowed) of `epochs`: what `penalty` gives, after
    /// which the model has moved on as by `advance`.
    at::Tensor penalty(const at::Tensor& task_loss, double epoch, double epochs) {
        return costs().penalty_and_advance(task_loss, SearchProgress(epoch, epochs));
    }
    /// The limits and where the network of the largest alphas stands.
    std::vector<LimitReport> limits() const {
        return SearchCosts<Search>(own, own.discrete(this->is_training())).limits();
    }
    /// The share of every alternative, choice by choice, then of every candidate, lot by lot: those of the
    /// last sample while training, 0 and 1 in eval mode and once settled.
    std::vector<std::vector<double>> thetas() const { return own.thetas(*state()); }

    /// What the largest alphas have found.
    FoundNetwork<network> found() const { return found_in(*discrete()); }
    /// Indices of the channels alive, per group of the plan.
    Kept kept() const { return Program::kept(*discrete()); }
    /// Channels alive per group of the plan.
    std::array<std::int64_t, Base::groups> widths() const {
        return FoundNetwork<network>{.kept = kept()}.widths();
    }
    /// The number of the alternative with the largest alpha, of every choice in the order of the plan.
    Chosen chosen() const { return Choices::largest(discrete()->choice_numbers()); }
    /// Bits of every output channel of a layer that has weights, 0 where it is pruned; empty where its
    /// weights are not quantized.
    std::vector<int> weight_bits(int row) const requires has_bits {
        return Bits::weight_bits(*discrete(), row);
    }
    /// Bits of every quantizer of activations.
    std::vector<int> activation_bits() const requires has_bits { return Bits::activation_bits(*discrete()); }

    /// Channels alive of every layer on the path, and what is chosen, as tables.
    std::string summary() const {
        const auto now = widths();
        if constexpr (!chooses)
            return widths_table<network>(now);
        else
            return choices_table<network>(chosen(), this->thetas()) + "\n" +
                   widths_table<network>(now, chosen());
    }

private:
    using State = typename Program::State;
    using StatePointer = std::shared_ptr<const State>;

    SearchState<Search> own;
    TrainingSwitch weight_switch, architecture_switch;
    Bits bits;

    StatePointer state() const { return own.now(this->is_training()); }
    /// What is decided; ModelError where an alpha is not finite.
    StatePointer discrete() const { return own.decided(this->is_training()); }
    FoundNetwork<network> found_in(const State& now) const {
        FoundNetwork<network> found{Program::kept(now), Choices::largest(now.choice_numbers()), {}};
        if constexpr (has_bits)
            found.bits = bits.layout(now);
        return found;
    }
    SearchCosts<Search> costs() const { return {own, state()}; }
    void switch_training(bool weights_on, bool architecture_on) {
        weight_switch.set(weights(), weights_on);
        architecture_switch.set(architecture(), architecture_on);
    }
    /// What counts in the forward that begins.
    StatePointer sampled() {
        if (this->is_training() && !own.settled())
            own.draw();
        return state();
    }
    Settled meet_limits() {
        return change([](std::vector<double>& numbers) { return Settle<Search>::apply(numbers); });
    }
    /// Makes alphas of the numbers of all decisions where `move(numbers)` changes them; what it gives.
    template <class Move>
    auto change(const Move& move) {
        const StatePointer now = discrete();
        std::vector<double> numbers(now->number.begin(), now->number.end());
        const auto moved = move(numbers);
        if (!std::equal(numbers.begin(), numbers.end(), now->number.begin()))
            own.set_numbers(numbers);
        return moved;
    }
};

} // namespace pliny
