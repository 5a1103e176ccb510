// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/search_space.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>
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
    static void for_each_group(std::span<Number> flat, Function f) {
        for (std::size_t g = 0; g < Space::groups; ++g)
            if (space.trainable[g])
                f(g, flat.subspan(static_cast<std::size_t>(space.offset[g]),
                                  static_cast<std::size_t>(graph.groups[g].width)));
    }

    /// theta of every channel.
    static std::vector<double> thetas(std::span<const double> alpha) {
        std::vector<double> theta(alpha.size());
        std::transform(alpha.begin(), alpha.end(), theta.begin(), [](double a) { return std::abs(a); });
        for_each_group(std::span(theta), [](std::size_t, std::span<double> group) { group.back() = 1; });
        return theta;
    }
    /// 1 for a channel alive, 0 for a dead one.
    static std::vector<double> masks(std::span<const double> alpha) {
        std::vector<double> mask = thetas(alpha);
        for_each_group(std::span(mask), [](std::size_t, std::span<double> group) {
            if constexpr (Space::multiple > 1)
                round_up(group);
            else
                for (double& theta : group)
                    theta = theta > threshold ? 1 : 0;
        });
        return mask;
    }
    /// Number of channels of every group of the plan: the sum of mask or of theta, the full width of a frozen
    /// group.
    static std::array<double, Space::groups> widths(std::span<const double> flat) {
        auto widths = full_widths<double>(graph);
        for_each_group(flat, [&](std::size_t g, std::span<const double> group) {
            widths[g] = std::accumulate(group.begin(), group.end(), 0.0);
        });
        return widths;
    }
    /// d(theta)/d(alpha) times `gradient`: sign(alpha), 0 for the channel that is always alive and, by that
    /// sign, at alpha = 0 (straight through the threshold).
    static void through_theta(std::span<const double> alpha, std::span<double> gradient) {
        for (std::size_t c = 0; c < alpha.size(); ++c)
            gradient[c] *= alpha[c] > 0 ? 1 : alpha[c] < 0 ? -1 : 0;
        for_each_group(gradient, [](std::size_t, std::span<double> group) { group.back() = 0; });
    }

private:
    static void round_up(std::span<double> theta) {
        std::vector<std::size_t> order(theta.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return std::pair(b + 1 == theta.size(), theta[b]) <
                   std::pair(a + 1 == theta.size(), theta[a]); // the last one first
        });
        const auto above = static_cast<std::size_t>(
            std::count_if(theta.begin(), theta.end(), [](double t) { return t > threshold; }));
        constexpr std::size_t n = Space::multiple;
        const std::size_t alive = (above + n - 1) / n * n;
        for (std::size_t rank = 0; rank < order.size(); ++rank)
            theta[order[rank]] = rank < alive ? 1 : 0;
    }
};

} // namespace pliny
