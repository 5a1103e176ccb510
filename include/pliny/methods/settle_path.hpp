// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/assignment.hpp>
#include <pliny/methods/likely_path.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

namespace pliny {

/// Which path a search settles on: see Settle.
template <class Search>
class SettlePath {
    using Found = Assignment<Search>;
    using Choices = ChoiceShares<typename Search::network>;
    using Path = typename Choices::Chosen;
    using Costs = std::array<double, Search::limits.size()>;
    static constexpr const auto& graph = Found::graph;

public:
    /// Changes the alphas of choices so that the cheapest network on the path of the largest of them meets
    /// the limits and, where nothing but paths is searched, uses what they allow; how many choices changed.
    static int apply(std::span<double> alpha) {
        int changed = 0;
        const Path largest = Choices::largest(alpha);
        Path path = largest;
        if (!can_meet_limits(path))
            path = likeliest(alpha);
        if constexpr (!Search::prunes && !Search::quantizes)
            use_limits(alpha, path);
        const auto running = running_alternatives(graph, path);
        for (std::size_t c = 0; c < path.size(); ++c) {
            if (path[c] == largest[c] || !runs(graph, graph.choices[c], running))
                continue;
            const auto first = static_cast<std::size_t>(graph[graph.choices[c]].first_alternative);
            alpha[first + static_cast<std::size_t>(path[c])] =
                detail::just_above(alpha[first + static_cast<std::size_t>(largest[c])]);
            ++changed;
        }
        return changed;
    }
    /// The likeliest path on which the cheapest network meets the limits; the largest alphas where a choice
    /// does not run. std::invalid_argument where there is none.
    static Path likeliest(std::span<const double> alpha) {
        std::vector<Path> found;
        for (double part : {1.0, 1 - 1e-12}) { // sums of numbers that are not whole depend on their order
            auto closer = Search::limits;
            for (double& limit : closer)
                limit *= part;
            const auto path =
                LikelyPath<typename Search::network, Search::limits.size()>::find(alpha, closer, least_price);
            if (!path.empty())
                found = path;
            if (found.empty() || can_meet_limits(found.front()))
                break;
        }
        if (found.empty())
            throw std::invalid_argument("no path through the network meets all limits at once, although each "
                                        "of them can be met; raise one of them");
        Path path = Choices::largest(alpha);
        const auto running = running_alternatives(graph, found.front());
        for (std::size_t c = 0; c < path.size(); ++c)
            if (runs(graph, graph.choices[c], running))
                path[c] = found.front()[c];
        return path;
    }

private:
    static constexpr double undecided = -0.69314718055994531; // log(1/2)

    /// What a row costs in the cheapest network, in the unit of each limit.
    static Costs least_price(int row) {
        return Found::of_each_limit(
            [&](const auto& cost) { return Search::prices::least_of_row(cost, row); });
    }
    /// What the cheapest network on a path costs.
    static Costs least_costs(const Path& path) {
        Costs sum{};
        const auto running = running_alternatives(graph, path);
        for (int row = 1; row < graph.size(); ++row)
            if (runs(graph, row, running)) {
                const Costs price = least_price(row);
                for (std::size_t l = 0; l < sum.size(); ++l)
                    sum[l] += price[l];
            }
        return sum;
    }
    static bool can_meet_limits(const Path& path) { return Found::within(least_costs(path)); }

    /// Where a choice is not decided, takes the alternative that costs more, the likeliest first, as long as
    /// all limits hold.
    static void use_limits(std::span<const double> alpha, Path& path) {
        struct Change {
            std::size_t choice;
            int number;
            double likelihood; // log(share / share of the one taken)
        };
        std::vector<Change> changes;
        for (std::size_t c = 0; c < path.size(); ++c) {
            const Row& choice = graph[graph.choices[c]];
            const auto own = alpha.subspan(static_cast<std::size_t>(choice.first_alternative),
                                           static_cast<std::size_t>(choice.inputs));
            const double taken = own[static_cast<std::size_t>(path[c])];
            for (std::size_t i = 0; i < own.size(); ++i)
                if (own[i] - taken >= undecided)
                    changes.push_back({c, static_cast<int>(i), own[i] - taken});
        }
        std::stable_sort(changes.begin(), changes.end(),
                         [](const Change& a, const Change& b) { return a.likelihood > b.likelihood; });
        const auto sum_of = [](const Costs& costs) {
            double sum = 0; // in units of the limits
            for (std::size_t l = 0; l < costs.size(); ++l)
                sum += costs[l] / Search::limits[l];
            return sum;
        };
        double used = sum_of(least_costs(path));
        for (bool moved = true; moved;) { // a change may let another one in, or make it run
            moved = false;
            for (const Change& change : changes) {
                Path changed = path;
                changed[change.choice] = change.number;
                const Costs costs = least_costs(changed);
                if (sum_of(costs) > used && Found::within(costs)) {
                    path = changed;
                    used = sum_of(costs);
                    moved = true;
                }
            }
        }
    }
};

} // namespace pliny
