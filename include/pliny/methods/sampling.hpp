// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/real.hpp>

#include <concepts>

namespace pliny {
namespace roles {

struct Sampling {};
struct Temperature {};
struct Entropy {};
struct Variation {};

} // namespace roles

/// How a search tries alternatives while it trains. With p = softmax(alpha / T) and one number alpha per
/// alternative: all run, each counts by theta = p (Liu et al., DARTS, 2019).
struct Softmax {
    static constexpr bool hard = false, noisy = false, scored = false;
};

/// theta = softmax((alpha + g) / T) with fresh standard Gumbel noise g every step (Jang et al., Categorical
/// Reparameterization with Gumbel-Softmax, 2017; Xie et al., SNAS, 2019). All alternatives run.
struct Gumbel {
    static constexpr bool hard = false, noisy = true, scored = false;
};

/// As Gumbel, but only the alternative with the largest theta runs and counts fully; the gradient is that of
/// the soft theta, straight through, with 0 for what the others would have given (Dong and Yang, GDAS, 2019).
struct HardGumbel {
    static constexpr bool hard = true, noisy = true, scored = false;
};

/// Only the alternative with the largest alpha runs; gradient as for HardGumbel, without noise.
struct Hard {
    static constexpr bool hard = true, noisy = false, scored = false;
};

/// One alternative per choice and step, drawn from p, runs. Alphas get the score-function gradient
/// (loss - running mean of the loss) d(log p) for the task, which is unbiased (Williams, REINFORCE, 1992),
/// and the exact one of the expected cost for the penalty.
struct SinglePath {
    static constexpr bool hard = true, noisy = true, scored = true;
};

template <class SamplingType>
concept Sampling = requires {
    { SamplingType::hard } -> std::convertible_to<bool>;
    { SamplingType::noisy } -> std::convertible_to<bool>;
    { SamplingType::scored } -> std::convertible_to<bool>;
};

/// The temperature T: from First at the start of the search to Last at its end, geometrically. 1 where it is
/// not given.
template <Real First, Real Last = First>
struct Temperature {
    static_assert(First.value() > 0 && Last.value() > 0, "[temperature.1] Temperature must be positive");
    using role = roles::Temperature;
    static constexpr double first = First.value(), last = Last.value();
};

/// Adds Value x the entropy of p, summed over the choices, to the loss: choices decide themselves earlier.
template <Real Value>
struct Entropy {
    static_assert(Value.value() >= 0, "[entropy.1] Entropy cannot be negative");
    using role = roles::Entropy;
    static constexpr double value = Value.value();
};

/// Adds Value x the inverse coefficient of variation of theta, mean^2 / (variance + Epsilon), summed over the
/// choices (PLiNIO). A choice with one alternative adds nothing.
template <Real Value, Real Epsilon = 1e-3>
struct InverseVariation {
    static_assert(Value.value() >= 0 && Epsilon.value() > 0,
                  "[inverse_variation.1] InverseVariation cannot be negative, and its epsilon is positive");
    using role = roles::Variation;
    static constexpr double value = Value.value(), epsilon = Epsilon.value();
};

} // namespace pliny
