// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/choices.hpp>
#include <pliny/graph/layer_widths.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/settle.hpp>
#include <pliny/nn/autograd/mixture_node.hpp>
#include <pliny/nn/autograd/theta_node.hpp>
#include <pliny/nn/methods/choice_folds.hpp>
#include <pliny/nn/methods/pit_masks.hpp>
#include <pliny/nn/methods/search_costs.hpp>
#include <pliny/nn/methods/search_state.hpp>
#include <pliny/nn/model.hpp>

namespace pliny {

template <class Net>
class Exported;

/// The network of a search (Pit, SuperNet or both), with masks on its channels and all alternatives of its
/// choices. Its parameters are those of the network, by the same names, and `alpha`, one flat vector.
template <SearchDescription Search>
class Model<Search> : public detail::Cloned<Model<Search>, SearchCosts<SearchState<Search>>> {
    using Base = detail::Cloned<Model<Search>, SearchCosts<SearchState<Search>>>;
    using typename Base::AliveChannels;
    using typename Base::Choices;
    using typename Base::Running;
    using typename Base::Sampling;
    using typename Base::Values;

public:
    using search = Search;
    using network = typename Search::network;
    using space = typename Search::space;
    using Chosen = typename Base::Chosen;
    using Base::alpha;
    using Base::graph;

    /// std::invalid_argument where limits that can be met singly cannot be met together.
    Model() { Settle<Search>::check_limits(); }
    Model(const Model& other, detail::TensorCopies& copies) : Base(other, copies) {} // copy_of

    /// [N, input shape...] -> [N, output shape...], dead channels contributing nothing. While training, draws
    /// the shares of all alternatives once; in eval mode and once settled, the alternative with the largest
    /// alpha runs.
    at::Tensor forward(const at::Tensor& x) {
        const Masked masked{*this};
        if constexpr (Base::choices == 0) {
            return this->run(x, Base::all_run(), OwnWeights{*this, masked},
                             [](auto, const Values&) { return at::Tensor{}; });
        } else {
            const bool searching = this->searching();
            if constexpr (Sampling::noisy)
                if (searching)
                    this->draw();
            if constexpr (Sampling::scored) // argmax(alpha / T + g) is drawn from softmax(alpha / T)
                if (searching)
                    this->noise.mul_(this->temperature());
            const auto now = this->state();
            if constexpr (!Sampling::hard)
                if (searching)
                    return forward_mixed(x, masked, now);
            return forward_path(x, masked, now, searching && !Sampling::scored);
        }
    }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    /// Ends a search: every limit holds on the discrete network from here on, and closely; see Settle. Of
    /// every choice only the alternative with the largest alpha runs from here on.
    Settled settle() {
        const Settled settled = meet_limits();
        if (this->settled_.defined())
            this->settled_.fill_(1);
        return settled;
    }

    /// Makes the limits hold as settle does, then gives the network without its dead channels and without the
    /// alternatives that are not chosen: in eval mode it computes what this model computes in eval mode. Its
    /// tensors are its own.
    Exported<network> exported() {
        meet_limits();
        return Exported<network>(this->tensors, kept(), chosen());
    }

    /// Indices of the channels alive, per group of the plan.
    std::array<std::vector<std::int64_t>, space::groups> kept() const {
        std::array<std::vector<std::int64_t>, space::groups> kept;
        for (std::size_t g = 0; g < space::groups; ++g)
            if (!space::analysis.trainable[g])
                for (int c = 0; c < graph.groups[g].width; ++c)
                    kept[g].push_back(c);
        const std::vector<double> host = this->finite_alphas(),
                                  masks = AliveChannels::masks(Base::width_part(host));
        AliveChannels::for_each_group(std::span<const double>(masks),
                                      [&](std::size_t g, std::span<const double> mask) {
                                          for (std::size_t c = 0; c < mask.size(); ++c)
                                              if (mask[c] > 0)
                                                  kept[g].push_back(static_cast<std::int64_t>(c));
                                      });
        return kept;
    }
    /// Channels alive per group of the plan.
    std::array<std::int64_t, space::groups> widths() const {
        std::array<std::int64_t, space::groups> widths{};
        const auto indices = kept();
        for (std::size_t g = 0; g < widths.size(); ++g)
            widths[g] = static_cast<std::int64_t>(indices[g].size());
        return widths;
    }
    /// The number of the alternative with the largest alpha, of every choice in the order of the plan.
    Chosen chosen() const { return Choices::largest(Base::choice_part(this->finite_alphas())); }

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
    using Masks = detail::PitMasks<space>;
    using Folds = detail::ChoiceFolds<network>;

    /// The weights of all rows after the masks, in one step.
    struct Masked {
        const Model& model;
        std::vector<at::Tensor> made = detail::masked(model.alpha, Masks::parameters(model.tensors),
                                                      Masks::table(), model.weight_type());

        const at::Tensor& weight(int row) const {
            return Masks::tensors(row) > 0 ? made[Masks::position(row)]
                                           : model.tensors[static_cast<std::size_t>(row)].weight;
        }
        const at::Tensor& bias(int row) const {
            return Masks::tensors(row) > 1 ? made[Masks::position(row) + 1]
                                           : model.tensors[static_cast<std::size_t>(row)].bias;
        }
        template <int RowNumber>
        at::Tensor output(at::Tensor y) const {
            if constexpr (space::analysis.sites[RowNumber] == MaskSite::Output)
                return y * made[Masks::position(RowNumber)];
            else
                return y;
        }
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

    at::Tensor shares_tensor(const typename Base::State& now) const {
        return detail::shared(alpha, now.shares, now.soft, now.temperature, space::first_choice_alpha,
                              &Choices::through_softmax);
    }

    /// All alternatives run, each counts by its share.
    at::Tensor forward_mixed(const at::Tensor& x, const Masked& masked, const typename Base::State& now) {
        const at::Tensor theta = shares_tensor(now);
        const detail::ParameterList made =
            detail::folded(theta, now.shares,
                           Folds::parameters([&](int row) { return masked.weight(row); },
                                             [&](int row) { return masked.bias(row); }),
                           Folds::table());
        const auto apply = [&]<int RowNumber>(std::integral_constant<int, RowNumber> row,
                                              const at::Tensor& value, bool in_place) {
            if constexpr (Folds::absorbed(RowNumber)) {
                return at::Tensor{};
            } else if constexpr (Folds::is_site(RowNumber)) {
                constexpr std::size_t own = Folds::position(RowNumber);
                return masked.template output<RowNumber>(this->template forward_own<RowNumber>(
                    value, made[own], Folds::has_bias(RowNumber) ? made[own + 1] : at::Tensor{}, in_place));
            } else {
                return OwnWeights{*this, masked}(row, value, in_place);
            }
        };
        const auto choose = [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const Values& values) {
            std::vector<detail::Summand> summands;
            for (const Alternative& one : graph.alternatives_of(RowNumber)) {
                const int a = graph[RowNumber].first_alternative + one.number;
                const ThetaPlace& place = Folds::places[static_cast<std::size_t>(a)];
                if (one.end > one.first && Folds::absorbed(one.output))
                    continue;
                summands.push_back(
                    {values[static_cast<std::size_t>(one.output)], place.site == ThetaSite::Output ? a : -1});
            }
            return detail::mixture(std::move(summands), theta, now.shares);
        };
        return this->run(x, Base::all_run(), apply, choose);
    }

    /// One alternative of each choice runs; with `straight_through`, the gradient of its share goes to alpha.
    at::Tensor forward_path(const at::Tensor& x, const Masked& masked, const typename Base::State& now,
                            bool straight_through) {
        const Running running = detail::running(graph, [&](std::size_t a) { return now.shares[a] > 0; });
        at::Tensor theta;
        if (straight_through)
            theta = shares_tensor(now);
        return this->run(x, running, OwnWeights{*this, masked},
                         [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const Values& values) {
                             at::Tensor value = this->template sole_alternative<RowNumber>(values, running);
                             if (!theta.defined() || !theta.requires_grad())
                                 return value;
                             for (const Alternative& one : graph.alternatives_of(RowNumber)) {
                                 const int a = graph[RowNumber].first_alternative + one.number;
                                 if (running[static_cast<std::size_t>(a)])
                                     return detail::mixture({{std::move(value), a}}, theta, now.shares);
                             }
                             return value;
                         });
    }

    Settled meet_limits() {
        std::vector<double> host = this->finite_alphas();
        const Settled settled = Settle<Search>::apply(host);
        if (settled.removed + settled.restored + settled.rechosen > 0) {
            const at::NoGradGuard no_grad;
            alpha.copy_(detail::write(host, alpha));
        }
        return settled;
    }
};

} // namespace pliny
