// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/assignment.hpp>
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
    static constexpr std::size_t limits = Search::limits.size();

public:
    /// `all`: a number for each share, of which the alphas are changed.
    static SettledBits apply(std::vector<double>& all) {
        SettledBits settled;
        if constexpr (limits > 0) {
            const auto before = Shares::largest(all);
            SettleBits settling(before);
            if (!settling.meets_limits())
                settling.walk(all, true);
            if (!settling.meets_limits())
                settling.cheapest();
            if (!settling.meets_limits())
                throw std::invalid_argument(
                    "found no choice of bits that meets all limits at once, although the "
                    "bounds of each allow it; raise one of them");
            while (settling.walk(all, false)) { // a step may make room for another
            }
            settling.now.prefer(before, all);
            for (std::size_t lot = 0; lot < before.size(); ++lot) {
                settled.lowered += settling.now.chosen[lot] < before[lot];
                settled.raised += settling.now.chosen[lot] > before[lot];
            }
        }
        return settled;
    }

private:
    struct Step {
        std::size_t lot;
        double regret; // alpha lost against the largest
    };
    BitAssignment<Space> now;
    std::vector<std::uint8_t> likeliest; // the candidates of the largest alphas

    explicit SettleBits(const std::vector<std::uint8_t>& start) : now(start), likeliest(start) {}

    std::array<double, limits> costs() const {
        using Traits = RegularizerTraits<typename Search::regularizer>;
        return [&]<std::size_t... Place>(std::index_sequence<Place...>) {
            constexpr auto indices = Traits::template cost_indices<typename Search::costs>;
            return std::array<double, limits>{
                now.cost(cost_at<static_cast<std::size_t>(indices[Place]), typename Search::costs>)...};
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

    /// Steps down until all limits hold, or up as long as they do; whether a lot has changed.
    bool walk(std::span<const double> all, bool lower) {
        const std::vector<std::uint8_t> before = now.chosen;
        std::vector<Step> steps;
        const auto push = [&](std::size_t lot) {
            const std::uint8_t to = now.next(lot, lower);
            if (to == now.chosen[lot])
                return;
            const std::size_t first = now.lots[lot].first;
            steps.push_back({lot, all[first + likeliest[lot]] - all[first + to]});
            std::push_heap(steps.begin(), steps.end(), later);
        };
        for (std::size_t lot = 0; lot < now.lots.size(); ++lot)
            push(lot);
        std::array<double, limits> reached = costs();
        while (!steps.empty() && !(lower && within(reached))) {
            std::pop_heap(steps.begin(), steps.end(), later);
            const std::size_t lot = steps.back().lot;
            steps.pop_back();
            const std::uint8_t from = now.chosen[lot];
            now.set(lot, now.next(lot, lower));
            const std::array<double, limits> then = costs();
            bool dearer = false, cheaper = false;
            for (std::size_t l = 0; l < limits; ++l) {
                dearer = dearer || then[l] > reached[l];
                cheaper = cheaper || (reached[l] > Search::limits[l] && then[l] < reached[l]);
            }
            // Costs that count blocks of channels may need several steps of weights until they change.
            const bool helps = lot < Space::weight_lots ? !lower || cheaper || !dearer
                               : lower                  ? cheaper
                                                        : dearer;
            if (!helps || (!lower && !within(then))) {
                now.set(lot, from);
                continue;
            }
            reached = then;
            push(lot);
        }
        return now.chosen != before;
    }
    /// How far the limits are exceeded, in units of them.
    double excess() const {
        const std::array<double, limits> reached = costs();
        double sum = 0;
        for (std::size_t l = 0; l < limits; ++l)
            sum += std::max(0.0, reached[l] / Search::limits[l] - 1);
        return sum;
    }
    /// For costs that rise where a layer has several precisions, or where it has fewer bits: one candidate
    /// for all lots, then for those of each group of channels, the one that exceeds the limits least, more
    /// bits first.
    void cheapest() {
        std::vector<std::vector<std::size_t>> together(1);
        for (std::size_t lot = 0; lot < now.lots.size(); ++lot)
            together[0].push_back(lot);
        for (std::size_t lot = 0; lot < now.lots.size(); ++lot) {
            const bool same = lot > 0 && now.lots[lot].group >= 0 && Space::per_channel &&
                              now.lots[lot].group == now.lots[lot - 1].group;
            if (!same)
                together.emplace_back();
            together.back().push_back(lot);
        }
        constexpr std::size_t most = std::max(Space::weight_candidates, Space::activation_candidates);
        double best = excess();
        for (bool better = true; better && best > 0;) {
            better = false;
            for (const std::vector<std::size_t>& lots : together)
                for (std::size_t i = most; i-- > 0;) {
                    const std::vector<std::uint8_t> before = now.chosen;
                    for (std::size_t lot : lots)
                        now.set(lot, nearest(lot, i));
                    if (const double reached = excess(); reached < best) {
                        best = reached;
                        better = true;
                    } else {
                        for (std::size_t lot : lots)
                            now.set(lot, before[lot]);
                    }
                }
        }
    }
    /// The candidate of a lot that is allowed and comes next below a number, or else above.
    std::uint8_t nearest(std::size_t lot, std::size_t candidate) const {
        for (std::size_t i = candidate + 1; i-- > 0;)
            if (now.lots[lot].allowed >> i & 1)
                return static_cast<std::uint8_t>(i);
        std::size_t i = candidate;
        while (!(now.lots[lot].allowed >> i & 1))
            ++i;
        return static_cast<std::uint8_t>(i);
    }
    static bool later(const Step& a, const Step& b) {
        return a.regret != b.regret ? a.regret > b.regret : a.lot > b.lot;
    }
};

} // namespace pliny
