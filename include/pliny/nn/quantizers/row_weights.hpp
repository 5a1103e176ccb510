// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/row_products.hpp>
#include <pliny/quantizers/channel_loops.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace pliny::detail {

/// Whether nobody else holds a tensor that a backward pass was given, so that it may be written over.
inline bool is_ours(const at::Tensor& gradient) {
    return gradient.use_count() == 1 && gradient.storage().use_count() == 1 && !at::GradMode::is_enabled();
}

/// Where a tensor is and how often it was changed there, as far as LibTorch has been told.
using TensorState = std::pair<const void*, std::uint32_t>;
inline TensorState state_of(const at::Tensor& tensor) {
    return {tensor.const_data_ptr(), static_cast<std::uint32_t>(tensor._version())};
}
inline std::vector<TensorState> states_of(const std::vector<at::Tensor>& tensors) {
    std::vector<TensorState> states;
    for (const at::Tensor& tensor : tensors)
        states.push_back(state_of(tensor));
    return states;
}

/// The weights of a layer and how each of its output channels is quantized in one step: with bits of its own,
/// or as a mixture of all candidates.
struct RowWeights {
    at::Tensor weight, bias;
    bool has_bias = false;
    std::vector<at::Tensor> fading{}; // numbers of its channels that fade with them: those of a norm behind
    std::vector<int> bits{};            // of each channel; empty: a mixture
    std::vector<float> shares{};        // [channel x candidates], where a mixture counts
    std::vector<float> alive{};         // what is left of a channel: 1, 0 where it is pruned
    double input_step = 0;              // of the activations; 0: the bias stays as it is
    std::vector<ChannelRange> ranges{}; // measured by quantized_weight
    bool all_alive = true;
    bool wide = false; // the bias has 64 bits and not 32, as with more than 8 bits of weights
    std::vector<std::pair<std::int64_t, std::int64_t>> live{}; // runs of the weights of a channel that read
                                                               // channels that live; empty: all
};

template <class F>
void for_each_channel(const at::Tensor& weight, const F& f) {
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

/// On LibTorch's operators: each candidate of the channels, or the one that each channel has.
inline at::Tensor weight_candidate(const at::Tensor& weight, const std::vector<ChannelRange>& ranges,
                                   const std::vector<int>& bits) {
    std::vector<double> step, inverse, lo, hi;
    for (std::size_t c = 0; c < ranges.size(); ++c) {
        const Grid grid = channel_grid(ranges[c], bits[c]);
        step.push_back(double{grid.step});
        inverse.push_back(bits[c] == 1 ? 1e30 : double{grid.inverse});
        lo.push_back(double{grid.lo});
        hi.push_back(double{grid.hi});
    }
    const at::Tensor like = weight.detach();
    const auto column = [&](const std::vector<double>& values) {
        return along_rows(write(values, like), like);
    };
    const at::Tensor code =
        at::minimum(at::maximum(at::mul(like, column(inverse)), column(lo)), column(hi)).round_();
    return code.mul_(column(step));
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
template <int... Bits>
at::Tensor quantized_weight(RowWeights& row, at::Tensor& buffer) {
    constexpr std::size_t n = sizeof...(Bits);
    const auto channels = static_cast<std::size_t>(row.weight.size(0));
    if (!plain_floats(row.weight)) {
        row.ranges = ranges_by_operators(row);
        if (!row.bits.empty())
            return weight_candidate(row.weight, row.ranges, row.bits);
        at::Tensor sum = at::zeros_like(row.weight.detach());
        std::size_t i = 0;
        const auto add = [&](int bits) {
            std::vector<double> shares;
            for (std::size_t c = 0; c < channels; ++c)
                shares.push_back(double{row.shares[c * n + i]});
            ++i;
            if (bits > 0)
                sum.add_(weight_candidate(row.weight, row.ranges, std::vector<int>(channels, bits)) *
                         along_rows(write(shares, sum), sum));
        };
        (add(Bits), ...);
        return sum;
    }
    at::Tensor result = kept_buffer(buffer, row.weight);
    row.ranges.resize(channels);
    const float* in = row.weight.const_data_ptr<float>();
    float* out = result.mutable_data_ptr<float>();
    for_each_channel(row.weight, [&](std::size_t c, std::int64_t first, std::int64_t length) {
        row.ranges[c] = live_range(row, in + first, length);
        if (!row.bits.empty())
            quantize_channel(in + first, out + first, length, row.ranges[c], row.bits[c]);
        else
            mix_channel(in + first, out + first, length,
                        weight_mixture<Bits...>(row.ranges[c], &row.shares[c * n]));
    });
    return result;
}

/// The step of the weights of a channel.
inline double channel_step(const RowWeights& row, std::size_t channel) {
    return double{channel_grid(row.ranges[channel], row.bits[channel]).step};
}

/// A bias with 32 bits, or 64, on a grid of this step; as it is where that is 0.
inline double on_grid(double bias, double step, bool wide) {
    if (!(step > 0))
        return bias;
    const double code = std::nearbyint(bias / step);
    return (wide ? code : std::clamp(code, -2147483648.0, 2147483647.0)) * step;
}

/// The codes of weights that are whole numbers of steps; gives the step.
inline float codes_of_step(const float* weights, std::int16_t* codes, std::int64_t count, float step) {
    for (std::int64_t i = 0; i < count; ++i)
        codes[i] = static_cast<std::int16_t>(step > 0 ? std::lround(weights[i] / step) : 0);
    return step;
}

/// The bias of a row: with 32 bits on the grid of its sums, whose step is that of the input times that of the
/// weights; while the weights are a mixture, as it is; nothing of a pruned channel.
inline at::Tensor quantized_bias(const RowWeights& row) {
    std::vector<double> bias = read(row.bias);
    for (std::size_t c = 0; c < bias.size(); ++c) {
        const double step =
            row.bits.empty() || row.input_step == 0 ? 0 : row.input_step * channel_step(row, c);
        bias[c] = on_grid(bias[c], step, row.wide || (!row.bits.empty() && row.bits[c] > 8));
        bias[c] *= double{row.alive[c]};
    }
    return write(bias, row.bias.detach());
}

/// Numbers of the channels of a row, less of those that fade.
inline at::Tensor faded(const RowWeights& row, const at::Tensor& numbers) {
    std::vector<double> values = read(numbers);
    for (std::size_t c = 0; c < values.size(); ++c)
        values[c] *= double{row.alive[c]};
    return write(values, numbers.detach());
}

/// out[k] = factor x in[k]; both may be the same.
inline void scale(const float* in, float factor, float* out, std::int64_t length) {
    for (std::int64_t k = 0; k < length; ++k)
        out[k] = factor * in[k];
}

/// The gradient by the weight; adds those by the shares where `by_share` is not empty.
template <int... Bits>
at::Tensor weight_gradient(const RowWeights& row, const at::Tensor& weight, at::Tensor&& upstream,
                           std::vector<double>& by_share) {
    constexpr std::size_t n = sizeof...(Bits);
    if (by_share.empty() && row.all_alive)
        return std::move(upstream);
    at::Tensor g = std::move(upstream);
    if (!g.is_contiguous())
        g = g.contiguous();
    if (!plain_floats(weight) || !plain_floats(g)) {
        std::size_t i = 0;
        const auto add = [&](int bits) {
            const std::vector<double> sums =
                read((g * weight_candidate(weight, row.ranges, std::vector<int>(row.ranges.size(), bits)))
                         .flatten(1)
                         .sum(1));
            for (std::size_t c = 0; c < sums.size(); ++c)
                by_share[c * n + i] += bits > 0 ? sums[c] : 0;
            ++i;
        };
        if (!by_share.empty())
            (add(Bits), ...);
        const std::vector<double> alive(row.alive.begin(), row.alive.end());
        return g * along_rows(write(alive, weight), weight);
    }
    at::Tensor result = row.all_alive || is_ours(g) ? g : at::empty_like(g);
    const float *w = weight.const_data_ptr<float>(), *up = g.const_data_ptr<float>();
    float* out = row.all_alive ? nullptr : result.mutable_data_ptr<float>();
    for_each_channel(weight, [&](std::size_t c, std::int64_t first, std::int64_t length) {
        if (!by_share.empty()) {
            constexpr float unused[n]{};
            double sums[n]{};
            channel_sums(w + first, up + first, length, weight_mixture<Bits...>(row.ranges[c], unused), sums);
            std::copy(sums, sums + n, by_share.begin() + static_cast<std::ptrdiff_t>(c * n));
        }
        if (out != nullptr)
            scale(up + first, row.alive[c], out + first, length);
    });
    return result;
}

/// The gradient by a bias, or other numbers of the channels; adds those by the shares where `by_share` is not empty.
template <int... Bits>
at::Tensor bias_gradient(const RowWeights& row, const at::Tensor& bias, const at::Tensor& upstream,
                         std::vector<double>& by_share) {
    std::vector<double> g = read(upstream), b = read(bias);
    constexpr int bits[] = {Bits...};
    for (std::size_t c = 0; c < g.size(); ++c) {
        for (std::size_t i = 0; i < sizeof...(Bits) && !by_share.empty(); ++i)
            by_share[c * sizeof...(Bits) + i] += bits[i] > 0 ? g[c] * b[c] : 0;
        g[c] *= double{row.alive[c]};
    }
    return write(g, bias);
}

} // namespace pliny::detail
