// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/costs.hpp>
#include <pliny/methods/mps/shares.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pliny {

/// One candidate for every lot, changed lot by lot, and what that costs.
template <class Space>
struct BitAssignment {
    using Costs = BitCosts<Space>;
    struct Lot {
        std::size_t first; // of its shares
        std::uint32_t allowed;
        int group; // -1: of activations
    };
    std::vector<std::uint8_t> chosen;
    std::vector<Lot> lots{Space::lots};

    explicit BitAssignment(const std::vector<std::uint8_t>& start) : chosen(start) {
        Space::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t, std::uint32_t allowed) {
            lots[lot] = {first, allowed, -1};
        });
        for (std::size_t g = 0; g < Space::groups; ++g)
            if (const int first = Space::analysis.first_lot[g]; first >= 0)
                for (int c = 0; c < (Space::per_channel ? Space::graph.groups[g].width : 1); ++c)
                    lots[static_cast<std::size_t>(first + c)].group = static_cast<int>(g);
        const std::vector<double> shares = BitShares<Space>::one_hot(chosen);
        counts = Costs::counts(shares);
        activation_shares.assign(shares.begin() + Space::first_activation_share, shares.end());
    }

    template <class CostType>
    double cost(const CostType& cost) const {
        return Costs::of_counts(cost, counts, activation_shares);
    }
    /// The next candidate with fewer or more bits; the same where there is none.
    std::uint8_t next(std::size_t lot, bool lower) const {
        const int count = static_cast<int>(lot < Space::weight_lots ? Space::weight_candidates
                                                                    : Space::activation_candidates);
        for (int i = chosen[lot] + (lower ? -1 : 1); i >= 0 && i < count; i += lower ? -1 : 1)
            if (lots[lot].allowed >> i & 1)
                return static_cast<std::uint8_t>(i);
        return chosen[lot];
    }
    void set(std::size_t lot, std::uint8_t candidate) {
        if (lot >= Space::weight_lots) {
            double* own =
                activation_shares.data() + (lot - Space::weight_lots) * Space::activation_candidates;
            own[chosen[lot]] = 0;
            own[candidate] = 1;
        } else {
            for (std::size_t g = 0; g < Space::groups; ++g) { // with PerLayer, all groups of the lot
                const bool own = Space::per_channel ? static_cast<int>(g) == lots[lot].group
                                                    : Space::analysis.first_lot[g] == static_cast<int>(lot);
                const double channels = Space::per_channel ? 1 : Space::graph.groups[g].width;
                if (own) {
                    counts[g][chosen[lot]] -= channels;
                    counts[g][candidate] += channels;
                }
            }
        }
        chosen[lot] = candidate;
    }
    /// Makes the numbers of what is chosen the largest of their lots where another was `before`.
    void prefer(std::span<const std::uint8_t> before, std::span<double> all) const {
        for (std::size_t lot = 0; lot < lots.size(); ++lot)
            if (chosen[lot] != before[lot]) {
                const double top = all[lots[lot].first + before[lot]];
                all[lots[lot].first + chosen[lot]] =
                    top + 1e-6 * std::max(1.0, std::abs(top)); // survives rounding to float32
            }
    }

private:
    typename Costs::Counts counts{};
    std::vector<double> activation_shares;
};

} // namespace pliny
