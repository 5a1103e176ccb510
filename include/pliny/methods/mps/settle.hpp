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
                settled.lowered = settling.walk(all, true);
            if (!settling.meets_limits()) // costs that rise where precisions mix: begin with the fewest bits
                settled.lowered = settling.lowest();
            settled.raised = settling.walk(all, false);
            if (!settling.meets_limits())
                throw std::invalid_argument(
                    "no choice of bits meets all limits at once, although the bounds of "
                    "each allow it; raise one of them");
            settling.now.prefer(before, all);
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
        return [&]<std::size_t... L>(std::index_sequence<L...>) {
            constexpr auto indices = Traits::template cost_indices<typename Search::costs>;
            return std::array<double, limits>{
                now.cost(cost_at<static_cast<std::size_t>(indices[L]), typename Search::costs>)...};
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
        int changed = 0;
        for (std::size_t lot = 0; lot < now.lots.size(); ++lot)
            changed += now.chosen[lot] != before[lot];
        return changed;
    }
    int lowest() {
        int changed = 0;
        for (std::size_t lot = 0; lot < now.lots.size(); ++lot) {
            const std::uint8_t from = now.chosen[lot];
            while (now.next(lot, true) != now.chosen[lot])
                now.set(lot, now.next(lot, true));
            changed += now.chosen[lot] != from;
        }
        return changed;
    }
    static bool later(const Step& a, const Step& b) {
        return a.regret != b.regret ? a.regret > b.regret : a.lot > b.lot;
    }
};

} // namespace pliny
