// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/choices.hpp>
#include <pliny/graph/layer_widths.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/planner.hpp>
#include <pliny/methods/settle.hpp>
#include <pliny/nn/autograd/mixture_node.hpp>
#include <pliny/nn/autograd/theta_node.hpp>
#include <pliny/nn/graph/kept_channels.hpp>
#include <pliny/nn/methods/choice_folds.hpp>
#include <pliny/nn/methods/pit_masks.hpp>
#include <pliny/nn/methods/search_costs.hpp>
#include <pliny/nn/methods/search_state.hpp>
#include <pliny/nn/model.hpp>
#include <pliny/nn/quantizers/calibration_rule.hpp>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

template <class Net>
class Exported;

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
class Model<Search> : public detail::Cloned<Model<Search>, SearchCosts<SearchState<Search>>> {
    using Base = detail::Cloned<Model<Search>, SearchCosts<SearchState<Search>>>;
    using typename Base::AliveChannels;
    using typename Base::Choices;
    using typename Base::Program;
    using typename Base::Running;
    using typename Base::Sampling;
    using typename Base::Values;
    using Bits = detail::ModelBits<Search>;
    friend Bits;
    static constexpr bool has_bits = Search::quantizes;

public:
    using search = Search;
    using network = typename Search::network;
    /// What it searches: bits, or else widths and choices.
    using space = std::conditional_t<has_bits, typename Search::bit_space, typename Search::space>;
    using Chosen = typename Base::Chosen;
    using Kept = KeptChannels<network>;
    using Base::alpha;
    using Base::graph;

    at::Tensor log_clip; // of every quantizer of activations, and candidate unless they share it
    at::Tensor log_step; // of weights, where steps are learned: of every row, channel and candidate

    /// std::invalid_argument where limits that can be met singly cannot be met together.
    Model() : bits(*this) { Settle<Search>::check_limits(); }
    Model(const Model& other, detail::TensorCopies& copies) // copy_of
        : Base(other, copies), log_clip(copies(other.log_clip)), log_step(copies(other.log_step)),
          bits(other.bits, copies) {}

    /// [N, input shape...] -> [N, output shape...], dead channels contributing nothing. While training, draws
    /// the shares of all alternatives and candidates once; in eval mode and once settled, those with the
    /// largest alpha count alone. Where bits are chosen, the first input after weights were loaded sets the
    /// clips (see calibrate), and in eval mode without gradients what exported() gives runs.
    at::Tensor forward(const at::Tensor& x) {
        if constexpr (has_bits)
            return bits.forward(*this, x);
        else
            return forward_rows(x);
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
        if (this->settled_.defined())
            this->settled_.fill_(1);
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
            return Exported<network>(this->tensors, kept(), chosen());
    }

    /// Indices of the channels alive, per group of the plan.
    Kept kept() const { return kept_by(*discrete()); }
    /// Channels alive per group of the plan.
    std::array<std::int64_t, Base::groups> widths() const {
        std::array<std::int64_t, Base::groups> widths{};
        const Kept indices = kept();
        for (std::size_t g = 0; g < widths.size(); ++g)
            widths[g] = static_cast<std::int64_t>(indices[g].size());
        return widths;
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
        if constexpr (Base::choices == 0)
            return widths_table<network>(now);
        else
            return choices_table<network>(chosen(), this->thetas()) + "\n" +
                   widths_table<network>(now, chosen());
    }

private:
    using typename Base::State;
    using StatePointer = std::shared_ptr<const State>;
    using Folds = detail::ChoiceFolds<network, Planner<Search>::folds_shares>;

    Bits bits;

    /// What is decided; ModelError where an alpha is not finite.
    StatePointer discrete() const {
        this->finite_alphas();
        return this->discrete_state();
    }
    static Kept kept_by(const State& now) {
        Kept kept;
        for (std::size_t g = 0; g < kept.size(); ++g)
            for (int c = 0; c < graph.groups[g].width; ++c)
                if (now.lives(g, static_cast<std::size_t>(c)))
                    kept[g].push_back(c);
        return kept;
    }

    /// The weights of all rows after the masks, in one step.
    struct Masked : detail::MaskedRows<Search> {
        Masked(const Model& model, const StatePointer& now)
            : detail::MaskedRows<Search>(model.alpha,
                                         detail::counted_tensors<network, Search::prunes>(
                                             model.tensors, [&] { return kept_by(*now); }),
                                         model.weight_type(), now) {}
    };
    /// Runs a row with its own, masked weight.
    struct OwnWeights {
        Model& model;
        const Masked& masked;
        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber>, const at::Tensor& x,
                              bool in_place) const {
            return masked.template output<RowNumber>(model.template forward_own<RowNumber>(
                x, masked.weight(RowNumber), masked.bias(RowNumber), in_place));
        }
    };

    void sample() {
        if constexpr (Sampling::noisy)
            if (this->searching())
                this->draw();
        if constexpr (Sampling::scored) // argmax(alpha / T + g) is drawn from softmax(alpha / T)
            if (this->searching())
                this->noise.mul_(this->temperature());
    }
    at::Tensor forward_rows(const at::Tensor& x) {
        sample();
        const StatePointer now = this->state();
        const Masked masked(*this, now);
        return run_choices(x, now, OwnWeights{*this, masked}, [&](const at::Tensor& theta) {
            return detail::folded(theta, Base::held(now, now->shares),
                                  Folds::parameters([&](int row) { return masked.weight(row); },
                                                    [&](int row) { return masked.bias(row); }),
                                  Folds::table());
        });
    }

    at::Tensor shares_tensor(const StatePointer& now) const {
        return detail::shared(alpha, Base::held(now, now->shares), Base::held(now, now->soft),
                              now->temperature, Program::masks, &Choices::through_softmax);
    }

    /// Runs the rows as `apply` does: all, or those on the path. `fold(theta)` makes the weights that take
    /// shares of alternatives.
    template <class Apply, class Fold>
    at::Tensor run_choices(const at::Tensor& x, const StatePointer& now, const Apply& apply,
                           const Fold& fold) {
        if constexpr (Base::choices == 0) {
            return this->run(x, Base::all_run(), apply, typename Base::NoChoice{});
        } else {
            const bool searching = !now->discrete;
            if constexpr (!Sampling::hard)
                if (searching)
                    return run_mixed(x, now, apply, fold);
            return run_path(x, now, apply, searching && !Sampling::scored);
        }
    }

    /// All alternatives run, each counts by its share.
    template <class Apply, class Fold>
    at::Tensor run_mixed(const at::Tensor& x, const StatePointer& now, const Apply& apply, const Fold& fold) {
        const at::Tensor theta = shares_tensor(now);
        detail::ParameterList made;
        if constexpr (Planner<Search>::folds_shares)
            made = fold(theta);
        const auto apply_folded = [&]<int RowNumber>(std::integral_constant<int, RowNumber> row,
                                                     const at::Tensor& value, bool in_place) {
            if constexpr (Folds::absorbed(RowNumber)) {
                return at::Tensor{};
            } else if constexpr (Folds::is_site(RowNumber)) {
                constexpr std::size_t own = Folds::position(RowNumber);
                return apply.masked.template output<RowNumber>(this->template forward_own<RowNumber>(
                    value, made[own], Folds::has_bias(RowNumber) ? made[own + 1] : at::Tensor{}, in_place));
            } else {
                return apply(row, value, in_place);
            }
        };
        return this->run(x, Base::all_run(), apply_folded,
                         [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const Values& values) {
                             return detail::mixture(Folds::summands(RowNumber, values), theta,
                                                    Base::held(now, now->shares));
                         });
    }
    /// One alternative of each choice runs; with `straight_through`, the gradient of its share goes to alpha.
    template <class Apply>
    at::Tensor run_path(const at::Tensor& x, const StatePointer& now, const Apply& apply,
                        bool straight_through) {
        const Running running = detail::running(graph, [&](std::size_t a) { return now->shares[a] > 0; });
        at::Tensor theta;
        if (straight_through)
            theta = shares_tensor(now);
        return this->run(
            x, running, apply,
            [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const Values& values) {
                at::Tensor value = this->template sole_alternative<RowNumber>(values, running);
                if (!theta.defined() || !theta.requires_grad())
                    return value;
                for (const Alternative& one : graph.alternatives_of(RowNumber)) {
                    const int a = graph[RowNumber].first_alternative + one.number;
                    if (running[static_cast<std::size_t>(a)])
                        return detail::mixture({{std::move(value), a}}, theta, Base::held(now, now->shares));
                }
                return value;
            });
    }

    Settled meet_limits() {
        std::vector<double> all = this->finite_numbers();
        const Settled settled = Settle<Search>::apply(all);
        if (settled.removed + settled.restored + settled.rechosen + settled.lowered + settled.raised > 0)
            this->set_numbers(all);
        return settled;
    }
};

} // namespace pliny
