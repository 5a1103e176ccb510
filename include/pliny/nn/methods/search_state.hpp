// SPDX-License-Identifier: Apache-2.0
#pragma once

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
    using AliveChannels = Alive<space>;
    using Choices = ChoiceShares<typename Search::network>;
    using typename Base::Options;
    using typename Base::Sampling;
    static constexpr std::size_t choices = choice_count<typename Base::PlanType>;
    using Base::noise;
    using Base::settled;

    SearchState() {
        at::Tensor start = at::ones({space::alphas});
        Choices::for_each_choice(
            std::span(start.mutable_data_ptr<float>() + space::first_choice_alpha, Choices::size),
            [](std::span<float> one) {
                std::fill(one.begin(), one.end(), 1.0f / static_cast<float>(one.size()));
            });
        alpha = this->register_parameter("alpha", start);
        if constexpr (Base::terms > 0)
            this->strengths =
                this->state_of("regularizer_strengths", static_cast<std::int64_t>(Base::terms), 0);
        if constexpr (choices > 0) {
            this->temperature_ = this->state_of("choice_temperature", 1, Options::temperature::first);
            this->settled_ = this->state_of("choice_settled", 1, 0);
            if constexpr (Sampling::noisy)
                noise = this->state_of("choice_noise", static_cast<std::int64_t>(Choices::size), 0);
            if constexpr (Sampling::scored)
                mean_loss =
                    this->state_of("choice_mean_loss", 2, 0); // the mean, and how many losses it has seen
        }
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
    State state() const {
        State now{.alpha = detail::read(alpha), .temperature = this->temperature()};
        const auto own = width_part(now.alpha);
        now.widths = AliveChannels::widths(std::span<const double>(
            Search::relaxed ? AliveChannels::thetas(own) : AliveChannels::masks(own)));
        if constexpr (choices > 0) {
            const auto choice = choice_part(now.alpha);
            const bool discrete = !this->is_training() || settled();
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

    at::Tensor mean_loss;
};

} // namespace pliny
