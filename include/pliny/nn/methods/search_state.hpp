// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/alive.hpp>
#include <pliny/methods/choice_shares.hpp>
#include <pliny/methods/sampling.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/methods/search_module.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace pliny {

/// The part of a search model that holds its alphas: what they say of widths and of the shares of
/// alternatives.
template <class Search>
class SearchState : public SearchModule<Search> {
    using Base = SearchModule<Search>;

public:
    using space = typename Search::space;
    using Base::alpha;
    using Base::graph;

    /// The share of every alternative, choice by choice: of the last sample while training, 0 and 1 in eval
    /// mode and once settled.
    std::vector<std::vector<double>> thetas() const {
        std::vector<std::vector<double>> all;
        const State now = state();
        Choices::for_each_choice(std::span<const double>(now.shares), [&](std::span<const double> one) {
            all.emplace_back(one.begin(), one.end());
        });
        return all;
    }

protected:
    using search_type = Search;
    using AliveChannels = Alive<space>;
    using Choices = ChoiceShares<typename Search::network>;
    using typename Base::Options;
    using typename Base::Sampling;
    static constexpr std::size_t choices = choice_count<typename Base::PlanType>;
    using Base::noise;
    using Base::settled;

    SearchState() : Base(Choices::size) {
        std::vector<double> start(static_cast<std::size_t>(space::alphas), 1.0);
        Choices::for_each_choice(std::span(start).subspan(space::first_choice_alpha),
                                 [](std::span<double> one) {
                                     std::fill(one.begin(), one.end(), 1.0 / static_cast<double>(one.size()));
                                 });
        alpha = this->register_learned_state("alpha", start);
        if constexpr (choices > 0 && Sampling::scored)
            mean_loss = this->register_state("mean_loss", 2, 0); // the mean, and how many losses it has seen
    }

    /// A copy, see copy_of.
    SearchState(const SearchState& other, detail::TensorCopies& copies)
        : Base(other, copies), mean_loss(copies(other.mean_loss)) {}

    static std::span<const double> width_part(const std::vector<double>& flat) {
        return std::span(flat).first(space::first_choice_alpha);
    }
    static std::span<const double> choice_part(const std::vector<double>& flat) {
        return std::span(flat).subspan(space::first_choice_alpha);
    }

    /// What the alphas say at a moment.
    struct State {
        std::vector<double> alpha;
        std::array<double, space::groups> widths{};
        double temperature = 1;
        std::vector<double> soft{};   // what the gradient of a choice goes through
        std::vector<double> shares{}; // theta
    };
    State state() const { return read_state(!this->searching()); }
    State discrete_state() const { return read_state(true); }

    /// Derivatives by the widths of all groups and by theta.
    struct Slopes {
        std::array<double, space::groups> by_width{};
        std::array<double, Choices::size> by_theta{};
    };
    template <class CostType>
    double value(const CostType& cost, const State& now) const {
        return static_cast<double>(total_cost(cost, graph, std::span<const double>(now.widths),
                                              std::span<const double>(now.shares)));
    }
    template <class CostType>
    double add_slopes(const CostType& cost, const State& now, Slopes& slopes, double scale) const {
        return cost_gradient(cost, graph, std::span<const double>(now.widths), std::span(slopes.by_width),
                             std::span<const double>(now.shares), std::span(slopes.by_theta), scale);
    }
    std::vector<double> alpha_slopes(const State& now, Slopes slopes) const {
        std::vector<double> gradient(static_cast<std::size_t>(space::alphas));
        const std::span<double> of_widths = std::span(gradient).first(space::first_choice_alpha);
        AliveChannels::for_each_group(of_widths, [&](std::size_t g, std::span<double> group) {
            std::fill(group.begin(), group.end(), slopes.by_width[g]);
        });
        AliveChannels::through_theta(width_part(now.alpha), of_widths);
        Choices::through_softmax(now.soft, now.temperature, slopes.by_theta);
        std::copy(slopes.by_theta.begin(), slopes.by_theta.end(),
                  gradient.begin() + space::first_choice_alpha);
        return gradient;
    }

    at::Tensor mean_loss;

private:
    State read_state(bool discrete) const {
        State now{.alpha = detail::read(alpha), .temperature = this->temperature()};
        const auto own = width_part(now.alpha);
        now.widths = AliveChannels::widths(std::span<const double>(
            Search::relaxed ? AliveChannels::thetas(own) : AliveChannels::masks(own)));
        if constexpr (choices > 0) {
            const auto choice = choice_part(now.alpha);
            const std::vector<double> none, drawn = noise.defined() ? detail::read(noise) : none;
            now.soft = Choices::softmax(choice, Sampling::scored || discrete ? none : drawn, now.temperature);
            const auto as_path = [&](const std::vector<double>& by) {
                const auto path = one_hot(graph, Choices::largest(by));
                now.shares.assign(path.begin(), path.end());
            };
            if (discrete)
                as_path({choice.begin(), choice.end()});
            else if constexpr (!Sampling::hard)
                now.shares = now.soft;
            else
                as_path(Choices::softmax(choice, drawn, now.temperature));
        }
        return now;
    }
};

} // namespace pliny
