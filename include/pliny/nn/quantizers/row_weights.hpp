// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/row_products.hpp>
#include <pliny/quantizers/own_loops.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny::detail {

/// Whether nobody else holds a tensor that a backward pass was given, so that it may be written over.
inline bool is_ours(const at::Tensor& gradient) {
    return gradient.use_count() == 1 && gradient.storage().use_count() == 1 && !at::GradMode::is_enabled();
}

/// The weights of a layer and how each of its output channels is quantized in one step: with bits of its own,
/// or as a mixture of all candidates.
struct RowWeights {
    at::Tensor weight, bias;
    bool has_bias = false;
    std::vector<at::Tensor> fading{};   // numbers of its channels that fade with them: those of a norm behind
    std::vector<int> bits{};            // of each channel; empty: a mixture
    std::vector<float> shares{};        // [channel x candidates], where a mixture counts
    std::vector<float> alive{};         // what is left of the weights of a channel: 1, 0 where it is pruned
    std::vector<float> strength{};      // what is left of `fading`
    double input_step = 0;              // of the activations; 0: the bias stays as it is
    std::vector<ChannelRange> ranges{}; // measured by quantized_weight, unless steps are known
    std::vector<float> steps{};         // learned or fixed, [channel x candidates]; empty: measured
    std::vector<std::size_t> step_at{}; // where they stand among those of all rows, where they are learned
    std::vector<std::size_t> picked{};  // of each channel with bits of its own, its place in `steps`
    bool all_alive = true;
    bool wide = false; // the bias has 64 bits and not 32, as with more than 8 bits of weights
    std::vector<std::pair<std::int64_t, std::int64_t>> live{}; // runs of the weights of a channel that read
                                                               // channels that live; empty: all
};

template <class Function>
void for_each_channel(const at::Tensor& weight, const Function& f) {
    const std::int64_t channels = weight.size(0), length = weight.numel() / channels;
    at::parallel_for(0, channels, rows_per_task(length), [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t c = first; c < last; ++c)
            f(static_cast<std::size_t>(c), c * length, length);
    });
}

/// Memory of the size of a tensor: that of the last step, unless somebody still holds it.
inline at::Tensor kept_buffer(at::Tensor& buffer, const at::Tensor& like) {
    const bool fits = buffer.defined() && buffer.sizes() == like.sizes() && buffer.dtype() == like.dtype() &&
                      buffer.device() == like.device() && buffer.storage().use_count() == 1;
    if (!fits)
        buffer = at::empty(like.sizes(), like.options().requires_grad(false));
    return buffer.detach();
}

/// The scale of candidate number i, of these bits, of a channel, of a grid its step; 0 where these are 0.
template <WeightQuantizer Quantizer>
float scale_of(const RowWeights& row, std::size_t channel, std::size_t i, int bits) {
    if (bits == 0)
        return 0;
    if (row.steps.empty())
        return Quantizer::scale(row.ranges[channel], bits);
    const std::size_t each = row.steps.size() / row.alive.size();
    return row.steps[channel * each + i];
}
/// The same of a channel that has bits of its own.
template <WeightQuantizer Quantizer>
float scale_of(const RowWeights& row, std::size_t channel) {
    const int bits = row.bits[channel];
    if (bits == 0)
        return 0;
    return row.steps.empty() ? Quantizer::scale(row.ranges[channel], bits) : row.steps[row.picked[channel]];
}
/// All candidates of a channel, and their shares where they are a mixture.
template <WeightQuantizer Quantizer, int... Bits>
auto mixture_of(const RowWeights& row, std::size_t channel) {
    std::size_t i = 0;
    auto mixture = mixture_of_scales<Quantizer, Bits...>({scale_of<Quantizer>(row, channel, i++, Bits)...});
    if (row.bits.empty())
        std::copy_n(row.shares.begin() + static_cast<std::ptrdiff_t>(channel * sizeof...(Bits)),
                    sizeof...(Bits), mixture.share);
    return mixture;
}

/// Numbers of each channel beside the weights.
inline at::Tensor column_of(const std::vector<double>& numbers, const at::Tensor& weight) {
    return along_rows(write(numbers, weight.detach()), weight);
}
/// On LibTorch's operators: weights on the grids of their channels.
struct OnGridsByOperators {
    at::Tensor step, scaled, lo, hi; // scaled: in steps

    /// `grid_of_channel(c)`; `bits` of all channels, or of each.
    template <class GridOf>
    OnGridsByOperators(const at::Tensor& weight, const GridOf& grid_of_channel,
                       const std::vector<int>& bits) {
        std::vector<double> steps, inverse, lowest, highest;
        for (std::size_t c = 0; c < bits.size(); ++c) {
            const Grid grid = grid_of_channel(c);
            steps.push_back(double{grid.step});
            inverse.push_back(bits[c] == 1 ? 1e30 : double{grid.inverse});
            lowest.push_back(double{grid.lo});
            highest.push_back(double{grid.hi});
        }
        step = column_of(steps, weight);
        scaled = at::mul(weight.detach(), column_of(inverse, weight));
        lo = column_of(lowest, weight);
        hi = column_of(highest, weight);
    }
    at::Tensor values() const { return at::minimum(at::maximum(scaled, lo), hi).round_().mul_(step); }
    at::Tensor inside() const { return at::logical_and(scaled > lo, scaled < hi); }
};
/// A quantizer of the user's own, on a copy in the processor's memory, in float32: slow where that is not
/// where the weights are.
template <WeightQuantizer Quantizer>
struct OnOwnValues {
    at::Tensor weight;
    std::vector<float> scales;
    std::vector<int> bits;

    at::Tensor values() const {
        const at::Tensor in = weight.detach().to(at::kCPU, at::kFloat).contiguous();
        at::Tensor out = at::empty_like(in);
        const float* w = in.const_data_ptr<float>();
        float* made = out.mutable_data_ptr<float>();
        for_each_channel(in, [&](std::size_t c, std::int64_t first, std::int64_t length) {
            quantize_channel(w + first, made + first, length, OwnChannel<Quantizer>{scales[c]}, bits[c]);
        });
        return out.to(weight.options());
    }
};
/// Channels with these scales, each with bits of its own.
template <WeightQuantizer Quantizer>
auto by_operators(const at::Tensor& weight, std::vector<float> scales, const std::vector<int>& bits) {
    if constexpr (std::is_same_v<Quantizer, UniformGrid>)
        return OnGridsByOperators(
            weight, [&](std::size_t c) { return channel_grid_of_step(scales[c], bits[c]); }, bits);
    else
        return OnOwnValues<Quantizer>{weight, std::move(scales), bits};
}
/// Candidate number i, of these bits.
template <WeightQuantizer Quantizer>
auto candidate_by_operators(const RowWeights& row, const at::Tensor& weight, std::size_t i, int bits) {
    std::vector<float> scales;
    for (std::size_t c = 0; c < row.alive.size(); ++c)
        scales.push_back(scale_of<Quantizer>(row, c, i, bits));
    return by_operators<Quantizer>(weight, std::move(scales), std::vector<int>(row.alive.size(), bits));
}
/// The bits that each channel has.
template <WeightQuantizer Quantizer>
auto own_by_operators(const RowWeights& row, const at::Tensor& weight) {
    std::vector<float> scales;
    for (std::size_t c = 0; c < row.bits.size(); ++c)
        scales.push_back(scale_of<Quantizer>(row, c));
    return by_operators<Quantizer>(weight, std::move(scales), row.bits);
}
inline std::vector<ChannelRange> ranges_by_operators(const RowWeights& row) {
    at::Tensor flat = row.weight.detach().abs().flatten(1);
    if (!row.live.empty()) {
        std::vector<at::Tensor> parts;
        for (const auto& [first, count] : row.live)
            parts.push_back(flat.narrow(1, first, count));
        flat = at::cat(parts, 1);
    }
    const std::vector<double> largest = read(flat.amax(1)), mean = read(flat.mean(1));
    std::vector<ChannelRange> ranges{};
    for (std::size_t c = 0; c < largest.size(); ++c)
        ranges.push_back({static_cast<float>(largest[c]), static_cast<float>(mean[c])});
    return ranges;
}

/// Where learned steps begin: at those that follow from the weights; of channels that are 0, at the largest
/// of the others, or those of the range [-1, 1].
inline std::vector<double> first_steps(const std::vector<ChannelRange>& ranges,
                                       const std::vector<int>& bits) {
    std::vector<double> steps;
    for (std::size_t c = 0; c < ranges.size(); ++c)
        steps.push_back(double{channel_grid(ranges[c], bits[c]).step});
    const double most = *std::max_element(steps.begin(), steps.end());
    for (std::size_t c = 0; c < steps.size(); ++c)
        if (!(steps[c] > 0))
            steps[c] = most > 0 ? most : double{weight_grid(1, bits[c]).step};
    return steps;
}

/// The range of the weights of a channel, of those that count.
inline ChannelRange live_range(const RowWeights& row, const float* weights, std::int64_t length) {
    if (row.live.empty())
        return channel_range(weights, length);
    std::vector<float> live;
    for (const auto& [first, count] : row.live)
        live.insert(live.end(), weights + first, weights + first + count);
    return channel_range(live.data(), static_cast<std::int64_t>(live.size()));
}

/// The weight of a row, quantized; measures its channels.
template <WeightQuantizer Quantizer, int... Bits>
at::Tensor quantized_weight(RowWeights& row, at::Tensor& buffer) {
    constexpr std::size_t n = sizeof...(Bits);
    const auto channels = static_cast<std::size_t>(row.weight.size(0));
    if (!plain_floats(row.weight)) {
        if (row.steps.empty())
            row.ranges = ranges_by_operators(row);
        if (!row.bits.empty())
            return own_by_operators<Quantizer>(row, row.weight).values();
        at::Tensor sum = at::zeros_like(row.weight.detach());
        std::size_t i = 0;
        const auto add = [&](int bits) {
            std::vector<double> shares;
            for (std::size_t c = 0; c < channels; ++c)
                shares.push_back(double{row.shares[c * n + i]});
            if (bits > 0)
                sum.add_(candidate_by_operators<Quantizer>(row, row.weight, i, bits).values() *
                         column_of(shares, sum));
            ++i;
        };
        (add(Bits), ...);
        return sum;
    }
    at::Tensor result = kept_buffer(buffer, row.weight);
    row.ranges.resize(channels);
    const float* in = row.weight.const_data_ptr<float>();
    float* out = result.mutable_data_ptr<float>();
    for_each_channel(row.weight, [&](std::size_t c, std::int64_t first, std::int64_t length) {
        if (row.steps.empty())
            row.ranges[c] = live_range(row, in + first, length);
        if (!row.bits.empty())
            quantize_channel(in + first, out + first, length,
                             channel_of_scale<Quantizer>(scale_of<Quantizer>(row, c), row.bits[c]),
                             row.bits[c]);
        else
            mix_channel(in + first, out + first, length, mixture_of<Quantizer, Bits...>(row, c));
    });
    return result;
}

/// A bias on the grid of the sums of its channel, whose step is that of the input times that of the weights:
/// with 32 bits, or `wide` 64, which those of quantizers of the user's own always have, whose steps may be as
/// small as they like.
template <WeightQuantizer Quantizer>
double bias_on_grid(double bias, double input_step, float scale, int bits, bool wide) {
    const double step = input_step * double{step_of_scale<Quantizer>(scale, bits)};
    return on_grid(bias, step, wide || bits > 8 || !std::is_same_v<Quantizer, UniformGrid>);
}

/// The bias of a row, on its grid; while the weights are a mixture, as it is; nothing of a pruned channel.
template <WeightQuantizer Quantizer>
at::Tensor quantized_bias(const RowWeights& row) {
    std::vector<double> bias = read(row.bias);
    for (std::size_t c = 0; c < bias.size(); ++c) {
        if (!row.bits.empty() && row.input_step != 0)
            bias[c] = bias_on_grid<Quantizer>(bias[c], row.input_step, scale_of<Quantizer>(row, c),
                                              row.bits[c], row.wide);
        bias[c] *= double{row.alive[c]};
    }
    return write(bias, row.bias.detach());
}

/// Numbers of the channels of a row, less of those that fade.
inline at::Tensor faded(const RowWeights& row, const at::Tensor& numbers) {
    std::vector<double> values = read(numbers);
    for (std::size_t c = 0; c < values.size(); ++c)
        values[c] *= double{row.strength[c]};
    return write(values, numbers.detach());
}

} // namespace pliny::detail
