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

    constexpr const Shape& out() const { return facts.out; }
    constexpr bool has_weights() const { return facts.weights > 0; }
};

/// A run of channels: those of one mask group, each `repeat` times in a row (more than once after Flatten).
struct Segment {
    int group = 0;
    int repeat = 1;
};

/// Channels that live and die together, over all layers that share their mask.
struct Group {
    int width = 0;
    bool frozen =
        false; // reaches the input or output of the network, or a grouped convolution: cannot lose a channel
    int first_row = 0; // the layer that makes them first, whose name the group bears
};

} // namespace pliny
