// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/alive.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace pliny {

/// What settling changed: numbers of channels.
struct Settled {
    int removed = 0;
    int restored = 0;
};

/// Moves the alphas of the fewest channels across the threshold until the discrete network meets every limit,
/// and closely: while a limit is exceeded the channels alive with the smallest theta die; then the dead ones
/// with the largest theta come back as long as all limits hold. With Multiple<N>, N channels of a group at a
/// time.
template <class Search>
class Settle {
    using Space = typename Search::space;
    using A = Alive<Space>;

public:
    static Settled apply(std::vector<double>& alpha) {
        Settled settled;
        if constexpr (Search::limits.size() > 0) {
            Settle state(alpha);
            while (!state.holds(state.widths)) {
                const Step step = state.best(true);
                if (step.group < 0)
                    break; // every group is at its smallest: the limits were checked against that at compile
                           // time
                state.take(step, true);
                settled.removed += Space::multiple;
            }
            std::array<bool, Space::groups> full{};
            for (;;) {
                const Step step = state.best(false, full);
                if (step.group < 0)
                    break;
                auto wider = state.widths;
                wider[static_cast<std::size_t>(step.group)] += Space::multiple;
                if (state.holds(wider)) {
                    state.take(step, false);
                    settled.restored += Space::multiple;
                } else {
                    full[static_cast<std::size_t>(step.group)] = true;
                }
            }
        }
        return settled;
    }

private:
    std::vector<double>& alpha;
    std::vector<double> mask;
    std::array<double, Space::groups> widths;

    /// The next channels of a group to change, and the theta that decides between groups.
    struct Step {
        int group = -1;
        double theta = 0;
    };

    explicit Settle(std::vector<double>& a)
        : alpha(a), mask(A::masks(a)), widths(A::widths(std::span<const double>(mask))) {}

    static bool holds(const std::array<double, Space::groups>& widths) {
        using Traits = RegularizerTraits<typename Search::regularizer>;
        return [&]<std::size_t... L>(std::index_sequence<L...>) {
            constexpr auto indices = Traits::template cost_indices<typename Search::costs>;
            return ((total_cost(cost_at<static_cast<std::size_t>(indices[L]), typename Search::costs>,
                                Space::graph, std::span<const double>(widths)) <= Search::limits[L]) &&
                    ...);
        }
        (std::make_index_sequence<Search::limits.size()>{});
    }

    std::size_t index(int group, std::size_t channel) const {
        return static_cast<std::size_t>(Space::analysis.offset[static_cast<std::size_t>(group)]) + channel;
    }
    /// Channels of a group that are alive (or dead), smallest theta first (largest first); the one that is
    /// always alive is left out.
    std::vector<std::size_t> candidates(int group, bool alive) const {
        std::vector<std::size_t> channels;
        const auto width =
            static_cast<std::size_t>(Space::graph.groups[static_cast<std::size_t>(group)].width);
        for (std::size_t c = 0; c + 1 < width; ++c)
            if ((mask[index(group, c)] > 0) == alive)
                channels.push_back(index(group, c));
        std::stable_sort(channels.begin(), channels.end(), [&](std::size_t a, std::size_t b) {
            return alive ? std::abs(alpha[a]) < std::abs(alpha[b]) : std::abs(alpha[a]) > std::abs(alpha[b]);
        });
        return channels;
    }
    Step best(bool removing, const std::array<bool, Space::groups>& closed = {}) const {
        Step best;
        for (std::size_t g = 0; g < Space::groups; ++g) {
            if (!Space::analysis.trainable[g] || closed[g] ||
                (removing && widths[g] <= Space::analysis.smallest[g]))
                continue;
            const auto channels = candidates(static_cast<int>(g), removing);
            if (channels.size() < static_cast<std::size_t>(Space::multiple))
                continue;
            const double theta = std::abs(alpha[channels[Space::multiple - 1]]);
            if (best.group < 0 || (removing ? theta < best.theta : theta > best.theta))
                best = {static_cast<int>(g), theta};
        }
        return best;
    }
    void take(const Step& step, bool removing) {
        const auto channels = candidates(step.group, removing);
        for (int i = 0; i < Space::multiple; ++i) {
            const std::size_t c = channels[static_cast<std::size_t>(i)];
            const double side =
                removing ? std::min(std::abs(alpha[c]), A::threshold) : std::max(std::abs(alpha[c]), above);
            alpha[c] = std::copysign(side, alpha[c]);
            mask[c] = removing ? 0 : 1;
        }
        widths[static_cast<std::size_t>(step.group)] += removing ? -Space::multiple : Space::multiple;
    }
    static constexpr double above = A::threshold + 1e-6; // survives rounding to float32
};

} // namespace pliny
