// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/paths.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/nn/model_error.hpp>

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace pliny {

/// Indices of the channels that a network keeps, per group of its plan.
template <class Net>
using KeptChannels = std::array<std::vector<std::int64_t>, std::tuple_size_v<decltype(plan<Net>.groups)>>;

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

/// Which alternatives run on a path; ModelError where a choice does not have what it takes.
template <class Net>
auto running_on(const PathOf<Net>& path) {
    constexpr const auto& graph = plan<Net>;
    for (std::size_t c = 0; c < path.size(); ++c)
        if (const Row& choice = graph[graph.choices[c]]; path[c] < 0 || path[c] >= choice.inputs)
            throw ModelError(joined("choice ", choice.path.view(), ": found alternative ", path[c],
                                    "; expected 0 to ", choice.inputs - 1));
    return running_alternatives(graph, path);
}

/// How many channels every group keeps; ModelError where they are not among those of the network.
template <class Net>
std::array<std::int64_t, std::tuple_size_v<KeptChannels<Net>>> widths_of(const KeptChannels<Net>& kept) {
    check_kept(kept, plan<Net>.groups);
    std::array<std::int64_t, std::tuple_size_v<KeptChannels<Net>>> widths{};
    for (std::size_t g = 0; g < widths.size(); ++g)
        widths[g] = static_cast<std::int64_t>(kept[g].size());
    return widths;
}

} // namespace detail
} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/graph/definitions/kept_channels.hpp>
#endif
