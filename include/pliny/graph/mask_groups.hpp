// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/row.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace pliny {

/// Which channels share a mask: union-find over runs of channels. Every Mix layer makes a run of its own;
/// Keep layers pass runs on, Join unites those of its inputs (and splits them where their borders differ),
/// Concat strings them together, Flatten repeats them.
class MaskGroups {
public:
    /// Runs of channels of one tensor, in order.
    using Runs = std::vector<Segment>;

    constexpr explicit MaskGroups(std::span<const Row> rows, std::span<const int> edges)
        : tensors(rows.size()) {
        for (std::size_t r = 0; r < rows.size(); ++r)
            tensors[r] = outputs(rows[r], static_cast<int>(r), edges);
        freeze(tensors[0]);
        freeze(tensors.back());
    }

    /// The groups in order of their first layer, and the channels of each tensor in terms of them.
    constexpr std::vector<Group> groups(std::vector<Runs>& channels) {
        std::vector<Group> found;
        std::vector<int> number(nodes.size(), -1);
        channels.clear();
        for (const Runs& runs : tensors) {
            Runs named;
            for (Segment segment : leaves(runs)) {
                auto& group = number[static_cast<std::size_t>(segment.group)];
                if (group < 0) {
                    const Node& node = nodes[static_cast<std::size_t>(segment.group)];
                    group = static_cast<int>(found.size());
                    found.push_back({node.width, node.frozen, node.first_row});
                }
                named.push_back({group, segment.repeat});
            }
            channels.push_back(std::move(named));
        }
        return found;
    }

private:
    struct Node {
        int parent; // itself at the root
        int width;
        bool frozen;
        int first_row;
        int left = -1; // a root that was split stands for its two halves
        int right = -1;
    };
    std::vector<Node> nodes;
    std::vector<Runs> tensors;

    constexpr Node& node(int index) { return nodes[static_cast<std::size_t>(index)]; }

    constexpr Runs outputs(const Row& row, int index, std::span<const int> edges) {
        const auto input = [&](int i) -> const Runs& {
            return tensors[static_cast<std::size_t>(edges[static_cast<std::size_t>(row.first_input + i)])];
        };
        switch (row.facts.channels) {
        case Channels::Keep:
            if (row.inputs == 0) // the input of the network
                return make(row, index);
            return input(0);
        case Channels::Mix:
            return make(row, index);
        case Channels::Fixed: {
            freeze(input(0));
            Runs made = make(row, index);
            freeze(made);
            return made;
        }
        case Channels::Flatten: {
            Runs runs = input(0);
            for (Segment& segment : runs)
                segment.repeat *= static_cast<int>(row.in.positions());
            return runs;
        }
        case Channels::Join:
            for (int i = 1; i < row.inputs; ++i)
                unite(input(0), input(i));
            return input(0);
        case Channels::Concat: {
            Runs runs;
            for (int i = 0; i < row.inputs; ++i)
                for (const Segment& segment : input(i))
                    runs.push_back(segment);
            return runs;
        }
        }
        return {};
    }

    constexpr Runs make(const Row& row, int index) {
        const int number = add(static_cast<int>(row.facts.out.channels()), index, false);
        return {{number, 1}};
    }
    constexpr int add(int width, int first_row, bool frozen) {
        const int number = static_cast<int>(nodes.size());
        nodes.push_back({number, width, frozen, first_row});
        return number;
    }

    constexpr int root(int index) {
        while (node(index).parent != index)
            index = node(index).parent = node(node(index).parent).parent;
        return index;
    }
    constexpr void append_leaves(Segment segment, Runs& runs) {
        const int r = root(segment.group);
        if (node(r).left < 0) {
            runs.push_back({r, segment.repeat});
            return;
        }
        append_leaves({node(r).left, segment.repeat}, runs);
        append_leaves({node(r).right, segment.repeat}, runs);
    }
    constexpr Runs leaves(const Runs& runs) {
        Runs result;
        for (const Segment& segment : runs)
            append_leaves(segment, result);
        return result;
    }
    constexpr void freeze(const Runs& runs) {
        for (const Segment& segment : leaves(runs))
            node(segment.group).frozen = true;
    }

    constexpr void split(int r, int width) {
        const Node whole = node(r);
        const int left = add(width, whole.first_row, whole.frozen);
        const int right = add(whole.width - width, whole.first_row, whole.frozen);
        node(r).left = left;
        node(r).right = right;
    }

    constexpr void unite(const Runs& a, const Runs& b) {
        for (bool aligned = false; !aligned;) {
            const Runs x = leaves(a), y = leaves(b);
            aligned = true;
            for (std::size_t i = 0; i < x.size() && i < y.size() && aligned; ++i) {
                if (x[i].repeat != y[i].repeat) { // a flattened image plus a vector: no common channels
                    freeze(a);
                    freeze(b);
                    return;
                }
                const int p = x[i].group, q = y[i].group;
                if (p == q)
                    continue;
                if (node(p).width != node(q).width) {
                    const bool first_is_wider = node(p).width > node(q).width;
                    split(first_is_wider ? p : q, first_is_wider ? node(q).width : node(p).width);
                    aligned = false;
                    continue;
                }
                // The earlier layer gives its name.
                const int keep = node(p).first_row <= node(q).first_row ? p : q, join = keep == p ? q : p;
                node(join).parent = keep;
                node(keep).frozen = node(keep).frozen || node(join).frozen;
            }
        }
    }
};

} // namespace pliny
