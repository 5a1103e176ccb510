// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/choice_shares.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace pliny {

/// The likeliest of all paths whose costs stay within limits: labels of costs and likelihood are combined
/// choice by choice, and those that another one beats in everything are dropped (the dynamic programme of
/// Nemhauser and Ullmann, 1969, for the knapsack problem). The likelihood of a path is the product, over the
/// choices that run, of p(taken) / p(likeliest there).
template <class Net, std::size_t Limits>
class LikelyPath {
    using Choices = ChoiceShares<Net>;
    using Costs = std::array<double, Limits>;
    struct Label {
        Costs costs{};
        double log_likelihood = 0;
        typename Choices::Chosen path{};
    };
    using Labels = std::vector<Label>;

public:
    /// `price(row)`: what a row costs, in the unit of each limit. Empty where no path stays within the
    /// limits.
    template <class Price>
    static std::vector<typename Choices::Chosen> find(std::span<const double> alpha, const Costs& limits,
                                                      const Price& price) {
        // of every alternative, and of the whole network
        std::vector<Labels> parts(Choices::size + 1, Labels(1));
        const auto part_of = [&](int row) -> Labels& {
            const int a = Choices::graph[row].alternative;
            return parts[a < 0 ? Choices::size : static_cast<std::size_t>(a)];
        };
        for (int row = 1, next = 0; row < Choices::graph.size(); ++row) {
            Labels& around = part_of(row);
            if (detail::is_choice(Choices::graph[row]))
                around =
                    combined(around, options(row, static_cast<std::size_t>(next++), alpha, parts), limits);
            else
                for (Label& label : around)
                    add(label.costs, price(row));
        }
        Labels& whole = parts.back();
        std::erase_if(whole, [&](const Label& label) { return !within(label.costs, limits); });
        if (whole.empty())
            return {};
        return {std::max_element(whole.begin(), whole.end(), [](const Label& a, const Label& b) {
                    return a.log_likelihood < b.log_likelihood;
                })->path};
    }

private:
    static void add(Costs& sum, const Costs& more) {
        for (std::size_t l = 0; l < Limits; ++l)
            sum[l] += more[l];
    }
    static bool within(const Costs& costs, const Costs& limits) {
        for (std::size_t l = 0; l < Limits; ++l)
            if (costs[l] > limits[l])
                return false;
        return true;
    }

    /// All ways through a choice.
    static Labels options(int row, std::size_t choice, std::span<const double> alpha,
                          const std::vector<Labels>& parts) {
        const auto first = static_cast<std::size_t>(Choices::graph[row].first_alternative);
        const auto count = static_cast<std::size_t>(Choices::graph[row].inputs);
        const auto own = alpha.subspan(first, count);
        const double largest = *std::max_element(own.begin(), own.end());
        Labels ways;
        for (std::size_t i = 0; i < count; ++i)
            for (Label label : parts[first + i]) {
                label.log_likelihood += own[i] - largest;
                label.path[choice] = static_cast<int>(i);
                ways.push_back(label);
            }
        return ways;
    }

    static Labels combined(const Labels& a, const Labels& b, const Costs& limits) {
        Labels sums;
        sums.reserve(a.size() * b.size());
        for (const Label& x : a)
            for (const Label& y : b) {
                Label sum = x;
                add(sum.costs, y.costs);
                sum.log_likelihood += y.log_likelihood;
                for (std::size_t c = 0; c < sum.path.size(); ++c)
                    sum.path[c] = std::max(sum.path[c], y.path[c]); // each choice is in one of the two
                if (within(sum.costs, limits))
                    sums.push_back(sum);
            }
        return undominated(std::move(sums));
    }

    static Labels undominated(Labels labels) {
        std::stable_sort(labels.begin(), labels.end(), [](const Label& x, const Label& y) {
            return std::pair(x.costs[0], -x.log_likelihood) < std::pair(y.costs[0], -y.log_likelihood);
        });
        Labels kept;
        for (const Label& label : labels) {
            const auto beats = [&](const Label& other) {
                return other.log_likelihood >= label.log_likelihood && within(other.costs, label.costs);
            };
            // With one limit the last one kept is the likeliest so far.
            const auto first = Limits == 1 && !kept.empty() ? kept.end() - 1 : kept.begin();
            if (std::none_of(first, kept.end(), beats))
                kept.push_back(label);
        }
        return kept;
    }
};

} // namespace pliny
