// SPDX-License-Identifier: Apache-2.0
// A regularizer that the library does not know.
#pragma once

#include <pliny/regularizers/concept.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace pliny::testing {

/// (task loss + strength) x progress x excess^2, with the excess as a share of the limit. The strength grows
/// by the excess of every step; another number counts the steps.
template <class Bound>
struct SquaredExcess {
    using terms = List<Bound>;
    static constexpr std::size_t states = 2;

    static constexpr double excess(const RegularizerStep& step) {
        return std::max(0.0, step.costs[0] / step.limits[0] - 1);
    }
    static constexpr double value(const RegularizerStep& step, std::span<const double> state,
                                  std::span<double> slopes) {
        const double weight = (step.task_loss + state[0]) * step.progress.share();
        slopes[0] = 2 * weight * excess(step) / step.limits[0];
        return weight * excess(step) * excess(step);
    }
    static constexpr void advance(const RegularizerStep& step, std::span<double> state) {
        state[0] += excess(step);
        state[1] += 1;
    }
};

} // namespace pliny::testing
