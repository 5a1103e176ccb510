// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/regularizers/concept.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <type_traits>

namespace pliny {

/// How strongly DUCCIO pulls: the strength of a limit is gain x task loss / (cost - limit) at its first
/// violation. Without it the gain is 4.
template <Real Value>
struct Gain {
    static_assert(Value.value() > 0, "[duccio.1] Gain must be positive");
    static constexpr double value = Value.value();
};

template <class Part>
inline constexpr bool is_gain = false;
template <Real Value>
inline constexpr bool is_gain<Gain<Value>> = sizeof(Gain<Value>) > 0; // Gain checks its number

/// The arithmetic of one limit: strength x max(0, cost - limit), the strength rising from 1 % to 100 % over
/// the first half of the search (Burrello et al., DUCCIO; PLiNIO's regularizer).
struct DuccioTerm {
    double limit = 0;
    double gain = 1;
    double strength = 0; // 0 until the cost has once been above the limit

    static constexpr double smallest_excess = 0.01; // cost - limit, as a share of the limit, when arming:
                                                    // no huge strength from a tiny excess

    /// Share of the full strength at `epoch` (from 0, fractions allowed) of `epochs`; std::invalid_argument
    /// unless 0 <= epoch and 0 < epochs.
    static constexpr double ramp(double epoch, double epochs) {
        if (!(epoch >= 0) || !(epochs > 0))
            throw std::invalid_argument("DUCCIO needs 0 <= epoch and 0 < epochs");
        return ramp(SearchProgress(epoch, epochs));
    }
    /// The same, unchecked.
    static constexpr double ramp(const SearchProgress& at) {
        return std::min(0.01 + at.epoch * 0.99 / (at.epochs / 2), 1.0);
    }
    /// Whether this cost is the first violation.
    constexpr bool starts(double cost) const { return strength == 0 && cost > limit; }
    /// Fixes the strength at the first violation, from the size of the task loss, whatever its sign.
    constexpr void arm(double cost, double task_loss) {
        if (starts(cost))
            strength =
                gain * std::max(task_loss, -task_loss) / std::max(cost - limit, smallest_excess * limit);
    }
    constexpr double value(double cost, double ramp) const {
        return strength * ramp * std::max(0.0, cost - limit);
    }
    /// d(value)/d(cost); 0 at equality.
    constexpr double slope(double cost, double ramp) const { return cost > limit ? strength * ramp : 0; }
};

/// Costs as constraints: the loss is penalised only while a limit is exceeded. Parts: one or more Limit<...>,
/// optionally a Gain<...>.
template <class... Parts>
struct Duccio {
    static constexpr bool parts_known = ((is_limit<Parts> || is_gain<Parts>)&&...);
    static_assert(parts_known,
                  "[duccio.2] Duccio takes Limit<...> and Gain<...>, such as Duccio<Limit<Percent<25>>>");
    static_assert(!parts_known || (is_limit<Parts> || ...),
                  "[duccio.3] Duccio needs a limit, such as Duccio<Limit<Percent<25>>>");
    static_assert((0 + ... + int(is_gain<Parts>)) <= 1, "[duccio.4] Gain is given twice; keep one");

    /// Its limits; each keeps its strength.
    using terms = Append<std::conditional_t<is_limit<Parts>, List<Parts>, List<>>...>;
    static constexpr std::size_t states = terms::size;
    static constexpr double gain = [] {
        double gain = 4;
        const auto take = [&]<class Part>(std::type_identity<Part>) {
            if constexpr (is_gain<Part>)
                gain = Part::value;
        };
        (take(std::type_identity<Parts>{}), ...);
        return gain;
    }();

    static constexpr double value(const RegularizerStep& step, std::span<const double> strengths,
                                  std::span<double> slopes) {
        const double ramp = DuccioTerm::ramp(step.progress);
        double sum = 0;
        for (std::size_t l = 0; l < states; ++l) {
            const DuccioTerm term = armed(step, strengths[l], l);
            sum += term.value(step.costs[l], ramp);
            slopes[l] = term.slope(step.costs[l], ramp);
        }
        return sum;
    }
    static constexpr void advance(const RegularizerStep& step, std::span<double> strengths) {
        for (std::size_t l = 0; l < states; ++l)
            strengths[l] = armed(step, strengths[l], l).strength;
    }
    /// Only where a limit is exceeded for the first time.
    static constexpr bool reads_task_loss(const RegularizerStep& step, std::span<const double> strengths) {
        for (std::size_t l = 0; l < states; ++l)
            if (DuccioTerm{step.limits[l], gain, strengths[l]}.starts(step.costs[l]))
                return true;
        return false;
    }

private:
    static constexpr DuccioTerm armed(const RegularizerStep& step, double strength, std::size_t l) {
        DuccioTerm term{step.limits[l], gain, strength};
        term.arm(step.costs[l], step.task_loss);
        return term;
    }
};

} // namespace pliny
