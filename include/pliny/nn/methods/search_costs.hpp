// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/mask_node.hpp>
#include <pliny/nn/methods/limit_terms.hpp>
#include <pliny/nn/methods/search_state.hpp>

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny {

/// What a search costs in a state, and its penalty there: the functions of Model<Search> by these names.
template <class Search>
class SearchCosts {
    using Kept = SearchState<Search>;
    using Program = typename Kept::Program;
    using State = typename Kept::State;
    using Slopes = typename Program::Slopes;
    using Choices = typename Kept::Choices;
    using Options = typename Search::choice_options;
    using Step = detail::RegularizedStep<Search>;
    static constexpr bool scored = Choices::size > 0 && Options::sampling::scored;

    const Kept& own;
    typename Kept::StatePointer now;

public:
    SearchCosts(const Kept& kept, typename Kept::StatePointer state) : own(kept), now(std::move(state)) {}

    template <auto Metric>
    double cost() const {
        static_assert(LayerCost<decltype(Metric)>, "[cost.4] cost<C>() takes a cost such as Params");
        return Program::cost(Metric, *now);
    }
    template <auto Metric>
    at::Tensor cost_tensor() const {
        return priced([&](Slopes& slopes) { return Program::add_slopes(Metric, *now, slopes, 1); });
    }
    at::Tensor penalty(const at::Tensor& task_loss, const SearchProgress& progress) const {
        Step step("penalty", task_loss, progress, own.strengths);
        return sum_of(step, task_loss.options());
    }
    void advance(const at::Tensor& task_loss, const SearchProgress& progress) const {
        Step step("advance", task_loss, progress, own.strengths);
        if constexpr (Step::keeps)
            step.price([&]<auto Metric>() { return cost<Metric>(); });
        move_on(step);
    }
    at::Tensor penalty_and_advance(const at::Tensor& task_loss, const SearchProgress& progress) const {
        Step step("penalty", task_loss, progress, own.strengths);
        at::Tensor sum = sum_of(step, task_loss.options());
        move_on(step);
        return sum;
    }
    std::vector<LimitReport> limits() const {
        std::vector<LimitReport> report;
        detail::for_each_limit<Search>([&]<std::size_t Place, auto Metric>() {
            report.push_back({std::string(std::remove_cvref_t<decltype(Metric)>::name), Search::limits[Place],
                              cost<Metric>()});
        });
        return report;
    }

private:
    at::Tensor sum_of(Step& step, const at::TensorOptions& options) const {
        at::Tensor sum = regularized(step, options);
        if constexpr (Choices::size > 0 && (Options::entropy::value > 0 || Options::variation::value > 0))
            sum = sum + decisiveness();
        if constexpr (scored)
            if (!now->discrete)
                sum = sum + score(step.task_loss());
        return sum;
    }
    void move_on(Step& step) const {
        if constexpr (scored)
            if (!now->discrete)
                remember(step.task_loss()); // first: where the loss is not finite, nothing has changed
        if constexpr (Step::keeps)
            step.advance(own.strengths);
        own.anneal(step.progress().share());
    }

    at::Tensor regularized(Step& step, const at::TensorOptions& options) const {
        if constexpr (Step::linear) { // one evaluation of each cost gives value and derivatives
            at::Tensor sum;
            step.for_each_slope([&]<auto Metric>(double slope) {
                const at::Tensor part = cost_tensor<Metric>() * slope;
                sum = sum.defined() ? sum + part : part;
            });
            return sum.defined() ? sum : at::zeros({}, options.requires_grad(false));
        } else { // what it adds decides which derivatives are needed, and there are none below a limit
            return priced([&](Slopes& slopes) {
                return step.value(
                    [&]<auto Metric>() { return cost<Metric>(); },
                    [&]<auto Metric>(double slope) { Program::add_slopes(Metric, *now, slopes, slope); });
            });
        }
    }

    /// Entropy and InverseVariation.
    at::Tensor decisiveness() const {
        return priced([&](Slopes& slopes) {
            using Entropy = typename Options::entropy;
            using Variation = typename Options::variation;
            double sum = 0;
            if (Entropy::value > 0)
                sum += Entropy::value * Choices::entropy(now->soft, Entropy::value, slopes.by_theta);
            if (Variation::value > 0)
                sum += Variation::value * Choices::inverse_variation(now->shares, Variation::epsilon,
                                                                     Variation::value, slopes.by_theta);
            return sum;
        });
    }

    static constexpr double memory = 0.99; // of the mean of the losses

    /// (loss - mean of the losses so far) x log p(path), with the value 0 and the gradient of that.
    at::Tensor score(double loss) const {
        const std::vector<double> mean = detail::read(own.mean_loss); // exponential, corrected for its start
        const double expected = mean[1] > 0 ? mean[0] / (1 - std::pow(memory, mean[1])) : loss;
        // d(log p)/d(theta) of the taken one is 1 / theta; inside alternatives that do not run nothing
        // counts.
        return priced([&](Slopes& slopes) {
            const auto running =
                detail::running(Program::graph, [&](std::size_t a) { return now->shares[a] > 0; });
            for (std::size_t a = 0; a < running.size(); ++a)
                if (running[a])
                    slopes.by_theta[a] += (loss - expected) / now->soft[a];
            return 0.0;
        });
    }
    /// Takes a loss into the mean.
    void remember(double loss) const {
        const std::vector<double> mean = detail::read(own.mean_loss);
        own.mean_loss[0] = memory * mean[0] + (1 - memory) * loss;
        own.mean_loss[1] = mean[1] + 1;
    }

    /// `price(slopes)` gives a value and adds its derivatives; the result has the gradient to alpha.
    template <class Price>
    at::Tensor priced(const Price& price) const {
        Slopes slopes{};
        const double value = price(slopes);
        if (!own.alpha.defined())
            return at::scalar_tensor(value);
        return detail::priced(own.alpha, value,
                              detail::gradient_like(own.alpha, [&](std::span<double> gradient) {
                                  Program::through(*now, slopes, gradient);
                              }));
    }
};

} // namespace pliny
