// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/meta/is_finite.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/graph/network_module.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace pliny {

/// Switches training of a group of parameters off and on again; those that the user froze stay frozen.
class TrainingSwitch {
public:
    TrainingSwitch() = default;
    TrainingSwitch(const TrainingSwitch& other, detail::TensorCopies& copies);
    void set(const std::vector<at::Tensor>& parameters, bool on);

private:
    std::vector<at::Tensor> switched_off;
};

namespace detail {

PLINY_INLINE std::vector<at::Tensor> weights_but_alpha(const torch::nn::Module& model);

} // namespace detail

/// The part that the models of all searches have: alpha, the temperature of its shares, whether the search is
/// settled, and which parameters learn.
template <class Search>
class SearchModule : public NetworkModule<typename Search::network> {
    using Base = NetworkModule<typename Search::network>;

public:
    at::Tensor alpha; // one flat vector; undefined where there is nothing to choose

    double temperature() const { return temperature_.defined() ? detail::number_in(temperature_) : 1; }
    /// Sets the temperature, in place of the schedule of Temperature<...>; ModelError unless it is positive.
    void set_temperature(double value) {
        if (!(value > 0))
            throw ModelError(joined("set_temperature: found ", value, "; expected a positive number"));
        if (temperature_.defined())
            temperature_.fill_(value);
        annealed = false;
    }

    /// All parameters but alpha, for the weights' optimiser.
    std::vector<at::Tensor> weights() const { return detail::weights_but_alpha(*this); }
    /// The architecture parameters: alpha, where there is something to choose.
    std::vector<at::Tensor> architecture() const {
        return alpha.defined() ? std::vector<at::Tensor>{alpha} : std::vector<at::Tensor>{};
    }
    void train_weights_only() { switch_training(true, false); }
    void train_architecture_only() { switch_training(false, true); }
    void train_both() { switch_training(true, true); }

protected:
    using Options = typename Search::choice_options;
    using Sampling = typename Options::sampling;

    /// `shares`: of how many candidates there are shares; 0 where none are.
    explicit SearchModule(std::size_t shares) : Base(Base::full()) {
        if constexpr (constexpr std::size_t states = Search::regularizer::states; states > 0)
            strengths = this->register_state("regularizer_strengths", static_cast<std::int64_t>(states), 0);
        if (shares == 0)
            return;
        temperature_ = this->register_state("temperature", 1, Options::temperature::first);
        settled_ = this->register_state("settled", 1, 0);
        if constexpr (Sampling::noisy)
            noise = this->register_state("noise", static_cast<std::int64_t>(shares), 0);
    }
    /// A copy, see copy_of.
    SearchModule(const SearchModule& other, detail::TensorCopies& copies)
        : Base(other, copies), alpha(copies(other.alpha)), strengths(copies(other.strengths)),
          temperature_(copies(other.temperature_)), settled_(copies(other.settled_)),
          noise(copies(other.noise)), weight_switch(other.weight_switch, copies),
          architecture_switch(other.architecture_switch, copies), annealed(other.annealed) {}
    /// The numbers of alpha, for what is decided by them; ModelError where one is not finite.
    std::vector<double> finite_alphas() const {
        std::vector<double> numbers = alpha.defined() ? detail::read(alpha) : std::vector<double>{};
        for (std::size_t i = 0; i < numbers.size(); ++i)
            if (!is_finite(numbers[i]))
                throw ModelError(joined("alpha[", i, "]: found ", numbers[i],
                                        "; expected a finite number: the search has diverged"));
        return numbers;
    }
    bool settled() const { return settled_.defined() && detail::number_in(settled_) != 0; }
    /// Whether shares count as they are sampled, and not the largest alphas alone.
    bool searching() const { return this->is_training() && !settled(); }
    void draw() {
        const at::NoGradGuard no_grad; // Gumbel noise: -log of an exponential number
        noise.exponential_().log_().neg_();
    }
    /// Moves the temperature on to where it is after a share of the search.
    void anneal(double progress) {
        constexpr double first = Options::temperature::first, last = Options::temperature::last;
        if (annealed && first != last && temperature_.defined())
            temperature_.fill_(first * std::pow(last / first, std::min(progress, 1.0)));
    }

    at::Tensor strengths; // what the regularizer keeps
    at::Tensor temperature_, settled_, noise;

private:
    TrainingSwitch weight_switch;
    TrainingSwitch architecture_switch;
    bool annealed = true;

    void switch_training(bool weights_on, bool architecture_on) {
        weight_switch.set(weights(), weights_on);
        architecture_switch.set(architecture(), architecture_on);
    }
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/methods/definitions/search_module.hpp>
#endif
