// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/space.hpp>
#include <pliny/methods/softmax.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pliny {

/// The arithmetic of the alphas of a search for bits.
template <class Space>
struct BitShares {
    /// A number for every alpha or share at the start: bits / most bits (PLiNIO).
    static std::vector<double> start() {
        std::vector<double> all(Space::shares);
        Space::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t) {
            for (std::size_t i = 0; i < count; ++i)
                all[first + i] = lot < Space::weight_lots ? share_of_most(Space::weight_bits, i)
                                                          : share_of_most(Space::activation_bits, i);
        });
        return all;
    }
    /// Alphas among numbers for all shares.
    template <class Number>
    static std::span<Number> alphas(std::span<Number> all) {
        return all.subspan(Space::alphas > 0 ? Space::first_alpha : 0, Space::alphas);
    }
    /// Numbers for all shares, those of `alpha` where there are alphas, else 0.
    static std::vector<double> all_of(std::span<const double> alpha) {
        std::vector<double> all(Space::shares);
        std::copy(alpha.begin(), alpha.end(), alphas(std::span(all)).begin());
        return all;
    }

    /// softmax(alpha / temperature), lot by lot, over the candidates allowed; `all`: a number for each share.
    static std::vector<double> softmax(std::span<const double> all, double temperature) {
        std::vector<double> theta(all.begin(), all.end());
        soften(theta, temperature);
        return theta;
    }
    /// The same in place of what it is of.
    static constexpr void soften(std::span<double> all, double temperature) {
        Space::for_each_lot([&](std::size_t, std::size_t first, std::size_t count, std::uint32_t allowed) {
            detail::soften(all.subspan(first, count), temperature, among(allowed));
        });
    }
    /// The candidate of every lot with the largest number, the first of equals.
    static std::vector<std::uint8_t> largest(std::span<const double> all) {
        std::vector<std::uint8_t> chosen(Space::lots);
        largest(all, chosen);
        return chosen;
    }
    static constexpr void largest(std::span<const double> all, std::span<std::uint8_t> chosen) {
        Space::for_each_lot(
            [&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t allowed) {
                chosen[lot] =
                    static_cast<std::uint8_t>(detail::largest(all.subspan(first, count), among(allowed)));
            });
    }
    /// Shares of 1 for what is chosen.
    static std::vector<double> one_hot(std::span<const std::uint8_t> chosen) {
        std::vector<double> shares(Space::shares);
        one_hot(chosen, shares);
        return shares;
    }
    static constexpr void one_hot(std::span<const std::uint8_t> chosen, std::span<double> shares) {
        std::fill(shares.begin(), shares.end(), 0.0);
        Space::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t, std::uint32_t) {
            shares[first + chosen[lot]] = 1;
        });
    }
    /// d(theta)/d(alpha) of softmax, times `gradient`.
    static constexpr void through_softmax(std::span<const double> theta, double temperature,
                                          std::span<double> gradient) {
        Space::for_each_lot([&](std::size_t, std::size_t first, std::size_t count, std::uint32_t) {
            detail::through_softmax(theta.subspan(first, count), temperature, gradient.subspan(first, count));
        });
    }

    /// By how much the weights of each lot that may be pruned are scaled while all candidates count, so that
    /// a channel begins at full strength, and fades from there only: with p the share of 0 bits and p0 that
    /// at the start, its candidates amount to (1 - p) / (1 - min(p, p0)), 1 for a kept channel, 0 for a
    /// pruned one.
    static std::vector<double> strengths(std::span<const double> theta, double temperature) {
        std::vector<double> strength(Space::weight_lots);
        strengths(theta, temperature, strength);
        return strength;
    }
    static constexpr void strengths(std::span<const double> theta, double temperature,
                                    std::span<double> strength) {
        std::fill(strength.begin(), strength.end(), 1.0);
        if constexpr (Space::prunes)
            Space::for_each_lot(
                [&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t allowed) {
                    if (lot >= Space::weight_lots)
                        return;
                    std::array<double, Space::weight_candidates> at_start{};
                    for (std::size_t i = 0; i < count; ++i)
                        at_start[i] = share_of_most(Space::weight_bits, i);
                    detail::soften(at_start, temperature, among(allowed));
                    strength[lot] = 1 / (1 - std::min(theta[first], at_start[0]));
                });
    }
    /// From the derivatives by strength x theta, for one lot, to those by theta.
    static constexpr void through_strength(std::span<const double> theta, double strength,
                                           std::span<double> gradient) {
        if constexpr (Space::prunes) {
            double by_strength = 0;
            for (std::size_t i = 1; i < gradient.size(); ++i) {
                by_strength += gradient[i] * theta[i];
                gradient[i] *= strength;
            }
            const bool follows = strength * (1 - theta[0]) >= 1 - 1e-12; // p <= p0
            gradient[0] = follows ? by_strength * strength * strength : 0;
        }
    }

private:
    template <std::size_t Count>
    static constexpr double share_of_most(const std::array<int, Count>& bits, std::size_t i) {
        return static_cast<double>(bits[i]) / bits.back();
    }
    /// Those whose bit is in a set.
    static constexpr auto among(std::uint32_t allowed) {
        return [allowed](std::size_t i) { return (allowed >> i & 1) != 0; };
    }
};

} // namespace pliny
