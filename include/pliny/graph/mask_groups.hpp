// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/row.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace pliny {

/// Which channels share a mask: union-find over runs of channels. Every Mix layer makes a run of its own;
/// Keep layers pass runs on, Join unites those of its inputs (and splits them where their borders differ),
/// Concat strings them together, Flatten repeats them. The input and the output of the network, and both
/// sides of a Fixed layer, are frozen.
class MaskGroups {
public:
    /// The groups, in order of their first layer.
    std::vector<Group> groups;
    /// Runs of channels; those of a row are segments[first_of_row[row] ... + count_of_row[row]). Rows with
    /// the same channels share them.
    std::vector<Segment> segments;
    std::vector<int> first_of_row;
    std::vector<int> count_of_row;

    constexpr MaskGroups(std::span<const Row> rows, std::span<const int> edges)
        : first_of_row(rows.size(), 0), count_of_row(rows.size(), 0) {
        nodes.reserve(rows.size());
        runs.reserve(rows.size());
        tensors.reserve(rows.size());
        for (std::size_t r = 0; r < rows.size(); ++r)
            tensors.push_back(output(rows[r], static_cast<int>(r), edges));
        freeze(tensors.front());
        freeze(tensors.back());
        name_groups();
    }

private:
    struct Node {
        int parent; // itself at the root
        int width;
        bool frozen;
        int first_row;
        int left = -1; // a root that was split stands for its two halves
        int right = -1;
        int group = -1;
    };
    struct Range {
        std::size_t first, end;
    };
    std::vector<Node> nodes;
    std::vector<Segment> runs;  // as `segments`, but of nodes: a node may have been split or united
    std::vector<Range> tensors; // the runs of each row

    constexpr Node& node(int index) { return nodes[static_cast<std::size_t>(index)]; }

    /// The runs of the tensor that a row makes.
    constexpr Range output(const Row& row, int index, std::span<const int> edges) {
        const auto input = [&](int i) {
            return tensors[static_cast<std::size_t>(edges[static_cast<std::size_t>(row.first_input + i)])];
        };
        if (row.inputs == 0) // the input of the network
            return make(row, index);
        const std::size_t first = runs.size();
        switch (row.facts.channels) {
        case Channels::Keep:
            break;
        case Channels::Mix:
            return make(row, index);
        case Channels::Fixed:
            make(row, index);
            for (int i = 0; i < row.inputs; ++i)
                freeze(input(i));
            freeze({first, runs.size()});
            return {first, runs.size()};
        case Channels::Flatten:
            append(input(0), static_cast<int>(row.in.positions()));
            return {first, runs.size()};
        case Channels::Join:
            for (int i = 1; i < row.inputs; ++i)
                unite(input(0), input(i));
            break;
        case Channels::Concat:
            for (int i = 0; i < row.inputs; ++i)
                append(input(i), 1);
            return {first, runs.size()};
        }
        return input(0);
    }
    constexpr Range make(const Row& row, int index) {
        runs.push_back({add_node(static_cast<int>(row.facts.out.channels()), index, false), 1});
        return {runs.size() - 1, runs.size()};
    }
    constexpr void append(Range range, int repeat) {
        for (std::size_t i = range.first; i < range.end; ++i)
            runs.push_back({runs[i].group, runs[i].repeat * repeat});
    }
    constexpr int add_node(int width, int first_row, bool frozen) {
        const int number = static_cast<int>(nodes.size());
        nodes.push_back({number, width, frozen, first_row});
        return number;
    }

    constexpr int root(int index) {
        while (node(index).parent != index)
            index = node(index).parent = node(node(index).parent).parent;
        return index;
    }
    /// Appends the runs that a run stands for.
    constexpr void append_leaves(Segment run, std::vector<Segment>& leaves) {
        const int r = root(run.group);
        if (node(r).left < 0) {
            leaves.push_back({r, run.repeat});
            return;
        }
        append_leaves({node(r).left, run.repeat}, leaves);
        append_leaves({node(r).right, run.repeat}, leaves);
    }
    constexpr std::vector<Segment> leaves(Range range) {
        std::vector<Segment> leaves;
        for (std::size_t i = range.first; i < range.end; ++i)
            append_leaves(runs[i], leaves);
        return leaves;
    }
    constexpr void freeze(Range range) {
        for (const Segment& run : leaves(range))
            node(run.group).frozen = true;
    }
    constexpr void split(int r, int width) {
        const Node whole = node(r);
        const int left = add_node(width, whole.first_row, whole.frozen);
        const int right = add_node(whole.width - width, whole.first_row, whole.frozen);
        node(r).left = left;
        node(r).right = right;
    }
    constexpr void unite(Range a, Range b) {
        for (bool aligned = false; !aligned;) {
            const std::vector<Segment> x = leaves(a), y = leaves(b);
            aligned = true;
            for (std::size_t i = 0; i < x.size() && i < y.size() && aligned; ++i) {
                if (x[i].repeat != y[i].repeat) { // a flattened image plus a vector: no common channels
                    freeze(a);
                    freeze(b);
                    return;
                }
                const int p = root(x[i].group), q = root(y[i].group);
                if (node(p).width != node(q).width) {
                    const bool first_is_wider = node(p).width > node(q).width;
                    split(first_is_wider ? p : q, first_is_wider ? node(q).width : node(p).width);
                    aligned = false;
                } else if (p != q) { // the earlier layer gives its name
                    const int kept = node(p).first_row <= node(q).first_row ? p : q;
                    const int joined = kept == p ? q : p;
                    node(joined).parent = kept;
                    node(kept).frozen = node(kept).frozen || node(joined).frozen;
                }
            }
        }
    }

    /// Numbers the groups and writes the channels of all rows in terms of them.
    constexpr void name_groups() {
        std::vector<int> first_of_run;
        first_of_run.reserve(runs.size() + 1);
        segments.reserve(runs.size());
        for (const Segment& run : runs) {
            first_of_run.push_back(static_cast<int>(segments.size()));
            append_leaves(run, segments);
        }
        first_of_run.push_back(static_cast<int>(segments.size()));
        for (Segment& segment : segments) {
            Node& leaf = node(segment.group);
            if (leaf.group < 0) {
                leaf.group = static_cast<int>(groups.size());
                groups.push_back({leaf.width, leaf.frozen, leaf.first_row});
            }
            segment.group = leaf.group;
        }
        for (std::size_t r = 0; r < tensors.size(); ++r) {
            first_of_row[r] = first_of_run[tensors[r].first];
            count_of_row[r] = first_of_run[tensors[r].end] - first_of_row[r];
        }
    }
};

} // namespace pliny
