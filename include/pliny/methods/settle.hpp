// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/alive.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace pliny {

/// What settling changed: numbers of channels.
struct Settled {
    int removed = 0;
    int restored = 0;
};

/// Moves the alphas of the fewest channels across the threshold until the discrete network meets every limit,
/// and closely: while a limit is exceeded, the channels alive with the smallest theta die; then the dead ones
/// with the largest theta come back as long as all limits hold. With Multiple<N>, N channels of a group at a
/// time. Costs must not fall when a layer gets wider (see cost/concept.hpp).
template <class Search>
class Settle {
    using Space = typename Search::space;
    using A = Alive<Space>;
    using Widths = std::array<double, Space::groups>;

public:
    static Settled apply(std::vector<double>& alpha) {
        Settled settled;
        if constexpr (Search::limits.size() > 0) {
            const std::vector<double> before = A::masks(alpha);
            std::vector<double> mask = before;
            Widths widths = A::widths(std::span<const double>(mask));
            if (!holds(widths))
                for (const Step& step : steps(alpha, mask, true)) {
                    mark(mask, step, 0);
                    settled.removed += Space::multiple;
                    widths[step.group] -= Space::multiple;
                    if (holds(widths))
                        break;
                }
            std::array<bool, Space::groups> full{};
            for (const Step& step : steps(alpha, mask, false)) {
                if (full[step.group])
                    continue;
                widths[step.group] += Space::multiple;
                if (holds(widths)) {
                    mark(mask, step, 1);
                    settled.restored += Space::multiple;
                } else {
                    widths[step.group] -= Space::multiple;
                    full[step.group] = true;
                }
            }
            for (std::size_t c = 0; c < alpha.size(); ++c)
                if (mask[c] != before[c])
                    alpha[c] = across(alpha[c], mask[c] > 0);
        }
        return settled;
    }

private:
    /// Channels of a group that die or come back together.
    struct Step {
        std::size_t group;
        std::array<std::size_t, static_cast<std::size_t>(Space::multiple)> channels; // positions in alpha
        double theta;                                                                // of the last of them
    };

    static bool holds(const Widths& widths) {
        using Traits = RegularizerTraits<typename Search::regularizer>;
        return [&]<std::size_t... L>(std::index_sequence<L...>) {
            constexpr auto indices = Traits::template cost_indices<typename Search::costs>;
            return ((total_cost(cost_at<static_cast<std::size_t>(indices[L]), typename Search::costs>,
                                Space::graph, std::span<const double>(widths)) <= Search::limits[L]) &&
                    ...);
        }
        (std::make_index_sequence<Search::limits.size()>{});
    }

    /// All removals in rising order of theta, or all restorations in falling order. The last channel of a
    /// group is always alive, and with it N - 1 others.
    static std::vector<Step> steps(const std::vector<double>& alpha, const std::vector<double>& mask,
                                   bool removing) {
        const auto earlier = [&](double a, double b) { return removing ? a < b : a > b; };
        std::vector<Step> steps;
        A::for_each_group(std::span(mask), [&](std::size_t g, std::span<const double> group) {
            const auto offset = static_cast<std::size_t>(Space::analysis.offset[g]);
            std::vector<std::size_t> channels;
            for (std::size_t c = 0; c + 1 < group.size(); ++c)
                if ((group[c] > 0) == removing)
                    channels.push_back(offset + c);
            std::stable_sort(channels.begin(), channels.end(), [&](std::size_t a, std::size_t b) {
                return earlier(std::abs(alpha[a]), std::abs(alpha[b]));
            });
            Step step{.group = g, .channels = {}, .theta = 0};
            for (std::size_t first = 0; first + step.channels.size() <= channels.size();
                 first += step.channels.size()) {
                std::copy_n(channels.begin() + static_cast<std::ptrdiff_t>(first), step.channels.size(),
                            step.channels.begin());
                step.theta = std::abs(alpha[step.channels.back()]);
                steps.push_back(step);
            }
        });
        std::stable_sort(steps.begin(), steps.end(),
                         [&](const Step& a, const Step& b) { return earlier(a.theta, b.theta); });
        return steps;
    }

    static void mark(std::vector<double>& mask, const Step& step, double alive) {
        for (std::size_t c : step.channels)
            mask[c] = alive;
    }
    /// The nearest alpha on the other side of the threshold.
    static double across(double alpha, bool alive) {
        constexpr double above = A::threshold + 1e-6; // survives rounding to float32
        const double theta = std::abs(alpha);
        return std::copysign(alive ? std::max(theta, above) : std::min(theta, A::threshold), alpha);
    }
};

} // namespace pliny
