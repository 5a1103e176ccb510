// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/assignment.hpp>
#include <pliny/methods/mps.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace pliny {

/// Gives channels more bits where that does not raise a cost, or lowers it: accelerators work on blocks of
/// channels, so a block begun for few channels of one precision is lost. For every group of channels and pair
/// of precisions it moves the channels that lose the least alpha by it, as many as make the cost smallest,
/// and more where it stays the same. No channel gets fewer bits, pruned ones stay pruned, the cost never
/// rises.
template <class Search>
    requires(Search::bit_space::per_channel)
class RefineBits {
    using Space = typename Search::bit_space;
    using Program = Architecture<Search>;
    Assignment<Search> now;

public:
    /// `numbers`: as Settle takes them; how many channels got more bits.
    template <class CostType>
    static int apply(const CostType& cost, std::vector<double>& numbers) {
        const std::span<double> all = std::span(numbers).subspan(Program::first_bit_number);
        RefineBits refining(numbers);
        const auto before = refining.now.chosen;
        while (refining.improve(cost, all)) {
        }
        refining.now.prefer(before, all);
        int promoted = 0;
        for (std::size_t lot = 0; lot < Space::weight_lots; ++lot)
            promoted += refining.now.chosen[lot] != before[lot];
        return promoted;
    }

private:
    explicit RefineBits(std::span<const double> numbers) : now(numbers) {}

    /// Makes the best move there is of some channels of one group; false where none lowers the cost or keeps
    /// it with more bits.
    template <class CostType>
    bool improve(const CostType& cost, std::span<const double> all) {
        const double reached = now.cost(cost);
        double best = reached;
        std::vector<std::size_t> moved;
        std::uint8_t target = 0;
        for (std::size_t g = 0; g < Space::groups; ++g)
            for (std::size_t from = Space::prunes ? 1 : 0; from < Space::weight_candidates; ++from)
                for (std::size_t to = from + 1; to < Space::weight_candidates; ++to) {
                    const std::vector<std::size_t> lots = channels(g, from, to, all);
                    for (std::size_t n = 0; n < lots.size(); ++n) {
                        now.set_candidate(lots[n], static_cast<std::uint8_t>(to));
                        const double then = now.cost(cost);
                        if (then < best || (then == best && n + 1 > moved.size())) {
                            best = then;
                            moved.assign(lots.begin(), lots.begin() + static_cast<std::ptrdiff_t>(n + 1));
                            target = static_cast<std::uint8_t>(to);
                        }
                    }
                    for (std::size_t lot : lots)
                        now.set_candidate(lot, static_cast<std::uint8_t>(from));
                }
        for (std::size_t lot : moved)
            now.set_candidate(lot, target);
        return !moved.empty();
    }
    /// The channels of a group that have a precision and may have another, the least regret first.
    std::vector<std::size_t> channels(std::size_t group, std::size_t from, std::size_t to,
                                      std::span<const double> all) const {
        std::vector<std::size_t> lots;
        const int first = Space::analysis.first_lot[group];
        for (int c = 0; first >= 0 && c < Space::graph.groups[group].width; ++c) {
            const auto lot = static_cast<std::size_t>(first + c);
            if (now.counts(lot) && now.chosen[lot] == from && (now.lots[lot].allowed >> to & 1))
                lots.push_back(lot);
        }
        const auto regret = [&](std::size_t lot) {
            return all[now.lots[lot].first + from] - all[now.lots[lot].first + to];
        };
        std::stable_sort(lots.begin(), lots.end(),
                         [&](std::size_t a, std::size_t b) { return regret(a) < regret(b); });
        return lots;
    }
};

} // namespace pliny
