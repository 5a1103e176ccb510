// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/search_space.hpp>

#include <array>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace pliny {

/// The arithmetic of PIT's masks on the flat vector of the alphas of widths (formulas of PLiNIO). theta =
/// |alpha|, but 1 for the last channel of each group, which is always alive; a channel is alive while theta >
/// 0.5. With Multiple<N> the channels with the largest theta among the dead come back until their number is a
/// multiple of N.
template <class Space>
struct Alive {
    static constexpr double threshold = 0.5;
    static constexpr const auto& graph = Space::graph;
    static constexpr const auto& space = Space::analysis;

    /// Calls f(group, alphas or masks of that group) for every trainable group.
    template <class Number, class Function>
    static constexpr void for_each_group(std::span<Number> flat, Function f) {
        for (std::size_t g = 0; g < Space::groups; ++g)
            if (space.trainable[g])
                f(g, flat.subspan(static_cast<std::size_t>(space.offset[g]),
                                  static_cast<std::size_t>(graph.groups[g].width)));
    }

    /// theta of every channel.
    static std::vector<double> thetas(std::span<const double> alpha) {
        std::vector<double> theta(alpha.begin(), alpha.end());
        relax(theta);
        return theta;
    }
    /// 1 for a channel alive, 0 for a dead one.
    static std::vector<double> masks(std::span<const double> alpha) {
        std::vector<double> mask = thetas(alpha);
        decide(mask);
        return mask;
    }
    /// theta in place of alpha, and masks in place of theta.
    static constexpr void relax(std::span<double> alpha) {
        for (double& a : alpha)
            a = a < 0 ? -a : a;
        for_each_group(alpha, [](std::size_t, std::span<double> group) { group.back() = 1; });
    }
    static constexpr void decide(std::span<double> theta) {
        for_each_group(theta, [](std::size_t, std::span<double> group) {
            if constexpr (Space::multiple > 1)
                round_up(group);
            else
                for (double& t : group)
                    t = t > threshold ? 1 : 0;
        });
    }
    /// Number of channels of every group of the plan: the sum of mask or of theta, the full width of a frozen
    /// group.
    static constexpr std::array<double, Space::groups> widths(std::span<const double> flat) {
        auto widths = full_widths<double>(graph);
        for_each_group(flat, [&](std::size_t g, std::span<const double> group) {
            widths[g] = std::accumulate(group.begin(), group.end(), 0.0);
        });
        return widths;
    }
    /// d(theta)/d(alpha) times `gradient`: sign(alpha), 0 for the channel that is always alive and, by that
    /// sign, at alpha = 0 (straight through the threshold).
    static constexpr void through_theta(std::span<const double> alpha, std::span<double> gradient) {
        for (std::size_t c = 0; c < alpha.size(); ++c)
            gradient[c] *= alpha[c] > 0 ? 1 : alpha[c] < 0 ? -1 : 0;
        for_each_group(gradient, [](std::size_t, std::span<double> group) { group.back() = 0; });
    }

private:
    /// The channels above the threshold live, and of the others those with the largest theta, the first of
    /// equals, until their number is a multiple. NaN is the least.
    static constexpr void round_up(std::span<double> theta) {
        constexpr std::size_t n = Space::multiple;
        constexpr double dead = 0, alive = 2; // dead ones hold a theta of 0 to threshold
        std::size_t above = 0;
        for (double& t : theta) {
            const bool lives = t > threshold;
            above += lives;
            t = lives ? alive : t == t ? t : -1;
        }
        for (; above % n != 0; ++above) {
            std::size_t best = theta.size();
            for (std::size_t c = 0; c < theta.size(); ++c)
                if (theta[c] != alive && (best == theta.size() || theta[c] > theta[best]))
                    best = c;
            theta[best] = alive;
        }
        for (double& t : theta)
            t = t == alive ? 1 : dead;
    }
};

} // namespace pliny
