// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pliny::report {

/// What a network costs and how good it is.
struct Tradeoff {
    double cost = 0;    // less is better
    double quality = 0; // more is better
};

/// Whether `a` is as good as `b` in both and better in one.
constexpr bool dominates(const Tradeoff& a, const Tradeoff& b) {
    return a.cost <= b.cost && a.quality >= b.quality && (a.cost < b.cost || a.quality > b.quality);
}

/// For each, whether it is on the Pareto front: no other dominates it.
inline std::vector<bool> on_front(std::span<const Tradeoff> all) {
    std::vector<bool> front(all.size(), true);
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const Tradeoff& other : all)
            if (dominates(other, all[i]))
                front[i] = false;
    return front;
}

} // namespace pliny::report
