// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/alive.hpp>
#include <pliny/methods/likely_path.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace pliny {

/// What settling changed: numbers of channels, and of choices.
struct Settled {
    int removed = 0;
    int restored = 0;
    int rechosen = 0;
};

/// Moves as few alphas as are needed until the discrete network meets every limit, and closely. Where even
/// the narrowest network on the path of the largest alphas exceeds one, the likeliest path on which it does
/// not takes its place. Where no widths are searched, choices that are not decided take the alternative that
/// costs more as long as all limits hold: one with at least half the share, at temperature 1, of the one
/// taken. Then, while a limit is exceeded, the channels alive with the smallest theta die; and the dead ones
/// with the largest theta come back as long as all limits hold. With Multiple<N>, N channels of a group at a
/// time. Costs must not fall when a layer gets wider (see cost/concept.hpp).
template <class Search>
class Settle {
    using Space = typename Search::space;
    using AliveChannels = Alive<Space>;
    using Choices = ChoiceShares<typename Search::network>;
    using Widths = std::array<double, Space::groups>;
    using Shares = std::array<double, Choices::size>;

public:
    /// std::invalid_argument where no path meets all limits at once; that each of them can be met, the
    /// compiler has checked.
    static void check_limits() {
        if constexpr (Choices::size > 0 && limits > 1)
            likeliest(std::vector<double>(Choices::size));
    }

    /// `alphas`: those of the widths, then those of the choices. std::invalid_argument as above.
    static Settled apply(std::vector<double>& alphas) {
        Settled settled;
        if constexpr (Search::limits.size() > 0) {
            const Shares shares = choose(std::span(alphas).subspan(Space::first_choice_alpha), settled);
            const std::span<double> alpha = std::span(alphas).first(Space::first_choice_alpha);
            const auto holds = [&](const Widths& widths) { return meets_limits(widths, shares); };
            const std::vector<double> before = AliveChannels::masks(alpha);
            std::vector<double> mask = before;
            Widths widths = AliveChannels::widths(std::span<const double>(mask));
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

    static constexpr std::size_t limits = Search::limits.size();
    static constexpr double undecided = -0.69314718055994531; // log(1/2)

    /// What `price(cost)` gives for the cost of each limit.
    template <class Price>
    static std::array<double, limits> of_each_limit(const Price& price) {
        using Traits = RegularizerTraits<typename Search::regularizer>;
        return [&]<std::size_t... Place>(std::index_sequence<Place...>) {
            constexpr auto indices = Traits::template cost_indices<typename Search::costs>;
            return std::array<double, limits>{static_cast<double>(
                price(cost_at<static_cast<std::size_t>(indices[Place]), typename Search::costs>))...};
        }
        (std::make_index_sequence<limits>{});
    }
    static bool meets_limits(const Widths& widths, const Shares& shares) {
        const auto costs = of_each_limit([&](const auto& cost) {
            return total_cost(cost, Space::graph, std::span<const double>(widths),
                              std::span<const double>(shares));
        });
        for (std::size_t l = 0; l < limits; ++l)
            if (costs[l] > Search::limits[l])
                return false;
        return true;
    }

    /// What a row of the narrowest network costs, in the unit of each limit.
    static std::array<double, limits> narrow_price(int row) {
        return of_each_limit([&](const auto& cost) {
            return Space::graph[row].has_weights()
                       ? static_cast<double>(
                             row_cost(cost, Space::graph, row, std::span<const double>(Space::narrowest)))
                       : 0;
        });
    }

    /// Sees to it that the narrowest network on the path meets the limits and, where widths are not searched,
    /// that the path uses what they allow; the shares of that path.
    static Shares choose(std::span<double> alpha, Settled& settled) {
        if constexpr (Choices::size == 0) {
            return {};
        } else {
            const auto largest = Choices::largest(alpha);
            auto path = largest;
            if (!meets_limits(Space::narrowest, one_hot(Space::graph, path)))
                path = likeliest(alpha);
            if constexpr (Space::first_choice_alpha == 0)
                use_limits(alpha, path);
            const auto running = running_alternatives(Space::graph, path);
            for (std::size_t c = 0; c < path.size(); ++c) {
                if (path[c] == largest[c] || !runs(c, running))
                    continue;
                const auto first =
                    static_cast<std::size_t>(Space::graph[Space::graph.choices[c]].first_alternative);
                const double top = alpha[first + static_cast<std::size_t>(largest[c])];
                alpha[first + static_cast<std::size_t>(path[c])] =
                    top + 1e-6 * std::max(1.0, std::abs(top)); // survives rounding to float32
                ++settled.rechosen;
            }
            return one_hot(Space::graph, Choices::largest(alpha));
        }
    }

    /// The likeliest path on which the narrowest network meets the limits; the largest alphas where a choice
    /// does not run.
    static typename Choices::Chosen likeliest(std::span<const double> alpha) {
        std::vector<typename Choices::Chosen> found;
        for (double part : {1.0, 1 - 1e-12}) { // sums of numbers that are not whole depend on their order
            auto closer = Search::limits;
            for (double& limit : closer)
                limit *= part;
            const auto path = LikelyPath<typename Search::network, limits>::find(alpha, closer, narrow_price);
            if (!path.empty())
                found = path;
            if (found.empty() || meets_limits(Space::narrowest, one_hot(Space::graph, found.front())))
                break;
        }
        if (found.empty())
            throw std::invalid_argument("no path through the network meets all limits at once, although each "
                                        "of them can be met; raise one of them");
        auto path = Choices::largest(alpha);
        const auto running = running_alternatives(Space::graph, found.front());
        for (std::size_t c = 0; c < path.size(); ++c)
            if (runs(c, running))
                path[c] = found.front()[c];
        return path;
    }
    static bool runs(std::size_t choice, const RunningOf<typename Choices::PlanType>& running) {
        const int around = Space::graph[Space::graph.choices[choice]].alternative;
        return around < 0 || running[static_cast<std::size_t>(around)];
    }

    /// Where a choice is not decided, takes the alternative that costs more, the likeliest first, as long as
    /// all limits hold.
    static void use_limits(std::span<const double> alpha, typename Choices::Chosen& path) {
        struct Change {
            std::size_t choice;
            int number;
            double likelihood; // log(share / share of the one taken)
        };
        std::vector<Change> changes;
        for (std::size_t c = 0; c < path.size(); ++c) {
            const Row& choice = Space::graph[Space::graph.choices[c]];
            const auto own = alpha.subspan(static_cast<std::size_t>(choice.first_alternative),
                                           static_cast<std::size_t>(choice.inputs));
            const double taken = own[static_cast<std::size_t>(path[c])];
            for (std::size_t i = 0; i < own.size(); ++i)
                if (own[i] - taken >= undecided)
                    changes.push_back({c, static_cast<int>(i), own[i] - taken});
        }
        std::stable_sort(changes.begin(), changes.end(),
                         [](const Change& a, const Change& b) { return a.likelihood > b.likelihood; });
        const auto cost = [](const typename Choices::Chosen& at) {
            const Shares shares = one_hot(Space::graph, at);
            double sum = 0; // in units of the limits
            const auto costs = of_each_limit([&](const auto& c) {
                return total_cost(c, Space::graph, std::span<const double>(Space::narrowest),
                                  std::span<const double>(shares));
            });
            for (std::size_t l = 0; l < limits; ++l)
                sum += costs[l] / Search::limits[l];
            return sum;
        };
        for (bool moved = true; moved;) { // a change may let another one in, or make it run
            moved = false;
            for (const Change& change : changes) {
                auto changed = path;
                changed[change.choice] = change.number;
                if (cost(changed) > cost(path) &&
                    meets_limits(Space::narrowest, one_hot(Space::graph, changed))) {
                    path = changed;
                    moved = true;
                }
            }
        }
    }

    /// All removals in rising order of theta, or all restorations in falling order. The last channel of a
    /// group is always alive, and with it N - 1 others.
    static std::vector<Step> steps(std::span<const double> alpha, const std::vector<double>& mask,
                                   bool removing) {
        const auto earlier = [&](double a, double b) { return removing ? a < b : a > b; };
        std::vector<Step> steps;
        AliveChannels::for_each_group(std::span(mask), [&](std::size_t g, std::span<const double> group) {
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
        constexpr double above = AliveChannels::threshold + 1e-6; // survives rounding to float32
        const double theta = std::abs(alpha);
        return std::copysign(alive ? std::max(theta, above) : std::min(theta, AliveChannels::threshold),
                             alpha);
    }
};

} // namespace pliny
