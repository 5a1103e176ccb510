// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/found.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/nn/model_error.hpp>

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace pliny {

namespace detail {

/// ModelError unless every group keeps channels that it has, in rising order, and frozen ones all.
PLINY_INLINE void check_kept(std::span<const std::vector<std::int64_t>> kept, std::span<const Group> groups);

/// Which channels of the full tensor of a row are kept.
template <class Net>
at::Tensor kept_indices(int row, const KeptChannels<Net>& kept) {
    std::vector<std::int64_t> indices;
    std::int64_t first = 0;
    for (const Segment& segment : plan<Net>.channels(row)) {
        for (std::int64_t channel : kept[static_cast<std::size_t>(segment.group)])
            for (int i = 0; i < segment.repeat; ++i)
                indices.push_back(first + channel * segment.repeat + i);
        first += static_cast<std::int64_t>(plan<Net>.groups[static_cast<std::size_t>(segment.group)].width) *
                 segment.repeat;
    }
    return at::tensor(indices, at::kLong);
}

/// Copies channels of the tensors of a row, in their precision and on their device: those of `out`, and of a
/// weight those of `in` where that is defined.
PLINY_INLINE void take_channels(const LayerTensors& from, const LayerTensors& to, const WeightAxes& axes,
                                const at::Tensor& out, const at::Tensor& in);

/// Copies the kept channels of the tensors of a row.
template <class Net>
void take_channels(const LayerTensors& from, const LayerTensors& to, int row, const KeptChannels<Net>& kept) {
    const bool mixes = plan<Net>[row].has_weights() && plan<Net>[row].facts.channels == Channels::Mix;
    take_channels(from, to, plan<Net>[row].facts.axes, kept_indices<Net>(row, kept),
                  mixes ? kept_indices<Net>(plan<Net>.input(row), kept) : at::Tensor());
}

/// What was found, of a network that can be so; ModelError for channels or alternatives that it does not
/// have.
template <class Net>
const FoundNetwork<Net>& checked(const FoundNetwork<Net>& found) {
    constexpr const auto& graph = plan<Net>;
    check_kept(found.kept, graph.groups);
    for (std::size_t c = 0; c < found.chosen.size(); ++c)
        if (const Row& choice = graph[graph.choices[c]];
            found.chosen[c] < 0 || found.chosen[c] >= choice.inputs)
            throw ModelError(joined("choice ", choice.path.view(), ": found alternative ", found.chosen[c],
                                    "; expected 0 to ", choice.inputs - 1));
    return found;
}

} // namespace detail
} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/graph/definitions/kept_channels.hpp>
#endif
