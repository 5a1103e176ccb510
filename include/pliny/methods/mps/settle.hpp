// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/costs.hpp>
#include <pliny/methods/mps/shares.hpp>
#include <pliny/methods/settle.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace pliny {

/// What settling changed: how many lots got fewer bits, and more.
struct SettledBits {
    int lowered = 0;
    int raised = 0;
};

/// Moves as few alphas as are needed until the network of the largest alphas meets every limit, and closely:
/// while a limit is exceeded, lots step down to the next fewer bits, in order of the alpha that they then
/// lack to their largest; then they step up, in the same order, as long as all limits hold. Activations step
/// only where that changes a cost.
template <class Search>
class SettleBits {
    using Space = typename Search::bit_space;
    using Shares = BitShares<Space>;
    using Costs = BitCosts<Space>;
    static constexpr std::size_t limits = Search::limits.size();

public:
    /// `all`: a number for each share, of which the alphas are changed.
    static SettledBits apply(std::vector<double>& all) {
        SettledBits settled;
        if constexpr (limits > 0) {
            const auto before = Shares::largest(all);
            SettleBits now(before);
            if (!now.meets_limits())
                settled.lowered = now.walk(all, true);
            if (!now.meets_limits()) // costs that rise where precisions mix: begin with the fewest bits
                settled.lowered = now.lowest();
            settled.raised = now.walk(all, false);
            if (!now.meets_limits())
                throw std::invalid_argument(
                    "no choice of bits meets all limits at once, although the bounds of "
                    "each allow it; raise one of them");
            Space::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t, std::uint32_t) {
                if (now.chosen[lot] != before[lot]) {
                    const double top = all[first + before[lot]];
                    all[first + now.chosen[lot]] =
                        top + 1e-6 * std::max(1.0, std::abs(top)); // survives rounding to float32
                }
            });
        }
        return settled;
    }

private:
    struct Lot {
        std::size_t first;
        std::uint32_t allowed;
        int group; // -1: of activations
    };
    struct Step {
        std::size_t lot;
        double regret; // alpha lost against the largest
    };
    std::vector<std::uint8_t> chosen;
    std::vector<std::uint8_t> likeliest; // those of the largest alphas
    std::vector<Lot> lots{Space::lots};
    typename Costs::Counts counts{};
    std::vector<double> activation_shares;

    explicit SettleBits(const std::vector<std::uint8_t>& start) : chosen(start), likeliest(start) {
        Space::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t, std::uint32_t allowed) {
            lots[lot] = {first, allowed, -1};
        });
        for (std::size_t g = 0; g < Space::groups; ++g)
            if (const int first = Space::analysis.first_lot[g]; first >= 0)
                for (int c = 0; c < (Space::per_channel ? Space::graph.groups[g].width : 1); ++c)
                    lots[static_cast<std::size_t>(first + c)].group = static_cast<int>(g);
        const std::vector<double> shares = Shares::one_hot(chosen);
        counts = Costs::counts(shares);
        activation_shares.assign(shares.begin() + Space::first_activation_share, shares.end());
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

    std::array<double, limits> costs() const {
        using Traits = RegularizerTraits<typename Search::regularizer>;
        return [&]<std::size_t... L>(std::index_sequence<L...>) {
            constexpr auto indices = Traits::template cost_indices<typename Search::costs>;
            return std::array<double, limits>{
                Costs::of_counts(cost_at<static_cast<std::size_t>(indices[L]), typename Search::costs>,
                                 counts, activation_shares)...};
        }
        (std::make_index_sequence<limits>{});
    }
    static bool within(const std::array<double, limits>& costs) {
        for (std::size_t l = 0; l < limits; ++l)
            if (costs[l] > Search::limits[l])
                return false;
        return true;
    }
    bool meets_limits() const { return within(costs()); }

    /// Steps down until all limits hold, or up as long as they do; how many lots have changed.
    int walk(std::span<const double> all, bool lower) {
        const std::vector<std::uint8_t> before = chosen;
        std::vector<Step> steps;
        const auto push = [&](std::size_t lot) {
            const std::uint8_t to = next(lot, lower);
            if (to == chosen[lot])
                return;
            const std::size_t first = lots[lot].first;
            steps.push_back({lot, all[first + likeliest[lot]] - all[first + to]});
            std::push_heap(steps.begin(), steps.end(), later);
        };
        for (std::size_t lot = 0; lot < lots.size(); ++lot)
            push(lot);
        std::array<double, limits> now = costs();
        while (!steps.empty() && !(lower && within(now))) {
            std::pop_heap(steps.begin(), steps.end(), later);
            const std::size_t lot = steps.back().lot;
            steps.pop_back();
            const std::uint8_t from = chosen[lot];
            set(lot, next(lot, lower));
            const std::array<double, limits> then = costs();
            bool dearer = false, cheaper = false;
            for (std::size_t l = 0; l < limits; ++l) {
                dearer = dearer || then[l] > now[l];
                cheaper = cheaper || (now[l] > Search::limits[l] && then[l] < now[l]);
            }
            // Costs that count blocks of channels may need several steps of weights until they change.
            const bool helps = lot < Space::weight_lots ? !lower || cheaper || !dearer
                               : lower                  ? cheaper
                                                        : dearer;
            if (!helps || (!lower && !within(then))) {
                set(lot, from);
                continue;
            }
            now = then;
            push(lot);
        }
        int changed = 0;
        for (std::size_t lot = 0; lot < lots.size(); ++lot)
            changed += chosen[lot] != before[lot];
        return changed;
    }
    int lowest() {
        int changed = 0;
        for (std::size_t lot = 0; lot < lots.size(); ++lot) {
            const std::uint8_t from = chosen[lot];
            while (next(lot, true) != chosen[lot])
                set(lot, next(lot, true));
            changed += chosen[lot] != from;
        }
        return changed;
    }
    static bool later(const Step& a, const Step& b) {
        return a.regret != b.regret ? a.regret > b.regret : a.lot > b.lot;
    }
};

} // namespace pliny
