// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/architecture.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pliny {

/// A network that a search can find, and what it costs: which channels live, which path is taken, which
/// candidate of bits each lot has. Changed decision by decision.
template <class Search>
class Assignment {
    using Program = Architecture<Search>;
    using Widths = typename Program::Widths;
    using Space = typename Program::BitSpaceType;
    using Prices = typename Search::prices;
    using Sizes = typename Program::Sizes;
    static constexpr bool has_bits = Search::quantizes;
    static constexpr std::size_t limits = Search::limits.size();

public:
    static constexpr const auto& graph = Program::graph;
    using Path = typename Program::Choices::Chosen;

    struct Lot {
        std::size_t first = 0; // of its numbers, among those of bits
        std::size_t count = 0;
        std::uint32_t allowed = 0;
        int group = -1; // -1: of activations
    };
    std::vector<double> mask;
    Path path{};
    std::vector<std::uint8_t> chosen; // candidate of each lot
    std::vector<Lot> lots{Sizes::lots};

    Assignment(const Assignment&) = delete; // its numbers look at one another
    /// What the numbers of a search decide, see Architecture.
    explicit Assignment(std::span<const double> numbers)
        : mask(Program::AliveChannels::masks(numbers.first(Program::masks))), chosen(Sizes::lots) {
        now.widths = Program::AliveChannels::widths(std::span<const double>(mask));
        path = Program::Choices::largest(numbers.subspan(Program::masks, Program::Choices::size));
        if constexpr (has_bits) {
            Search::bits::template Shares<Space>::largest(numbers.subspan(Program::first_bit_number), chosen);
            Space::for_each_lot(
                [&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t allowed) {
                    lots[lot] = {first, count, allowed, -1};
                });
            for (std::size_t g = 0; g < Widths::groups; ++g)
                if (const int first = Space::analysis.first_lot[g]; first >= 0)
                    for (int c = 0; c < (Space::per_channel ? graph.groups[g].width : 1); ++c)
                        lots[static_cast<std::size_t>(first + c)].group = static_cast<int>(g);
        }
        count();
    }

    /// Lets the channel of a mask die, or live.
    void set_alive(std::size_t group, std::size_t channel, bool alive) {
        mask[channel] = alive ? 1 : 0;
        const double change = alive ? 1 : -1;
        now.widths[group] += change;
        if constexpr (has_bits)
            if (const int first = Space::analysis.first_lot[group]; first >= 0) {
                const std::size_t own =
                    Space::per_channel ? channel - static_cast<std::size_t>(Widths::analysis.offset[group])
                                       : 0;
                now.counts[group][chosen[static_cast<std::size_t>(first) + own]] += change;
            }
    }
    /// Gives a lot another candidate.
    void set_candidate(std::size_t lot, std::uint8_t candidate) requires has_bits {
        if (lot >= Sizes::weight_lots) {
            double* own = activation_shares.data() + (lots[lot].first - lots[Sizes::weight_lots].first);
            own[chosen[lot]] = 0;
            own[candidate] = 1;
        } else {
            for (std::size_t g = 0; g < Widths::groups; ++g) { // with PerLayer, all groups of the lot
                if (Space::per_channel ? static_cast<int>(g) != lots[lot].group
                                       : Space::analysis.first_lot[g] != static_cast<int>(lot))
                    continue;
                const double channels = Space::per_channel ? double(lives(lot)) : now.widths[g];
                now.counts[g][chosen[lot]] -= channels;
                now.counts[g][candidate] += channels;
            }
        }
        chosen[lot] = candidate;
    }
    /// The next candidate of a lot with fewer or more bits; the same where there is none.
    std::uint8_t next(std::size_t lot, bool lower) const {
        const int count = static_cast<int>(lots[lot].count);
        for (int i = chosen[lot] + (lower ? -1 : 1); i >= 0 && i < count; i += lower ? -1 : 1)
            if (lots[lot].allowed >> i & 1)
                return static_cast<std::uint8_t>(i);
        return chosen[lot];
    }
    /// Whether the weights of a lot are there: on the path, and not of a channel whose mask is 0.
    bool counts(std::size_t lot) const requires has_bits {
        if (lots[lot].group < 0)
            return true;
        if constexpr (!Space::per_channel) {
            for (std::size_t g = 0; g < Widths::groups; ++g)
                if (Space::analysis.first_lot[g] == static_cast<int>(lot) && on_path[g])
                    return true;
            return false;
        } else {
            return on_path[static_cast<std::size_t>(lots[lot].group)] && lives(lot);
        }
    }

    template <class CostType>
    double cost(const CostType& metric) const {
        return Prices::of(metric, now);
    }
    /// What the cost of each limit is, and whether all hold.
    std::array<double, limits> costs() const {
        return of_each_limit([&](const auto& metric) { return cost(metric); });
    }
    bool meets_limits() const { return within(costs()); }
    static bool within(const std::array<double, limits>& costs) {
        for (std::size_t l = 0; l < limits; ++l)
            if (costs[l] > Search::limits[l])
                return false;
        return true;
    }
    /// What `price(cost)` gives for the cost of each limit.
    template <class Price>
    static std::array<double, limits> of_each_limit(const Price& price) {
        std::array<double, limits> prices{};
        detail::for_each_limit<Search>([&]<std::size_t Place, auto Metric>() {
            prices[Place] = static_cast<double>(price(Metric));
        });
        return prices;
    }

    /// Makes the numbers of what is chosen the largest of their lots where another was `before`.
    void prefer(std::span<const std::uint8_t> before, std::span<double> bit_numbers) const {
        for (std::size_t lot = 0; lot < lots.size(); ++lot)
            if (chosen[lot] != before[lot])
                bit_numbers[lots[lot].first + chosen[lot]] =
                    detail::just_above(bit_numbers[lots[lot].first + before[lot]]);
    }

private:
    typename Prices::Numbers now{}; // which looks at what follows
    std::vector<double> activation_shares;
    std::array<double, Program::Choices::size> thetas{};
    std::array<bool, Widths::groups> on_path{};

    bool lives(std::size_t lot) const requires has_bits {
        const auto g = static_cast<std::size_t>(lots[lot].group);
        const std::size_t channel = lot - static_cast<std::size_t>(Space::analysis.first_lot[g]);
        return !Widths::analysis.trainable[g] ||
               mask[static_cast<std::size_t>(Widths::analysis.offset[g]) + channel] > 0;
    }
    void count() {
        thetas = one_hot(graph, path);
        now.thetas = thetas;
        on_path.fill(false);
        const auto running = running_alternatives(graph, path);
        for (int row = 0; row < graph.size(); ++row)
            if (runs(graph, row, running))
                for (const Segment& segment : graph.channels(row))
                    on_path[static_cast<std::size_t>(segment.group)] = true;
        if constexpr (has_bits) {
            const std::vector<double> shares = Search::bits::template Shares<Space>::one_hot(chosen);
            now.counts = Prices::counts(shares, now.widths, mask);
            activation_shares.assign(shares.begin() + Space::first_activation_share, shares.end());
            now.activation_shares = activation_shares;
        }
    }
};

} // namespace pliny
