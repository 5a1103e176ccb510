// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/mask_node.hpp>
#include <pliny/nn/methods/limit_terms.hpp>
#include <pliny/nn/methods/search_state.hpp>

#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

/// The part of a search model that knows what it costs, and the penalty.
template <class Search>
class SearchCosts : public SearchState<Search> {
    using Base = SearchState<Search>;

protected:
    using Base::Base;
    using typename Base::AliveChannels;
    using typename Base::Choices;
    using typename Base::Options;
    using typename Base::State;
    static constexpr std::size_t terms = Base::terms;

public:
    using space = typename Search::space;
    using Base::alpha;
    using Base::graph;

    /// What the network costs now; needs no forward. While training, each choice costs the sum of theta x
    /// cost of its alternatives; in eval mode and once settled, what the one with the largest alpha costs.
    template <auto Metric>
    double cost() const {
        static_assert(LayerCost<decltype(Metric)>, "[cost.4] cost<C>() takes a cost such as Params");
        const State now = this->state();
        return static_cast<double>(total_cost(Metric, graph, std::span<const double>(now.widths),
                                              std::span<const double>(now.shares)));
    }
    /// As cost, a scalar tensor with the gradient to alpha (straight through the threshold, and through a
    /// hard choice).
    template <auto Metric>
    at::Tensor cost_tensor() const {
        return priced([](const State& now, std::span<double> by_width, std::span<double> by_theta) {
            return cost_gradient(Metric, graph, std::span<const double>(now.widths), by_width,
                                 std::span<const double>(now.shares), by_theta);
        });
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
                if (this->is_training() && !this->settled())
                    sum = sum + score(detail::finite_loss(task_loss));
            this->anneal(epoch / epochs);
        }
        return sum;
    }

    /// The limits and where the discrete network stands.
    std::vector<LimitReport> limits() const {
        std::vector<LimitReport> report;
        if constexpr (terms > 0) {
            const std::vector<double> host = detail::read(alpha);
            const auto widths =
                AliveChannels::widths(std::span<const double>(AliveChannels::masks(Base::width_part(host))));
            const auto shares = one_hot(graph, Choices::largest(Base::choice_part(host)));
            detail::for_each_limit<Search>([&]<std::size_t Place, auto Metric>() {
                report.push_back(
                    {std::string(std::remove_cvref_t<decltype(Metric)>::name), Search::limits[Place],
                     static_cast<double>(total_cost(Metric, graph, std::span<const double>(widths),
                                                    std::span<const double>(shares)))});
            });
        }
        return report;
    }

private:
    at::Tensor regularized(const at::Tensor& task_loss, double epoch, double epochs) {
        if constexpr (terms > 0) {
            detail::LimitTerms<Search> limits(this->strengths);
            const at::Tensor result = priced([&](const State& s, std::span<double> by_width,
                                                 std::span<double> by_theta) {
                return limits.value(
                    task_loss, epoch, epochs, [&]<auto Metric>(const auto& slope_at) {
                        std::array<double, space::groups> width_slopes{};
                        std::array<double, Choices::size> theta_slopes{};
                        const double slope = slope_at(cost_gradient(
                            Metric, graph, std::span<const double>(s.widths), std::span<double>(width_slopes),
                            std::span<const double>(s.shares), std::span<double>(theta_slopes)));
                        for (std::size_t g = 0; g < width_slopes.size(); ++g)
                            by_width[g] += slope * width_slopes[g];
                        for (std::size_t a = 0; a < theta_slopes.size(); ++a)
                            by_theta[a] += slope * theta_slopes[a];
                    });
            });
            limits.keep(this->strengths);
            return result;
        } else {
            return detail::priced_by_strength<Search>(*this, task_loss.options());
        }
    }

    /// Entropy and InverseVariation.
    at::Tensor decisiveness() const {
        return priced([](const State& now, std::span<double>, std::span<double> by_theta) {
            using Entropy = typename Options::entropy;
            using Variation = typename Options::variation;
            double sum = 0;
            if (Entropy::value > 0)
                sum += Entropy::value * Choices::entropy(now.soft, Entropy::value, by_theta);
            if (Variation::value > 0)
                sum += Variation::value *
                       Choices::inverse_variation(now.shares, Variation::epsilon, Variation::value, by_theta);
            return sum;
        });
    }

    /// (loss - mean of the losses so far) x log p(path), with the value 0 and the gradient of that.
    at::Tensor score(double loss) {
        constexpr double memory = 0.99;
        std::vector<double> mean = detail::read(this->mean_loss); // exponential, corrected for its start
        const double expected = mean[1] > 0 ? mean[0] / (1 - std::pow(memory, mean[1])) : loss;
        const State now = this->state();
        // d(log p)/d(theta) of the taken one is 1 / theta; inside alternatives that do not run nothing
        // counts.
        const auto running = detail::running(graph, [&](std::size_t a) { return now.shares[a] > 0; });
        at::Tensor result = priced([&](const State& s, std::span<double>, std::span<double> by_theta) {
            for (std::size_t a = 0; a < Choices::size; ++a)
                if (running[a])
                    by_theta[a] += (loss - expected) / s.soft[a];
            return 0.0;
        });
        this->mean_loss[0] = memory * mean[0] + (1 - memory) * loss;
        this->mean_loss[1] = mean[1] + 1;
        return result;
    }

    /// `price(state, by_width, by_theta)` gives a value and adds its derivatives; the result has the gradient
    /// to alpha.
    template <class Price>
    at::Tensor priced(const Price& price) const {
        const State now = this->state();
        std::array<double, space::groups> by_width{};
        std::array<double, Choices::size> by_theta{};
        const double value = price(now, std::span<double>(by_width), std::span<double>(by_theta));
        std::vector<double> gradient(static_cast<std::size_t>(space::alphas));
        const std::span<double> of_widths = std::span(gradient).first(space::first_choice_alpha);
        AliveChannels::for_each_group(of_widths, [&](std::size_t g, std::span<double> group) {
            std::fill(group.begin(), group.end(), by_width[g]);
        });
        AliveChannels::through_theta(Base::width_part(now.alpha), of_widths);
        Choices::through_softmax(now.soft, now.temperature, by_theta);
        std::copy(by_theta.begin(), by_theta.end(), gradient.begin() + space::first_choice_alpha);
        return detail::priced(alpha, value, gradient);
    }
};

} // namespace pliny
