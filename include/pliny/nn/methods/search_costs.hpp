// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/mask_node.hpp>
#include <pliny/nn/methods/limit_terms.hpp>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

/// The part of a search model that knows what it costs, and the penalty. What State says at a moment has a
/// price and derivatives, whatever is searched:
///
///     std::shared_ptr<const State> state() const;          // what counts now
///     std::shared_ptr<const State> discrete_state() const; // what the largest alphas say
///     double value(cost, state) const;
///     double add_slopes(cost, state, slopes, scale) const; // the value; its derivatives x scale are added
///     at::Tensor alpha_slopes(state, slopes) const;        // by every alpha
template <class SearchState>
class SearchCosts : public SearchState {
    using Base = SearchState;
    using typename Base::search_type;

protected:
    using Base::Base;
    using typename Base::Options;
    using typename Base::Slopes;
    using typename Base::State;

public:
    using Base::alpha;
    using Base::graph;

    /// What the network costs now; needs no forward. While training, by the shares of all candidates; in eval
    /// mode and once settled, what those with the largest alpha cost.
    template <auto Metric>
    double cost() const {
        static_assert(LayerCost<decltype(Metric)>, "[cost.4] cost<C>() takes a cost such as Params");
        return this->value(Metric, *this->state());
    }
    /// As cost, a scalar tensor with the gradient to alpha (straight through the threshold, and through what
    /// is taken alone).
    template <auto Metric>
    at::Tensor cost_tensor() const {
        return priced(
            [&](const State& now, Slopes& slopes) { return this->add_slopes(Metric, now, slopes, 1); });
    }

    /// What is added to the loss: a scalar tensor with gradient to alpha, which follows from the model as it
    /// is, the loss and the progress alone, and changes nothing. A limit that is exceeded for the first time
    /// counts with the strength that it then gets. With SinglePath it carries the gradient of the task loss
    /// to alpha as well, adding 0. ModelError for an impossible progress or a loss that is not finite, where
    /// that counts.
    at::Tensor penalty(const at::Tensor& task_loss, const SearchProgress& progress) const {
        detail::check_progress("penalty", progress);
        detail::TaskLoss loss("penalty", task_loss);
        Step step(progress, this->strengths);
        return sum_of(step, loss, task_loss.options());
    }
    /// Moves on what the penalty depends on beside alpha: the numbers of the regularizer, the temperature,
    /// and with SinglePath the mean of the losses. Belongs behind the penalty of the same step, before an
    /// optimiser changes alpha. Errors as of penalty.
    void advance(const at::Tensor& task_loss, const SearchProgress& progress) {
        detail::check_progress("advance", progress);
        detail::TaskLoss loss("advance", task_loss);
        Step step(progress, this->strengths);
        if constexpr (Step::keeps) {
            const std::shared_ptr<const State> now = this->state();
            step.price([&]<auto Metric>() { return this->value(Metric, *now); });
        }
        move_on(step, loss, progress);
    }
    /// Both in one call, at `epoch` (from 0; fractions allowed) of `epochs`: what `penalty` gives, after
    /// which the model has moved on as by `advance`.
    at::Tensor penalty(const at::Tensor& task_loss, double epoch, double epochs) {
        const SearchProgress progress(epoch, epochs);
        detail::check_progress("penalty", progress);
        detail::TaskLoss loss("penalty", task_loss);
        Step step(progress, this->strengths);
        at::Tensor sum = sum_of(step, loss, task_loss.options());
        move_on(step, loss, progress);
        return sum;
    }

    /// The limits and where the network of the largest alphas stands.
    std::vector<LimitReport> limits() const {
        std::vector<LimitReport> report;
        if constexpr (search_type::limits.size() > 0) {
            const std::shared_ptr<const State> discrete = this->discrete_state();
            detail::for_each_limit<search_type>([&]<std::size_t Place, auto Metric>() {
                report.push_back({std::string(std::remove_cvref_t<decltype(Metric)>::name),
                                  search_type::limits[Place], this->value(Metric, *discrete)});
            });
        }
        return report;
    }

private:
    using Step = detail::RegularizedStep<search_type>;

    at::Tensor sum_of(Step& step, detail::TaskLoss& loss, const at::TensorOptions& options) const {
        at::Tensor sum = regularized(step, loss, options);
        if constexpr (Base::choices > 0) {
            if constexpr (Options::entropy::value > 0 || Options::variation::value > 0)
                sum = sum + decisiveness();
            if constexpr (Options::sampling::scored)
                if (this->searching())
                    sum = sum + score(loss.value());
        }
        return sum;
    }
    void move_on(const Step& step, detail::TaskLoss& loss, const SearchProgress& progress) {
        if constexpr (Base::choices > 0 && Options::sampling::scored)
            if (this->searching())
                remember(loss.value()); // first: where the loss is not finite, nothing has changed
        if constexpr (Step::keeps)
            step.advance(loss, this->strengths);
        this->anneal(progress.share());
    }

    at::Tensor regularized(Step& step, detail::TaskLoss& loss, const at::TensorOptions& options) const {
        if constexpr (Step::linear) { // one evaluation of each cost gives value and derivatives
            at::Tensor sum;
            step.for_each_slope(
                loss, [&]<auto Metric>(double slope) {
                    const at::Tensor part = cost_tensor<Metric>() * slope;
                    sum = sum.defined() ? sum + part : part;
                });
            return sum.defined() ? sum : at::zeros({}, options.requires_grad(false));
        } else { // what it adds decides which derivatives are needed, and there are none below a limit
            return priced([&](const State& now, Slopes& slopes) {
                return step.value(
                    loss, [&]<auto Metric>() { return this->value(Metric, now); },
                    [&]<auto Metric>(double slope) { this->add_slopes(Metric, now, slopes, slope); });
            });
        }
    }

    /// Entropy and InverseVariation.
    at::Tensor decisiveness() const {
        return priced([](const State& now, Slopes& slopes) {
            using Choices = typename Base::Choices;
            using Entropy = typename Options::entropy;
            using Variation = typename Options::variation;
            double sum = 0;
            if (Entropy::value > 0)
                sum += Entropy::value * Choices::entropy(now.soft, Entropy::value, slopes.by_theta);
            if (Variation::value > 0)
                sum += Variation::value * Choices::inverse_variation(now.shares, Variation::epsilon,
                                                                     Variation::value, slopes.by_theta);
            return sum;
        });
    }

    static constexpr double memory = 0.99; // of the mean of the losses

    /// (loss - mean of the losses so far) x log p(path), with the value 0 and the gradient of that.
    at::Tensor score(double loss) const {
        const std::vector<double> mean =
            detail::read(this->mean_loss); // exponential, corrected for its start
        const double expected = mean[1] > 0 ? mean[0] / (1 - std::pow(memory, mean[1])) : loss;
        // d(log p)/d(theta) of the taken one is 1 / theta; inside alternatives that do not run nothing
        // counts.
        return priced([&](const State& now, Slopes& slopes) {
            const auto running = detail::running(graph, [&](std::size_t a) { return now.shares[a] > 0; });
            for (std::size_t a = 0; a < running.size(); ++a)
                if (running[a])
                    slopes.by_theta[a] += (loss - expected) / now.soft[a];
            return 0.0;
        });
    }
    /// Takes a loss into the mean.
    void remember(double loss) {
        const std::vector<double> mean = detail::read(this->mean_loss);
        this->mean_loss[0] = memory * mean[0] + (1 - memory) * loss;
        this->mean_loss[1] = mean[1] + 1;
    }

    /// `price(state, slopes)` gives a value and adds its derivatives; the result has the gradient to alpha.
    template <class Price>
    at::Tensor priced(const Price& price) const {
        const std::shared_ptr<const State> now = this->state();
        Slopes slopes{};
        const double value = price(*now, slopes);
        if (!alpha.defined())
            return at::scalar_tensor(value);
        return detail::priced(alpha, value, this->alpha_slopes(*now, slopes));
    }
};

} // namespace pliny
