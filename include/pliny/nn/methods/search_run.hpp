// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/architecture.hpp>
#include <pliny/methods/planner.hpp>
#include <pliny/nn/autograd/mixture_node.hpp>
#include <pliny/nn/autograd/theta_node.hpp>
#include <pliny/nn/methods/choice_folds.hpp>
#include <pliny/nn/methods/pit_masks.hpp>

#include <array>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace pliny::detail {

/// One forward of the model of a search in a state: its weights after the masks, and how rows and choices run
/// with them.
template <class Model>
class SearchRun {
    using Search = typename Model::search;
    using Net = typename Search::network;
    using Program = Architecture<Search>;
    using Choices = typename Program::Choices;
    using State = typename Program::State;
    using Sampling = typename Search::choice_options::sampling;
    using Folds = ChoiceFolds<Net, Planner<Search>::folds_shares>;
    static constexpr const auto& graph = Program::graph;

    Model& model;
    std::shared_ptr<const State> now;

public:
    const MaskedRows<Search> masked;

    SearchRun(Model& of, std::shared_ptr<const State> state)
        : model(of), now(std::move(state)),
          masked(of.alpha,
                 counted_tensors<Net, Search::prunes>(of.tensors, [&] { return Program::kept(*now); }),
                 of.weight_type(), now) {}

    /// Runs all rows with their own, masked weights.
    at::Tensor own_rows(const at::Tensor& x) const { return rows(x, OwnWeights{model, masked}); }
    /// Runs the rows as `apply(row, x, in_place)` does: all, or those on the path.
    template <class Apply>
    at::Tensor rows(const at::Tensor& x, const Apply& apply) const {
        if constexpr (Choices::size == 0) {
            return model.run(x, Model::all_run(), apply, typename Model::NoChoice{});
        } else {
            const bool searching = !now->discrete;
            if constexpr (!Sampling::hard)
                if (searching)
                    return mixed(x, apply);
            return on_path(x, apply, searching && !Sampling::scored);
        }
    }

private:
    struct OwnWeights {
        Model& model;
        const MaskedRows<Search>& masked;
        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber>, const at::Tensor& x,
                              bool in_place) const {
            return masked.template output<RowNumber>(model.template forward_own<RowNumber>(
                x, masked.weight(RowNumber), masked.bias(RowNumber), in_place));
        }
    };

    /// Part of the state, which lives as long as this.
    template <class Numbers>
    HeldNumbers held(const Numbers& numbers) const {
        return {now, std::span<const double>(numbers)};
    }
    at::Tensor shares() const {
        return shared(model.alpha, held(now->shares), held(now->soft), now->temperature, Program::masks,
                      &Choices::through_softmax);
    }

    /// All alternatives run, each counts by its share.
    template <class Apply>
    at::Tensor mixed(const at::Tensor& x, const Apply& apply) const {
        const at::Tensor theta = shares();
        ParameterList made;
        if constexpr (Planner<Search>::folds_shares)
            made = folded(theta, held(now->shares),
                          Folds::parameters([&](int row) { return masked.weight(row); },
                                            [&](int row) { return masked.bias(row); }),
                          Folds::table());
        const auto apply_folded = [&]<int RowNumber>(std::integral_constant<int, RowNumber> row,
                                                     const at::Tensor& value, bool in_place) {
            if constexpr (Folds::absorbed(RowNumber)) {
                return at::Tensor{};
            } else if constexpr (Folds::is_site(RowNumber)) {
                constexpr std::size_t own = Folds::position(RowNumber);
                return masked.template output<RowNumber>(model.template forward_own<RowNumber>(
                    value, made[own], Folds::has_bias(RowNumber) ? made[own + 1] : at::Tensor{}, in_place));
            } else {
                return apply(row, value, in_place);
            }
        };
        return model.run(
            x, Model::all_run(), apply_folded,
            [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const typename Model::Values& values) {
                return mixture(Folds::summands(RowNumber, values), theta, held(now->shares));
            });
    }
    /// One alternative of each choice runs; with `straight_through`, the gradient of its share goes to alpha.
    template <class Apply>
    at::Tensor on_path(const at::Tensor& x, const Apply& apply, bool straight_through) const {
        const auto running = detail::running(graph, [&](std::size_t a) { return now->shares[a] > 0; });
        at::Tensor theta;
        if (straight_through)
            theta = shares();
        return model.run(
            x, running, apply,
            [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const typename Model::Values& values) {
                at::Tensor value = Model::template sole_alternative<RowNumber>(values, running);
                if (!theta.defined() || !theta.requires_grad())
                    return value;
                for (const Alternative& one : graph.alternatives_of(RowNumber)) {
                    const int a = graph[RowNumber].first_alternative + one.number;
                    if (running[static_cast<std::size_t>(a)])
                        return mixture({{std::move(value), a}}, theta, held(now->shares));
                }
                return value;
            });
    }
};

} // namespace pliny::detail
