// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/space.hpp>
#include <pliny/methods/row_positions.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace pliny {

/// The layers of a search for bits whose weights are quantized, and the lots of their channels.
template <class Space>
struct BitRows {
    static constexpr const auto& graph = Space::graph;

    /// How many of them there are, and where the tensors of one stand: a weight, where it has one a bias, and
    /// weight and bias of a norm behind it that fades with it. Norms that are folded in leave a bias.
    static constexpr std::size_t count = [] {
        std::size_t count = 0;
        for (int r = 1; r < graph.size(); ++r)
            count += Space::quantizes(r) ? 1 : 0;
        return count;
    }();
    static constexpr std::array<int, count> rows = [] {
        std::array<int, count> rows{};
        std::size_t next = 0;
        for (int r = 1; r < graph.size(); ++r)
            if (Space::quantizes(r))
                rows[next++] = r;
        return rows;
    }();
    /// Whether row is a kept norm whose scale and shift fade with the channels of the layer before.
    static constexpr bool fades(int row) { return Space::keeps_norms && Space::prunes && Space::folds(row); }
    /// Position of the weight of a row among the tensors of all.
    static constexpr std::size_t position(int row) { return positions[static_cast<std::size_t>(row)]; }
    /// Position of the scale of a norm that fades; its shift comes behind.
    static constexpr std::size_t norm_position(int norm) {
        return position(graph.input(norm)) + (Space::has_bias(graph.input(norm)) ? 2 : 1);
    }

    /// Where the learned step of a channel and candidate of a row stands among those of all; and how many
    /// there are. There is none for 0 bits.
    static constexpr std::size_t step_at(int row, std::size_t channel, std::size_t candidate) {
        return first_steps[static_cast<std::size_t>(row)] + channel * steps_each + candidate -
               (Space::prunes ? 1 : 0);
    }
    static constexpr std::size_t steps_each = Space::weight_candidates - (Space::prunes ? 1 : 0);
    static constexpr std::size_t steps = step_at(graph.size(), 0, Space::prunes ? 1 : 0);

    /// The lot of every output channel of a row.
    static std::vector<std::size_t> lots(int row) {
        std::vector<std::size_t> lots;
        for (const Segment& segment : graph.channels(row)) {
            const auto g = static_cast<std::size_t>(segment.group);
            for (int c = 0; c < graph.groups[g].width; ++c)
                lots.push_back(static_cast<std::size_t>(Space::analysis.first_lot[g]) +
                               (Space::per_channel ? static_cast<std::size_t>(c) : 0));
        }
        return lots;
    }
    static const std::vector<std::vector<std::size_t>>& all_lots() {
        static const std::vector<std::vector<std::size_t>> all = [] {
            std::vector<std::vector<std::size_t>> made;
            for (int row : rows)
                made.push_back(lots(row));
            return made;
        }();
        return all;
    }

    /// Runs of the weights of a channel that read channels which are not pruned, as `lives(group, channel)`
    /// tells; none where all are alive.
    template <class Lives>
    static std::vector<std::pair<std::int64_t, std::int64_t>> live_weights(int row, const Lives& lives) {
        std::vector<std::pair<std::int64_t, std::int64_t>> runs;
        std::int64_t next = 0;
        bool all = true;
        if (graph[row].facts.channels != Channels::Mix)
            return runs;
        for (const Segment& segment : graph.channels(graph.input(row))) {
            const auto g = static_cast<std::size_t>(segment.group);
            const std::int64_t each = segment.repeat * graph[row].facts.window.area();
            for (int c = 0; c < graph.groups[g].width; ++c, next += each) {
                if (!lives(g, static_cast<std::size_t>(c))) {
                    all = false;
                    continue;
                }
                if (!runs.empty() && runs.back().first + runs.back().second == next)
                    runs.back().second += each;
                else
                    runs.emplace_back(next, each);
            }
        }
        if (all)
            runs.clear();
        return runs;
    }

    /// Whether all values that a row reads lie on a signed grid, which is the coarser one.
    static constexpr bool reads_signed(int row) {
        return gives_signed(graph, Space::sites, graph.input(row));
    }

private:
    static constexpr auto positions = detail::row_positions<Space::rows>([](int row) {
        return Space::quantizes(row) ? (Space::has_bias(row) ? 2 : 1) + (fades(Space::kept_norm(row)) ? 2 : 0)
                                     : 0;
    });
    static constexpr auto first_steps = detail::row_positions<Space::rows>([](int row) {
        return Space::quantizes(row) ? graph[row].out().channels() * static_cast<std::int64_t>(steps_each)
                                     : 0;
    });
};

} // namespace pliny
