// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/alive.hpp>
#include <pliny/methods/choice_shares.hpp>
#include <pliny/methods/found.hpp>
#include <pliny/methods/search.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pliny {

/// How many shares, numbers and decisions of bits a search has; none without Bits.
template <class Space>
struct BitSizes {
    static constexpr std::size_t lots = Space::lots, weight_lots = Space::weight_lots, shares = Space::shares,
                                 first_alpha = Space::alphas > 0 ? Space::first_alpha : 0,
                                 alphas = Space::alphas;
};
template <>
struct BitSizes<void> {
    static constexpr std::size_t lots = 0, weight_lots = 0, shares = 0, first_alpha = 0, alphas = 0;
};

/// The arithmetic of a search between alpha and what layers, costs and limits read: one program over memory
/// of a static layout, which allocates nothing. The flat alpha has the numbers of the widths first, then
/// those of the choices, then those of the bits that there is something to choose among.
template <class SearchType>
struct Architecture {
    using Net = typename SearchType::network;
    using Widths = typename SearchType::space;
    using AliveChannels = Alive<Widths>;
    using Choices = ChoiceShares<Net>;
    using BitSpaceType = typename SearchType::bit_space;
    using Prices = typename SearchType::prices;
    using Sampling = typename SearchType::choice_options::sampling;
    using Sizes = BitSizes<BitSpaceType>;
    static constexpr const auto& graph = plan<Net>;
    static constexpr bool has_bits = SearchType::quantizes;

    static constexpr std::size_t groups = Widths::groups;
    static constexpr std::size_t masks = static_cast<std::size_t>(Widths::first_choice_alpha);
    static constexpr std::size_t first_bit_number = masks + Choices::size;
    static constexpr std::size_t numbers = first_bit_number + Sizes::shares;
    static constexpr std::size_t shares = Choices::size + Sizes::shares; // of which each has its noise
    static constexpr std::size_t alphas = first_bit_number + Sizes::alphas;

    /// The number of each decision from the flat alpha, and back: candidates without an alpha have 0.
    template <class Number>
    static constexpr void spread(std::span<const Number> alpha, std::span<double> all) {
        std::copy_n(alpha.begin(), first_bit_number, all.begin());
        std::fill(all.begin() + first_bit_number, all.end(), 0.0);
        std::copy_n(alpha.begin() + first_bit_number, Sizes::alphas,
                    all.begin() + first_bit_number + Sizes::first_alpha);
    }
    static constexpr void gather(std::span<const double> all, std::span<double> alpha) {
        std::copy_n(all.begin(), first_bit_number, alpha.begin());
        std::copy_n(all.begin() + first_bit_number + Sizes::first_alpha, Sizes::alphas,
                    alpha.begin() + first_bit_number);
    }

    /// What the alphas say at a moment.
    struct State {
        std::array<double, numbers> number{};
        double temperature = 1;
        std::array<double, Sampling::noisy ? Choices::size + Sizes::shares : 0> noise{}; // while searching
        bool discrete = false; // the largest alphas count alone, of all decisions
        std::array<double, masks> mask{};
        std::array<double, groups> widths{}; // as costs count them
        std::array<double, masks> counted{}; // channels, likewise: masks, or thetas
        // Of choices: what gradients go through, and what counts.
        std::array<double, Choices::size> soft{}, shares{};
        // Of bits: the same; the candidate of each lot where one counts alone; of lots of weights, how strong
        // they are in a mixture.
        std::array<double, Sizes::shares> bit_soft{}, bit_shares{};
        std::array<std::uint8_t, Sizes::lots> chosen{};
        std::array<double, Sizes::weight_lots> strength{};
        bool alone = true;

        /// Whether it comes of the same alphas, temperature and noise.
        constexpr bool made_of_same(const State& other) const {
            return discrete == other.discrete && temperature == other.temperature && number == other.number &&
                   (discrete || noise == other.noise);
        }
        /// Whether a channel of a group is pruned by neither its mask nor, where one candidate counts alone,
        /// 0 bits.
        constexpr bool lives(std::size_t group, std::size_t channel) const {
            if (Widths::analysis.trainable[group])
                return mask[static_cast<std::size_t>(Widths::analysis.offset[group]) + channel] > 0;
            if constexpr (has_bits)
                if (const int first = BitSpaceType::analysis.first_lot[group];
                    BitSpaceType::prunes && alone && first >= 0)
                    return chosen[static_cast<std::size_t>(first) + channel] > 0;
            return true;
        }
        constexpr std::span<const double> width_numbers() const { return std::span(number).first(masks); }
        constexpr std::span<const double> choice_numbers() const {
            return std::span(number).subspan(masks, Choices::size);
        }
        constexpr std::span<const double> bit_numbers() const {
            return std::span(number).subspan(first_bit_number);
        }
    };

    /// Derivatives by all that costs read.
    struct Slopes {
        std::array<double, groups> by_width{};
        std::array<double, masks> by_mask{};
        std::array<double, Choices::size> by_theta{};
        std::array<double, Sizes::shares> by_share{};
    };

    /// All of a state from its numbers, temperature and noise.
    static constexpr void relax(State& now) {
        const std::span<const double> noise =
            now.discrete ? std::span<const double>() : std::span<const double>(now.noise);
        relax_widths(now);
        if constexpr (Choices::size > 0)
            relax_choices(now, noise.empty() ? noise : noise.first(Choices::size));
        if constexpr (has_bits)
            relax_bits(now, noise.empty() ? noise : noise.subspan(Choices::size));
    }

    /// The channels that live.
    static KeptChannels<Net> kept(const State& now) {
        KeptChannels<Net> kept;
        for (std::size_t g = 0; g < kept.size(); ++g)
            for (int c = 0; c < graph.groups[g].width; ++c)
                if (now.lives(g, static_cast<std::size_t>(c)))
                    kept[g].push_back(c);
        return kept;
    }
    template <class CostType>
    static constexpr double cost(const CostType& metric, const State& now) {
        return Prices::of(metric, Prices::numbers(now));
    }
    /// The cost, with its derivatives, times `scale`, added.
    template <class CostType>
    static constexpr double add_slopes(const CostType& metric, const State& now, Slopes& slopes,
                                       double scale) {
        return Prices::add_slopes(metric, now, slopes, scale);
    }
    /// From these to the derivatives by the flat alpha: straight through thresholds and what counts alone.
    /// `slopes` are written over.
    static constexpr void through(const State& now, Slopes& slopes, std::span<double> by_alpha) {
        AliveChannels::for_each_group(std::span<double>(slopes.by_mask),
                                      [&](std::size_t g, std::span<double> group) {
                                          for (double& slope : group)
                                              slope += slopes.by_width[g];
                                      });
        AliveChannels::through_theta(now.width_numbers(), slopes.by_mask);
        std::copy(slopes.by_mask.begin(), slopes.by_mask.end(), by_alpha.begin());
        if constexpr (Choices::size > 0) {
            Choices::through_softmax(now.soft, now.temperature, slopes.by_theta);
            std::copy(slopes.by_theta.begin(), slopes.by_theta.end(), by_alpha.begin() + masks);
        }
        if constexpr (has_bits)
            through_bits(now, slopes.by_share, by_alpha);
    }
    /// Of bits alone, from the derivatives by their shares, which are written over.
    static constexpr void through_bits(const State& now, std::span<double> by_share,
                                       std::span<double> by_alpha) {
        SearchType::bits::template Shares<BitSpaceType>::through_softmax(now.bit_soft, now.temperature,
                                                                         by_share);
        std::copy_n(by_share.begin() + Sizes::first_alpha, Sizes::alphas,
                    by_alpha.begin() + first_bit_number);
    }

private:
    static constexpr void relax_widths(State& now) {
        std::copy_n(now.number.begin(), masks, now.mask.begin());
        AliveChannels::relax(now.mask);
        if constexpr (SearchType::relaxed)
            now.counted = now.mask;
        AliveChannels::decide(now.mask);
        if constexpr (!SearchType::relaxed)
            now.counted = now.mask;
        now.widths = AliveChannels::widths(std::span<const double>(now.counted));
    }
    static constexpr void relax_choices(State& now, std::span<const double> noise) {
        const std::span<const double> own = now.choice_numbers();
        std::array<double, Choices::size> noisy{};
        for (std::size_t a = 0; a < noisy.size(); ++a)
            noisy[a] = own[a] + (noise.empty() ? 0 : noise[a]);
        std::copy(own.begin(), own.end(), now.soft.begin());
        if constexpr (!Sampling::scored)
            now.soft = noisy;
        Choices::soften(now.soft, now.temperature);
        if (now.discrete)
            now.shares = one_hot(graph, Choices::largest(own));
        else if constexpr (!Sampling::hard) {
            now.shares = now.soft;
        } else {
            Choices::soften(noisy, now.temperature);
            now.shares = one_hot(graph, Choices::largest(noisy));
        }
    }
    static constexpr void relax_bits(State& now, std::span<const double> noise) {
        using Shares = typename SearchType::bits::template Shares<BitSpaceType>;
        const std::span<const double> own = now.bit_numbers();
        for (std::size_t i = 0; i < own.size(); ++i)
            now.bit_soft[i] = own[i] + (noise.empty() ? 0 : noise[i]);
        now.alone = now.discrete || Sampling::hard || Sizes::alphas == 0;
        if (now.alone)
            Shares::largest(now.bit_soft, now.chosen);
        Shares::soften(now.bit_soft, now.temperature);
        if (now.alone) {
            Shares::one_hot(now.chosen, now.bit_shares);
        } else {
            now.bit_shares = now.bit_soft;
            Shares::strengths(now.bit_soft, now.temperature, now.strength);
        }
    }
};

} // namespace pliny
