// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>

namespace pliny {

/// Names layers, by path (`"classifier.6"`, `"features"` with all below it) or by kind (`Kind::Linear`).
struct LayerKey {
    Path path{};
    Kind kind = Kind::Input;
    bool by_path = false;

    template <std::size_t Length>
    constexpr LayerKey(const char (&name)[Length]) : path(name), by_path(true) {}
    constexpr LayerKey(Kind k) : kind(k) {}
    constexpr LayerKey(const Path& name, Kind k, bool is_path) // how nvcc spells one
        : path(name), kind(k), by_path(is_path) {}
    constexpr bool matches(const Row& row) const {
        if (by_path)
            return row.has_weights() && path.covers(row.path);
        return row.facts.kind == kind && kind != Kind::Input;
    }
};

namespace roles {
/// Of which a search takes several parts.
struct Exclude {
    static constexpr bool repeatable = true;
};
} // namespace roles

/// Layers that a search leaves as they are; the mask groups that they touch, before and behind, are frozen.
template <LayerKey... Keys>
struct Exclude {
    using role = roles::Exclude;
    static constexpr bool matches(const Row& row) { return (Keys.matches(row) || ...); }
    /// Every key names some layer of the plan.
    template <class AnyPlan>
    static constexpr bool all_found(const AnyPlan& plan) {
        const auto found = [&](const LayerKey& key) {
            for (const Row& row : plan.rows)
                if (key.matches(row))
                    return true;
            return false;
        };
        return (found(Keys) && ...);
    }
};

} // namespace pliny
