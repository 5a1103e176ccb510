// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>
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
inline void check_kept(std::span<const std::vector<std::int64_t>> kept, std::span<const Group> groups) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
        std::int64_t last = -1;
        for (const std::int64_t channel : kept[g]) {
            if (channel <= last || channel >= groups[g].width)
                throw ModelError(joined("kept channels of group ", g, ": found ", channel,
                                        "; expected rising numbers from 0 to ", groups[g].width - 1));
            last = channel;
        }
        if (kept[g].empty() ||
            (groups[g].frozen && kept[g].size() != static_cast<std::size_t>(groups[g].width)))
            throw ModelError(joined("kept channels of group ", g, ": found ", kept[g].size(), "; expected ",
                                    groups[g].frozen ? "all " : "1 to ", groups[g].width));
    }
}

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

/// Copies the kept channels of the tensors of a row, in their precision and on their device.
template <class Net>
void take_channels(const LayerTensors& from, const LayerTensors& to, int row, const KeptChannels<Net>& kept) {
    const at::NoGradGuard no_grad;
    const auto select = [&](const at::Tensor& whole, int axis, int of_row) {
        return whole.index_select(axis, kept_indices<Net>(of_row, kept).to(whole.device()));
    };
    const auto take = [&](const at::Tensor& target, const at::Tensor& whole) {
        if (target.defined())
            target.set_data(select(whole, 0, row));
    };
    take(to.weight, from.weight);
    if (plan<Net>[row].has_weights() && plan<Net>[row].facts.channels == Channels::Mix)
        to.weight.set_data(select(to.weight, 1, plan<Net>.input(row)));
    take(to.bias, from.bias);
    take(to.running_mean, from.running_mean);
    take(to.running_var, from.running_var);
    if (to.num_batches_tracked.defined()) // Module::to makes a real number of it
        to.num_batches_tracked.set_data(
            from.num_batches_tracked.to(from.running_mean.device(), at::kLong, false, true));
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
