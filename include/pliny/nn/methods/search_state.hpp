// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/architecture.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/methods/search_module.hpp>
#include <pliny/nn/methods/state_memory.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace pliny {

/// The part of a search model that holds its alphas, and reads what they say: see Architecture.
template <class Search>
class SearchState : public SearchModule<Search> {
    using Base = SearchModule<Search>;

public:
    using space = typename Search::space;
    using Base::alpha;
    using Base::graph;

    /// The share of every alternative, choice by choice, then of every candidate, lot by lot: those of the
    /// last sample while training, 0 and 1 in eval mode and once settled.
    std::vector<std::vector<double>> thetas() const {
        std::vector<std::vector<double>> all;
        const std::shared_ptr<const State> now = state();
        Choices::for_each_choice(std::span<const double>(now->shares), [&](std::span<const double> one) {
            all.emplace_back(one.begin(), one.end());
        });
        if constexpr (Search::quantizes) {
            const std::size_t before = all.size();
            all.resize(before + Program::Sizes::lots);
            Search::bit_space::for_each_lot(
                [&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t) {
                    const auto begin = now->bit_shares.begin() + static_cast<std::ptrdiff_t>(first);
                    all[before + lot].assign(begin, begin + static_cast<std::ptrdiff_t>(count));
                });
        }
        return all;
    }

protected:
    using search_type = Search;
    using Program = Architecture<Search>;
    using State = typename Program::State;
    using Slopes = typename Program::Slopes;
    using Choices = typename Program::Choices;
    using AliveChannels = typename Program::AliveChannels;
    using typename Base::Options;
    using typename Base::Sampling;
    static constexpr std::size_t choices = choice_count<typename Base::PlanType>;
    using Base::noise;
    using Base::settled;

    SearchState() : Base(Program::shares) {
        std::vector<double> start(Program::numbers, 1.0);
        const std::span<double> all(start);
        Choices::for_each_choice(all.subspan(Program::masks, Choices::size), [](std::span<double> one) {
            std::fill(one.begin(), one.end(), 1.0 / static_cast<double>(one.size()));
        });
        if constexpr (Search::quantizes) {
            const std::vector<double> bits =
                Search::bits::template Shares<typename Search::bit_space>::start();
            std::copy(bits.begin(), bits.end(), start.begin() + Program::first_bit_number);
        }
        if constexpr (Program::alphas > 0)
            alpha = this->register_learned_state("alpha", gathered(all));
        if constexpr (choices > 0 && Sampling::scored)
            mean_loss = this->register_state("mean_loss", 2, 0); // the mean, and how many losses it has seen
    }

    /// A copy, see copy_of.
    SearchState(const SearchState& other, detail::TensorCopies& copies)
        : Base(other, copies), mean_loss(copies(other.mean_loss)) {}

    /// The numbers of all decisions, for what is decided by them; ModelError where one is not finite.
    std::vector<double> finite_numbers() const {
        std::vector<double> all(Program::numbers);
        const std::vector<double> own = this->finite_alphas();
        if constexpr (Program::alphas > 0)
            Program::spread(std::span<const double>(own), all);
        return all;
    }
    /// Makes alphas of numbers.
    void set_numbers(std::span<const double> all) {
        const at::NoGradGuard no_grad;
        if (alpha.defined())
            alpha.copy_(detail::write(gathered(all), alpha));
    }

    std::shared_ptr<const State> state() const { return read_state(!this->searching()); }
    std::shared_ptr<const State> discrete_state() const { return read_state(true); }

    template <class CostType>
    double value(const CostType& cost, const State& now) const {
        return Program::cost(cost, now);
    }
    template <class CostType>
    double add_slopes(const CostType& cost, const State& now, Slopes& slopes, double scale) const {
        return Program::add_slopes(cost, now, slopes, scale);
    }
    /// The derivatives by alpha; `slopes` are written over.
    at::Tensor alpha_slopes(const State& now, Slopes& slopes) const {
        return detail::gradient_like(
            alpha, [&](std::span<double> gradient) { Program::through(now, slopes, gradient); });
    }
    /// Part of a state, which lives as long as this.
    template <class Numbers>
    static detail::HeldNumbers held(const std::shared_ptr<const State>& now, const Numbers& numbers) {
        return {now, std::span<const double>(numbers)};
    }

    at::Tensor mean_loss;

private:
    mutable detail::StateMemory<State> memory;

    static std::vector<double> gathered(std::span<const double> all) {
        std::vector<double> own(Program::alphas);
        Program::gather(all, own);
        return own;
    }
    std::shared_ptr<const State> read_state(bool discrete) const {
        const auto fill = [&](State& now) {
            if constexpr (Program::alphas > 0)
                detail::for_numbers(alpha, [&](auto numbers) { Program::spread(numbers, now.number); });
            now.discrete = discrete;
            now.temperature = this->temperature();
            if constexpr (Sampling::noisy && Program::shares > 0)
                if (!discrete)
                    detail::for_numbers(noise, [&](auto numbers) {
                        std::copy(numbers.begin(), numbers.end(), now.noise.begin());
                    });
        };
        const auto make = [&](State& now) { Program::relax(now); };
        if (this->is_training())
            return memory.get(fill, make);
        const auto now = std::make_shared<State>(); // many threads may ask at once
        fill(*now);
        make(*now);
        return now;
    }
};

} // namespace pliny
