// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/graph/kept_channels.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/nn/model_error.hpp>

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

namespace pliny::detail {

PLINY_INLINE void check_kept(std::span<const std::vector<std::int64_t>> kept, std::span<const Group> groups) {
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

PLINY_INLINE void take_channels(const LayerTensors& from, const LayerTensors& to, const WeightAxes& axes,
                                const at::Tensor& out, const at::Tensor& in) {
    const at::NoGradGuard no_grad;
    const auto select = [](const at::Tensor& whole, int axis, const at::Tensor& indices) {
        return whole.index_select(axis, indices.to(whole.device()));
    };
    const auto take = [&](const at::Tensor& target, const at::Tensor& whole, int axis = 0) {
        if (target.defined())
            target.set_data(select(whole, axis, out));
    };
    take(to.weight, from.weight, axes.out);
    if (in.defined())
        to.weight.set_data(select(to.weight, axes.in, in));
    take(to.bias, from.bias);
    take(to.running_mean, from.running_mean);
    take(to.running_var, from.running_var);
    if (to.num_batches_tracked.defined()) // Module::to makes a real number of it
        to.num_batches_tracked.set_data(
            from.num_batches_tracked.to(from.running_mean.device(), at::kLong, false, true));
}

} // namespace pliny::detail
