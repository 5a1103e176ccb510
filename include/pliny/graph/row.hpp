// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/meta/path.hpp>

namespace pliny {

/// One layer call of the plan. Row 0 is the input of the network; a row's number is also the number of the
/// tensor it makes.
struct Row {
    Path path{};
    Facts facts{};
    Shape in{};          // of the first input
    int first_input = 0; // its inputs: plan.edges[first_input ... first_input + inputs)
    int inputs = 0;
    int last_use = 0;      // the last row that reads its tensor
    int uses = 0;          // how many read it
    int first_segment = 0; // its channels: plan.segments[first_segment ... first_segment + segments)
    int segments = 0;
    int alternative = -1;       // the innermost of plan.alternatives that it is part of; -1: always runs
    int first_alternative = -1; // of a Choice: the first of its alternatives

    constexpr const Shape& out() const { return facts.out; }
    constexpr bool has_weights() const { return facts.weights > 0; }
};

/// A run of channels: those of one mask group, each `repeat` times in a row (more than once after Flatten).
struct Segment {
    int group = 0;
    int repeat = 1;
};

/// One alternative of a Choice: rows [first, end), the last of which makes its output. An empty one has no
/// rows and passes the input of the Choice on.
struct Alternative {
    int choice = -1; // the row that chooses
    int number = 0;  // among the alternatives of its choice
    int first = 0;
    int end = 0;
    int output = 0;  // the row whose tensor it gives
    int parent = -1; // the alternative that its choice is part of; -1: none
};

/// Channels that live and die together, over all layers that share their mask.
struct Group {
    int width = 0;
    bool frozen =
        false; // reaches the input or output of the network, or a grouped convolution: cannot lose a channel
    int first_row = 0; // the layer that makes them first, whose name the group bears
};

} // namespace pliny
