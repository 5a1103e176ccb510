// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/quantizers/row_weights.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny::detail {

/// The derivatives of a row by the shares of its candidates, and by the logarithms of its learned steps: each
/// [channel x candidates], or empty where nobody wants them.
struct RowGradients {
    std::vector<double> by_share, by_step;
};

/// out[k] = factor x in[k]; both may be the same.
inline void scale(const float* in, float factor, float* out, std::int64_t length) {
    for (std::int64_t k = 0; k < length; ++k)
        out[k] = factor * in[k];
}

/// Sums over each row of a matrix, or of what stands for one.
inline std::vector<double> row_sums(const at::Tensor& values) { return read(values.flatten(1).sum(1)); }

/// Adds the derivatives by the shares of all candidates.
template <WeightQuantizer Quantizer, int... Bits>
void add_share_gradients(const RowWeights& row, const at::Tensor& weight, const at::Tensor& g,
                         std::vector<double>& by_share) {
    constexpr std::size_t n = sizeof...(Bits);
    std::size_t i = 0;
    const auto add = [&](int bits) {
        if (bits > 0) {
            const std::vector<double> sums =
                row_sums(g * candidate_by_operators<Quantizer>(row, weight, i, bits).values());
            for (std::size_t c = 0; c < sums.size(); ++c)
                by_share[c * n + i] += sums[c];
        }
        ++i;
    };
    (add(Bits), ...);
}
template <WeightQuantizer Quantizer, int... Bits>
void add_share_gradients(const RowWeights& row, std::size_t channel, const float* weights, const float* g,
                         std::int64_t length, std::vector<double>& by_share) {
    constexpr std::size_t n = sizeof...(Bits);
    double sums[n]{};
    channel_sums(weights, g, length, mixture_of<Quantizer, Bits...>(row, channel), sums);
    for (std::size_t i = 0; i < n; ++i)
        by_share[channel * n + i] += sums[i];
}

/// The gradient by a weight whose steps are learned: of what is not clipped. That by the logarithm of a step
/// differentiates all but the rounding.
template <int... Bits>
at::Tensor clipped_gradient(const RowWeights& row, const at::Tensor& weight, const at::Tensor& g,
                            RowGradients& by) {
    constexpr std::size_t n = sizeof...(Bits);
    const bool mixed = row.bits.empty();
    const auto add = [&](std::size_t c, std::size_t i, double share, double by_value, double by_input) {
        if (mixed && !by.by_share.empty())
            by.by_share[c * n + i] += by_value;
        if (!by.by_step.empty())
            by.by_step[mixed ? c * n + i : row.picked[c]] += share * (by_value - by_input);
    };
    const bool shares_apart = !mixed && !by.by_share.empty();
    if (!plain_floats(weight) || !plain_floats(g)) {
        if (shares_apart)
            add_share_gradients<UniformGrid, Bits...>(row, weight, g, by.by_share);
        at::Tensor factor = at::zeros_like(g);
        const auto take = [&](std::size_t i, const OnGridsByOperators& one) {
            const at::Tensor inside = one.inside();
            const std::vector<double> by_value = row_sums(g * one.values()),
                                      by_input = row_sums(g * weight * inside);
            std::vector<double> shares;
            for (std::size_t c = 0; c < by_value.size(); ++c) {
                shares.push_back(mixed ? double{row.shares[c * n + i]} : 1);
                add(c, i, shares.back(), by_value[c], by_input[c]);
            }
            factor.add_(inside * column_of(shares, g));
        };
        std::size_t i = 0;
        const auto take_candidate = [&](int bits) {
            if (bits > 0)
                take(i, candidate_by_operators<UniformGrid>(row, weight, i, bits));
            ++i;
        };
        if (mixed)
            (take_candidate(Bits), ...);
        else
            take(0, own_by_operators<UniformGrid>(row, weight));
        return factor.mul_(g);
    }
    at::Tensor result = is_ours(g) ? g : at::empty_like(g);
    const float *w = weight.const_data_ptr<float>(), *up = g.const_data_ptr<float>();
    float* out = result.mutable_data_ptr<float>();
    for_each_channel(weight, [&](std::size_t c, std::int64_t first, std::int64_t length) {
        if (shares_apart)
            add_share_gradients<UniformGrid, Bits...>(row, c, w + first, up + first, length, by.by_share);
        const auto run = [&]<int Candidates>(const Mixture<Candidates>& mixture) {
            MixtureSums<Candidates> sums;
            mix_backward(w + first, up + first, out + first, length, mixture, sums);
            for (std::size_t i = 0; i < Candidates; ++i)
                add(c, i, Candidates == 1 ? 1 : double{mixture.share[i]}, sums.by_value[i], sums.by_input[i]);
        };
        if (!mixed)
            return run(Mixture<1>{{channel_grid_of_step(scale_of<UniformGrid>(row, c), row.bits[c])}, {1}});
        const WeightMixture<Bits...> all = mixture_of<UniformGrid, Bits...>(row, c);
        Mixture<static_cast<int>(n)> mixture{};
        std::copy_n(all.grids, n, mixture.grids);
        std::copy_n(all.share, n, mixture.share);
        run(mixture);
    });
    return result;
}

/// The gradient by the weight; adds those by shares and steps where they are wanted.
template <WeightQuantizer Quantizer, int... Bits>
at::Tensor weight_gradient(const RowWeights& row, const at::Tensor& weight, at::Tensor&& upstream,
                           RowGradients& by) {
    const bool learned = !row.step_at.empty();
    if (!learned && by.by_share.empty() && row.all_alive)
        return std::move(upstream);
    at::Tensor g = std::move(upstream);
    if (!g.is_contiguous())
        g = g.contiguous();
    if constexpr (std::is_same_v<Quantizer, UniformGrid>)
        if (learned)
            return clipped_gradient<Bits...>(row, weight, g, by);
    if (!plain_floats(weight) || !plain_floats(g)) {
        if (!by.by_share.empty())
            add_share_gradients<Quantizer, Bits...>(row, weight, g, by.by_share);
        return g * column_of({row.alive.begin(), row.alive.end()}, weight);
    }
    at::Tensor result = row.all_alive || is_ours(g) ? g : at::empty_like(g);
    const float *w = weight.const_data_ptr<float>(), *up = g.const_data_ptr<float>();
    float* out = row.all_alive ? nullptr : result.mutable_data_ptr<float>();
    for_each_channel(weight, [&](std::size_t c, std::int64_t first, std::int64_t length) {
        if (!by.by_share.empty())
            add_share_gradients<Quantizer, Bits...>(row, c, w + first, up + first, length, by.by_share);
        if (out != nullptr)
            scale(up + first, row.alive[c], out + first, length);
    });
    return result;
}

/// From the derivatives by shares of which those with bits make 1 together to those by the shares as they
/// are.
template <int... Bits>
void through_normalization(const RowWeights& row, std::vector<double>& by_share) {
    constexpr std::size_t n = sizeof...(Bits);
    constexpr int bits[] = {Bits...};
    for (std::size_t c = 0; c < row.strength.size(); ++c) {
        double mean = 0;
        for (std::size_t i = 0; i < n; ++i)
            mean += double{row.shares[c * n + i]} * by_share[c * n + i];
        for (std::size_t i = 0; i < n; ++i)
            by_share[c * n + i] = bits[i] > 0 ? (by_share[c * n + i] - mean) / double{row.strength[c]} : 0;
    }
}

/// The gradient by a bias, or other numbers of the channels, of which `left` is left; adds those by the
/// shares where `by_share` is not empty.
template <int... Bits>
at::Tensor bias_gradient(const at::Tensor& bias, const at::Tensor& upstream, const std::vector<float>& left,
                         std::vector<double>& by_share) {
    std::vector<double> g = read(upstream), b = read(bias);
    constexpr int bits[] = {Bits...};
    for (std::size_t c = 0; c < g.size(); ++c) {
        for (std::size_t i = 0; i < sizeof...(Bits) && !by_share.empty(); ++i)
            by_share[c * sizeof...(Bits) + i] += bits[i] > 0 ? g[c] * b[c] : 0;
        g[c] *= double{left[c]};
    }
    return write(g, bias);
}

} // namespace pliny::detail
