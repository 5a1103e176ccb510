// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/mask_node.hpp>
#include <pliny/nn/methods/limit_terms.hpp>
#include <pliny/nn/methods/mps/state.hpp>

#include <span>
#include <string>
#include <vector>

namespace pliny {

/// The part of a model that searches bits which knows what it costs, and the penalty.
template <class Search>
class BitSearchCosts : public BitState<Search> {
    using Base = BitState<Search>;
    using Costs = BitCosts<typename Search::bit_space>;

protected:
    using Base::Base;
    using typename Base::Shares;
    using typename Base::State;

public:
    using space = typename Search::bit_space;
    using Base::alpha;
    using Base::graph;

    /// What the network costs now; needs no forward. While training, by the shares of all candidates; in eval
    /// mode and once settled, by the bits with the largest alpha.
    template <auto Metric>
    double cost() const {
        static_assert(LayerCost<decltype(Metric)>, "[cost.4] cost<C>() takes a cost such as Params");
        return Costs::of_shares(Metric, this->state().shares);
    }
    /// As cost, a scalar tensor with the gradient to alpha (straight through what is taken alone).
    template <auto Metric>
    at::Tensor cost_tensor() const {
        return priced([](const State& now, std::span<double> by_share) {
            return Costs::gradient(Metric, now.shares, by_share);
        });
    }

    /// What the regularizer adds to the loss at `epoch` (from 0; fractions allowed) of `epochs`: a scalar
    /// tensor with gradient to alpha. `task_loss` fixes the strength of a limit when it is violated for the
    /// first time. Moves the temperature on. ModelError for impossible epochs or a loss that is not finite.
    at::Tensor penalty(const at::Tensor& task_loss, double epoch, double epochs) {
        detail::check_epoch(epoch, epochs);
        detail::check_loss(task_loss);
        at::Tensor sum = regularized(task_loss, epoch, epochs);
        this->anneal(epoch / epochs);
        return sum;
    }

    /// The limits and where the network of the largest alphas stands.
    std::vector<LimitReport> limits() const {
        std::vector<LimitReport> report;
        if constexpr (Base::terms > 0) {
            const std::vector<double> shares = Shares::one_hot(Shares::largest(this->numbers()));
            detail::for_each_limit<Search>([&]<std::size_t Place, auto Metric>() {
                report.push_back({std::string(std::remove_cvref_t<decltype(Metric)>::name),
                                  Search::limits[Place], Costs::of_shares(Metric, shares)});
            });
        }
        return report;
    }

private:
    at::Tensor regularized(const at::Tensor& task_loss, double epoch, double epochs) {
        if constexpr (Base::terms > 0) {
            detail::LimitTerms<Search> limits(this->strengths);
            const at::Tensor result = priced([&](const State& now, std::span<double> by_share) {
                return limits.value(
                    task_loss, epoch, epochs, [&]<auto Metric>(const auto& slope_at) {
                        const double slope = slope_at(Costs::of_shares(Metric, now.shares));
                        if (slope != 0)
                            Costs::gradient(Metric, now.shares, by_share, slope);
                    });
            });
            limits.keep(this->strengths);
            return result;
        } else {
            return detail::priced_by_strength<Search>(*this, task_loss.options());
        }
    }

    /// `price(state, by_share)` gives a value and adds its derivatives; the result has the gradient to alpha.
    template <class Price>
    at::Tensor priced(const Price& price) const {
        const State now = this->state();
        std::vector<double> by_share(space::shares);
        const double value = price(now, std::span(by_share));
        if constexpr (space::alphas == 0) {
            return at::scalar_tensor(value);
        } else {
            Shares::through_softmax(now.soft, now.temperature, by_share);
            const auto own = Shares::alphas(std::span(by_share));
            return detail::priced(alpha, value, {own.begin(), own.end()});
        }
    }
};

} // namespace pliny
