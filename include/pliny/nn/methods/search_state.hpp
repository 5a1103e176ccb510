// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/architecture.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/copy_of.hpp>
#include <pliny/nn/methods/state_memory.hpp>
#include <pliny/nn/model_error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace pliny {

/// What the model of a search keeps beside its weights: alpha, and the numbers that its shares, costs and
/// penalty depend on too. The tensors are states of the model; what they say at a moment is a State, see
/// Architecture.
template <class Search>
class SearchState {
    using Options = typename Search::choice_options;
    using Sampling = typename Options::sampling;

public:
    using Program = Architecture<Search>;
    using Choices = typename Program::Choices;
    using State = typename Program::State;
    using StatePointer = std::shared_ptr<const State>;

    at::Tensor alpha;     // one flat vector; undefined where there is nothing to choose
    at::Tensor strengths; // what the regularizer keeps
    at::Tensor mean_loss; // of those seen, and how many these are: with SinglePath

    template <class Module>
    explicit SearchState(Module& module) {
        if constexpr (constexpr std::size_t states = Search::regularizer::states; states > 0)
            strengths = module.register_state("regularizer_strengths", static_cast<std::int64_t>(states), 0);
        if constexpr (Program::shares > 0) {
            temperature_ = module.register_state("temperature", 1, Options::temperature::first);
            settled_ = module.register_state("settled", 1, 0);
            if constexpr (Sampling::noisy)
                noise = module.register_state("noise", static_cast<std::int64_t>(Program::shares), 0);
        }
        if constexpr (Program::alphas > 0)
            alpha = module.register_learned_state("alpha", gathered(start()));
        if constexpr (Choices::size > 0 && Sampling::scored)
            mean_loss = module.register_state("mean_loss", 2, 0);
    }
    /// A copy, see copy_of.
    SearchState(const SearchState& other, detail::TensorCopies& copies)
        : alpha(copies(other.alpha)), strengths(copies(other.strengths)), mean_loss(copies(other.mean_loss)),
          temperature_(copies(other.temperature_)), settled_(copies(other.settled_)),
          noise(copies(other.noise)), annealed(other.annealed) {}

    double temperature() const { return temperature_.defined() ? detail::number_in(temperature_) : 1; }
    /// In place of the schedule of Temperature<...>; ModelError unless it is positive.
    void set_temperature(double value) {
        if (!(value > 0))
            throw ModelError(joined("set_temperature: found ", value, "; expected a positive number"));
        if (temperature_.defined())
            temperature_.fill_(value);
        annealed = false;
    }
    /// Moves the temperature on to where it is after a share of the search.
    void anneal(double progress) const {
        constexpr double first = Options::temperature::first, last = Options::temperature::last;
        if (annealed && first != last && temperature_.defined())
            temperature_.fill_(first * std::pow(last / first, std::min(progress, 1.0)));
    }
    bool settled() const { return settled_.defined() && detail::number_in(settled_) != 0; }
    /// From here on the largest alphas count alone, also in training.
    void settle() {
        if (settled_.defined())
            settled_.fill_(1);
    }
    /// Draws the noise of a step of the search.
    void draw() {
        if constexpr (Sampling::noisy) {
            const at::NoGradGuard no_grad; // Gumbel noise: -log of an exponential number
            noise.exponential_().log_().neg_();
            if constexpr (Sampling::scored) // argmax(alpha / T + g) is drawn from softmax(alpha / T)
                noise.mul_(temperature());
        }
    }

    /// What counts now: the shares as they are sampled while a search trains, else the largest alphas alone.
    StatePointer now(bool training) const { return read(!training || settled(), training); }
    /// What the largest alphas say; ModelError where one of all is not finite.
    StatePointer decided(bool training) const {
        StatePointer found = read(true, training);
        for (std::size_t i = 0; i < found->number.size(); ++i)
            if (!is_finite(found->number[i]))
                throw ModelError(joined(
                    "alpha[", i < Program::first_bit_number ? i : i - Program::Sizes::first_alpha,
                    "]: found ", found->number[i], "; expected a finite number: the search has diverged"));
        return found;
    }
    /// As decided, where alphas that are not finite may stand for what they are.
    StatePointer discrete(bool training) const { return read(true, training); }
    /// The share of every alternative, choice by choice, then of every candidate, lot by lot.
    static std::vector<std::vector<double>> thetas(const State& now) {
        std::vector<std::vector<double>> all;
        Choices::for_each_choice(std::span<const double>(now.shares), [&](std::span<const double> one) {
            all.emplace_back(one.begin(), one.end());
        });
        if constexpr (Search::quantizes) {
            const std::size_t before = all.size();
            all.resize(before + Program::Sizes::lots);
            Search::bit_space::for_each_lot(
                [&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t) {
                    const auto begin = now.bit_shares.begin() + static_cast<std::ptrdiff_t>(first);
                    all[before + lot].assign(begin, begin + static_cast<std::ptrdiff_t>(count));
                });
        }
        return all;
    }
    /// Makes alphas of the numbers of all decisions.
    void set_numbers(std::span<const double> all) {
        const at::NoGradGuard no_grad;
        if (alpha.defined())
            alpha.copy_(detail::write(gathered(all), alpha));
    }

private:
    at::Tensor temperature_, settled_, noise;
    bool annealed = true; // by the schedule
    mutable detail::StateMemory<State> memory;

    static std::vector<double> start() {
        std::vector<double> numbers(Program::numbers, 1.0);
        const std::span<double> all(numbers);
        Choices::for_each_choice(all.subspan(Program::masks, Choices::size), [](std::span<double> one) {
            std::fill(one.begin(), one.end(), 1.0 / static_cast<double>(one.size()));
        });
        if constexpr (Search::quantizes) {
            const std::vector<double> bits =
                Search::bits::template Shares<typename Search::bit_space>::start();
            std::copy(bits.begin(), bits.end(), numbers.begin() + Program::first_bit_number);
        }
        return numbers;
    }
    static std::vector<double> gathered(std::span<const double> all) {
        std::vector<double> own(Program::alphas);
        Program::gather(all, own);
        return own;
    }
    StatePointer read(bool discrete, bool training) const {
        const auto fill = [&](State& now) {
            if constexpr (Program::alphas > 0)
                detail::for_numbers(alpha, [&](auto numbers) { Program::spread(numbers, now.number); });
            now.discrete = discrete;
            now.temperature = temperature();
            if constexpr (Sampling::noisy && Program::shares > 0)
                if (!discrete)
                    detail::for_numbers(noise, [&](auto numbers) {
                        std::copy(numbers.begin(), numbers.end(), now.noise.begin());
                    });
        };
        const auto make = [&](State& now) { Program::relax(now); };
        if (training)
            return memory.get(fill, make);
        const auto now = std::make_shared<State>(); // many threads may ask at once
        fill(*now);
        make(*now);
        return now;
    }
};

} // namespace pliny
