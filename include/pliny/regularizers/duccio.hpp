// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/regularizers/limit.hpp>

#include <algorithm>
#include <array>
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
template <class Part>
inline constexpr bool is_limit = false;
template <auto... Parts>
inline constexpr bool is_limit<Limit<Parts...>> = sizeof(Limit<Parts...>) > 0; // Limit checks its parts

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
        return std::min(0.01 + epoch * 0.99 / (epochs / 2), 1.0);
    }
    /// Fixes the strength at the first violation, from the size of the task loss, whatever its sign.
    constexpr void arm(double cost, double task_loss) {
        if (strength == 0 && cost > limit)
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

    static constexpr std::size_t limits = (std::size_t{0} + ... + std::size_t{is_limit<Parts>});
    static constexpr double gain = [] {
        double gain = 4;
        const auto take = [&]<class Part>(std::type_identity<Part>) {
            if constexpr (is_gain<Part>)
                gain = Part::value;
        };
        (take(std::type_identity<Parts>{}), ...);
        return gain;
    }();

    /// Which cost each limit bounds.
    template <class Costs>
    static constexpr std::array<int, limits> cost_indices() {
        std::array<int, limits> indices{};
        std::size_t next = 0;
        const auto take = [&]<class Part>(std::type_identity<Part>) {
            if constexpr (is_limit<Part>)
                indices[next++] = Part::template index_in<Costs>();
        };
        (take(std::type_identity<Parts>{}), ...);
        return indices;
    }
    /// The limits in the units of their costs; `full[i]` is what cost i of the search amounts to in the
    /// unpruned network.
    template <class Costs>
    static constexpr std::array<double, limits> amounts(std::span<const double> full) {
        std::array<double, limits> amounts{};
        std::size_t next = 0;
        const auto take = [&]<class Part>(std::type_identity<Part>) {
            if constexpr (is_limit<Part>)
                amounts[next++] =
                    Part::amount_of(full[static_cast<std::size_t>(Part::template index_in<Costs>())]);
        };
        (take(std::type_identity<Parts>{}), ...);
        return amounts;
    }
};

} // namespace pliny
