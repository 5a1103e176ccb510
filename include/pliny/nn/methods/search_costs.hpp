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
    static constexpr std::size_t terms = Base::terms;

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

    /// What the regularizer adds to the loss at `epoch` (from 0; fractions allowed) of `epochs`: a scalar
    /// tensor with gradient to alpha. `task_loss` fixes the strength of a limit when it is violated for the
    /// first time. Moves the temperature on. With SinglePath it carries the gradient of the task loss to
    /// alpha as well, adding 0. ModelError for impossible epochs or a loss that is not finite.
    at::Tensor penalty(const at::Tensor& task_loss, double epoch, double epochs) {
        detail::check_epoch(epoch, epochs);
        detail::check_loss(task_loss);
        at::Tensor sum = regularized(task_loss, epoch, epochs);
        if constexpr (Base::choices > 0) {
            if constexpr (Options::entropy::value > 0 || Options::variation::value > 0)
                sum = sum + decisiveness();
            if constexpr (Options::sampling::scored)
                if (this->searching())
                    sum = sum + score(detail::finite_loss(task_loss));
        }
        this->anneal(epoch / epochs);
        return sum;
    }

    /// The limits and where the network of the largest alphas stands.
    std::vector<LimitReport> limits() const {
        std::vector<LimitReport> report;
        if constexpr (terms > 0) {
            const std::shared_ptr<const State> discrete = this->discrete_state();
            detail::for_each_limit<search_type>([&]<std::size_t Place, auto Metric>() {
                report.push_back({std::string(std::remove_cvref_t<decltype(Metric)>::name),
                                  search_type::limits[Place], this->value(Metric, *discrete)});
            });
        }
        return report;
    }

private:
    at::Tensor regularized(const at::Tensor& task_loss, double epoch, double epochs) {
        if constexpr (terms > 0) {
            detail::LimitTerms<search_type> limits(this->strengths);
            const at::Tensor result = priced([&](const State& now, Slopes& slopes) {
                return limits.value(
                    task_loss, epoch, epochs, [&]<auto Metric>(const auto& slope_at) {
                        if (const double slope = slope_at(this->value(Metric, now)); slope != 0)
                            this->add_slopes(Metric, now, slopes, slope);
                    });
            });
            limits.keep(this->strengths);
            return result;
        } else {
            return detail::priced_by_strength<search_type>(*this, task_loss.options());
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

    /// (loss - mean of the losses so far) x log p(path), with the value 0 and the gradient of that.
    at::Tensor score(double loss) {
        constexpr double memory = 0.99;
        std::vector<double> mean = detail::read(this->mean_loss); // exponential, corrected for its start
        const double expected = mean[1] > 0 ? mean[0] / (1 - std::pow(memory, mean[1])) : loss;
        // d(log p)/d(theta) of the taken one is 1 / theta; inside alternatives that do not run nothing
        // counts.
        at::Tensor result = priced([&](const State& now, Slopes& slopes) {
            const auto running = detail::running(graph, [&](std::size_t a) { return now.shares[a] > 0; });
            for (std::size_t a = 0; a < running.size(); ++a)
                if (running[a])
                    slopes.by_theta[a] += (loss - expected) / now.soft[a];
            return 0.0;
        });
        this->mean_loss[0] = memory * mean[0] + (1 - memory) * loss;
        this->mean_loss[1] = mean[1] + 1;
        return result;
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
