// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/meta/is_finite.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/regularizers/feasibility.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

/// Where a search stands against one of its limits.
struct LimitReport {
    std::string cost;
    double limit = 0;
    double value = 0;
    bool satisfied() const { return value <= limit; }
};

namespace detail {

/// The progress; ModelError, in the name of a function, unless the epoch, from 0 to the end of the last, is
/// one of the epochs.
PLINY_INLINE const SearchProgress& checked(const char* function, const SearchProgress& progress);

/// The task loss of a step, which is read from its tensor at most once, and only if somebody asks.
class TaskLoss {
    const char* function;
    const at::Tensor& tensor;
    std::optional<double> known;

public:
    /// ModelError, in the name of a function, unless it is one number; that is not looked at.
    TaskLoss(const char* function, const at::Tensor& task_loss);
    /// ModelError where it is not finite.
    double value();
};

/// The regularizer of a search in one step: its numbers, and what its costs are now.
template <class Search>
class RegularizedStep {
    using Type = typename Search::regularizer;
    using Costs = typename Search::costs;
    using Terms = RegularizerTerms<typename Type::terms>;
    static constexpr auto limits = Search::limits;
    static constexpr std::array<int, Terms::size> indices = Terms::template cost_indices<Costs>();

    SearchProgress progress_;
    TaskLoss loss;
    std::array<double, Terms::size> costs{};
    std::array<double, Type::states> state{};

public:
    /// Whether it keeps numbers from step to step.
    static constexpr bool keeps = Type::states > 0;
    static constexpr bool linear = is_linear<Type>();

    /// ModelError, in the name of a function, for an impossible progress, or a loss that is not one number.
    RegularizedStep(const char* function, const at::Tensor& task_loss, const SearchProgress& at,
                    const at::Tensor& strengths)
        : progress_(checked(function, at)), loss(function, task_loss) {
        if constexpr (keeps)
            for_numbers(strengths, [&](auto known) { std::copy(known.begin(), known.end(), state.begin()); });
    }
    const SearchProgress& progress() const { return progress_; }
    /// ModelError where it is not finite.
    double task_loss() { return loss.value(); }

    /// Takes what each cost is now from price<cost>().
    template <class Price>
    void price(const Price& price) {
        for_each_cost([&]<auto Metric>(int index) { set(index, price.template operator()<Metric>()); });
    }
    /// Calls f<cost>(slope) for every cost of a linear regularizer: it adds the sum of slope x cost.
    template <class Function>
    void for_each_slope(const Function& f) requires linear {
        std::array<double, Terms::size> by_term{};
        (void)Type::value(told(), state, by_term);
        for_each_cost([&]<auto Metric>(int index) { f.template operator()<Metric>(slope(by_term, index)); });
    }
    /// What it adds to the loss. `price<cost>()` gives a cost, add_slopes<cost>(slope) adds its derivatives
    /// times a slope.
    template <class Price, class AddSlopes>
    double value(const Price& price, const AddSlopes& add_slopes) {
        std::array<double, Terms::size> by_term{};
        this->price(price);
        const double value = Type::value(told(), state, by_term);
        for_each_cost([&]<auto Metric>(int index) {
            if (const double by_cost = slope(by_term, index); by_cost != 0)
                add_slopes.template operator()<Metric>(by_cost);
        });
        return value;
    }
    /// Moves its numbers on, in the tensor where they live.
    void advance(const at::Tensor& strengths) {
        auto next = state;
        Type::advance(told(), next);
        if (next != state)
            strengths.copy_(write({next.begin(), next.end()}, strengths));
    }

private:
    /// Calls f<cost>(its number) for every cost that it speaks of, in the order in which it does.
    template <class Function>
    static void for_each_cost(const Function& f) {
        [&]<std::size_t... Term>(std::index_sequence<Term...>) {
            (
                [&] {
                    constexpr int index = indices[Term];
                    if constexpr (std::find(indices.begin(), indices.end(), index) == indices.begin() + Term)
                        f.template operator()<cost_at<static_cast<std::size_t>(index), Costs>>(index);
                }(),
                ...);
        }
        (std::make_index_sequence<Terms::size>{});
    }
    void set(int index, double cost) {
        for (std::size_t t = 0; t < costs.size(); ++t)
            if (indices[t] == index)
                costs[t] = cost;
    }
    static double slope(const std::array<double, Terms::size>& by_term, int index) {
        double sum = 0;
        for (std::size_t t = 0; t < by_term.size(); ++t)
            if (indices[t] == index)
                sum += by_term[t];
        return sum;
    }
    RegularizerStep told() {
        RegularizerStep step{costs, limits, 0, progress_};
        if (reads_task_loss<Type>(step, state))
            step.task_loss = loss.value();
        return step;
    }
};

} // namespace detail
} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/methods/definitions/limit_terms.hpp>
#endif
