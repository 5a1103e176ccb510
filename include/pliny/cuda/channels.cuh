// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cuda/threads.cuh>
#include <pliny/quantizers/channel_loops.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace pliny::detail::cuda {

/// Over the weights of a thread: max |w| and the sum of |w|.
struct Magnitudes {
    float largest = 0, sum = 0;
};

/// What a thread does for channel_range(); Weights is float.
template <class Weights>
constexpr Magnitudes range_thread(Thread thread, const Weights* w, std::int64_t length, bool quads) {
    Magnitudes magnitudes;
    for_each_tile(thread, length, quads, [&](auto width, std::int64_t i) {
        for (const Tile<width> tile = load<width>(w + i); float weight : tile.at) {
            const float magnitude = std::fabs(weight);
            magnitudes.largest = magnitude > magnitudes.largest ? magnitude : magnitudes.largest;
            magnitudes.sum += magnitude;
        }
    });
    return magnitudes;
}

/// As weight_mixture(), but with what codes are multiplied by in place of the shares.
template <int... Bits>
constexpr WeightMixture<Bits...> weight_factors(ChannelRange channel, const float* share) {
    WeightMixture<Bits...> mixture = weight_mixture<Bits...>(channel, share);
    for (std::size_t n = 0; n < sizeof...(Bits); ++n)
        mixture.share[n] *= mixture.grids[n].step;
    return mixture;
}

/// As channel_part(), with a product that is rounded on the GPU too.
template <int Bits>
constexpr float rounded_part(float factor, const Grid& grid, float w) {
    if constexpr (Bits == 0)
        return 0;
    else
        return rounded_product(factor, channel_code<Bits>(grid, w));
}
template <int... Bits, std::size_t... Index>
constexpr float mixed_weight(const WeightMixture<Bits...>& factors, float w, std::index_sequence<Index...>) {
    return (... + rounded_part<Bits>(factors.share[Index], factors.grids[Index], w));
}

/// What a thread does for mix_channel().
template <int... Bits>
constexpr void mix_channel_thread(Thread thread, const float* w, float* out, std::int64_t length, bool quads,
                                  const WeightMixture<Bits...>& factors) {
    for_each_tile(thread, length, quads, [&](auto width, std::int64_t i) {
        Tile<width> tile = load<width>(w + i);
        for (float& weight : tile.at)
            weight = mixed_weight(factors, weight, std::make_index_sequence<sizeof...(Bits)>());
        store(out + i, tile);
    });
}

/// What a thread does for quantize_channel(); Weights is float.
template <class Weights>
constexpr void quantize_channel_thread(Thread thread, const Weights* w, Weights* out, std::int64_t length,
                                       bool quads, const Grid& grid, int bits) {
    for_each_tile(thread, length, quads, [&](auto width, std::int64_t i) {
        Tile<width> tile = load<width>(w + i);
        for (float& weight : tile.at)
            weight = grid.step * (bits >= 2 ? grid.code(weight) : channel_code<1>(grid, weight));
        store(out + i, tile);
    });
}

/// The sums over a thread's weights of g x code for each candidate.
template <int Candidates>
struct ChannelSums {
    float at[Candidates]{};
};

template <int... Bits, std::size_t... Index>
constexpr void add_to(ChannelSums<sizeof...(Bits)>& sums, const WeightMixture<Bits...>& mixture, float w,
                      float g, std::index_sequence<Index...>) {
    ((sums.at[Index] += channel_part<Bits>(g, mixture.grids[Index], w)), ...);
}

/// What a thread does for channel_sums().
template <int... Bits>
constexpr ChannelSums<sizeof...(Bits)> channel_sums_thread(Thread thread, const float* w, const float* g,
                                                           std::int64_t length, bool quads,
                                                           const WeightMixture<Bits...>& mixture) {
    ChannelSums<sizeof...(Bits)> sums;
    for_each_tile(thread, length, quads, [&](auto width, std::int64_t i) {
        const Tile<width> weights = load<width>(w + i), gradients = load<width>(g + i);
        for (int l = 0; l < width; ++l)
            add_to(sums, mixture, weights.at[l], gradients.at[l],
                   std::make_index_sequence<sizeof...(Bits)>());
    });
    return sums;
}

/// A warp has a channel of up to so many weights; a block has a longer one.
inline constexpr std::int64_t longest_of_warp = 512;

/// How many channels a block has, where a channel has so many warps.
constexpr int channels_of_block(int warps) { return block_warps / warps; }

#ifdef __CUDACC__

/// This thread's channel, and which it is among the threads that share that.
template <int Warps>
__device__ std::int64_t channel_index() {
    return std::int64_t{blockIdx.x} * channels_of_block(Warps) + warp_index() / Warps;
}
template <int Warps>
__device__ Thread thread_of_channel() {
    constexpr int count = Warps * warp_size;
    return {static_cast<int>(threadIdx.x) % count, count};
}

/// The range of a channel, for all of its threads.
template <int Warps>
__device__ ChannelRange measured(const float* w, std::int64_t length, bool quads) {
    const Magnitudes own = range_thread(thread_of_channel<Warps>(), w, length, quads);
    float largest = warp_largest(own.largest);
    double sum = warp_sum(double{own.sum});
    if constexpr (Warps > 1) {
        __shared__ float largest_of_warp[Warps];
        __shared__ double sum_of_warp[Warps];
        if (lane_index() == 0) {
            largest_of_warp[warp_index()] = largest;
            sum_of_warp[warp_index()] = sum;
        }
        __syncthreads();
        for (float other : largest_of_warp)
            largest = fmaxf(largest, other);
        sum = strided_sum(sum_of_warp, Warps, 0, 1);
    }
    return {largest, length == 0 ? 0 : static_cast<float>(sum / static_cast<double>(length))};
}

template <int Warps, int... Bits>
__global__ void __launch_bounds__(block_size)
    mix_channels_kernel(const float* __restrict__ w, float* __restrict__ out, std::int64_t channels,
                        std::int64_t length, bool quads, const float* __restrict__ shares,
                        ChannelRange* ranges) {
    const std::int64_t c = channel_index<Warps>();
    if (c >= channels) // the whole warp, and only where no other waits for it
        return;
    const ChannelRange range = measured<Warps>(w + c * length, length, quads);
    const Thread thread = thread_of_channel<Warps>();
    mix_channel_thread(thread, w + c * length, out + c * length, length, quads,
                       weight_factors<Bits...>(range, shares + c * std::int64_t{sizeof...(Bits)}));
    if (thread.index == 0)
        ranges[c] = range;
}

template <int Warps>
__global__ void __launch_bounds__(block_size)
    quantize_channels_kernel(const float* __restrict__ w, float* __restrict__ out, std::int64_t channels,
                             std::int64_t length, bool quads, const int* __restrict__ bits,
                             ChannelRange* ranges) {
    const std::int64_t c = channel_index<Warps>();
    if (c >= channels)
        return;
    const ChannelRange range = measured<Warps>(w + c * length, length, quads);
    const Thread thread = thread_of_channel<Warps>();
    quantize_channel_thread(thread, w + c * length, out + c * length, length, quads,
                            channel_grid(range, bits[c]), bits[c]);
    if (thread.index == 0)
        ranges[c] = range;
}

template <int Warps, int... Bits>
__global__ void __launch_bounds__(block_size)
    channel_sums_kernel(const float* __restrict__ w, const float* __restrict__ g, std::int64_t channels,
                        std::int64_t length, bool quads, const ChannelRange* __restrict__ ranges,
                        double* sums) {
    constexpr int n = sizeof...(Bits);
    const std::int64_t c = channel_index<Warps>();
    if (c >= channels)
        return;
    constexpr float unused[n]{};
    const auto mixture = weight_mixture<Bits...>(ranges[c], unused);
    const Thread thread = thread_of_channel<Warps>();
    const ChannelSums<n> own =
        channel_sums_thread(thread, w + c * length, g + c * length, length, quads, mixture);
    __shared__ double of_warp[n][block_warps];
    for (int i = 0; i < n; ++i) {
        const double sum = warp_sum(double{own.at[i]});
        if (lane_index() == 0)
            of_warp[i][warp_index()] = double{mixture.grids[i].step} * sum;
    }
    if constexpr (Warps > 1)
        __syncthreads();
    if (thread.index == 0)
        for (int i = 0; i < n; ++i)
            sums[c * n + i] = strided_sum(&of_warp[i][warp_index()], Warps, 0, 1);
}

/// launch(warps, blocks) with as many warps for each channel as its length wants.
template <class Launch>
cudaError_t launch_by_length(std::int64_t channels, std::int64_t length, const Launch& launch) {
    const auto with = [&](auto warps) {
        constexpr int each = channels_of_block(warps);
        launch(warps, static_cast<unsigned>((channels + each - 1) / each));
    };
    if (channels == 0)
        return cudaSuccess;
    if (length <= longest_of_warp)
        with(std::integral_constant<int, 1>());
    else
        with(std::integral_constant<int, block_warps>());
    return cudaGetLastError();
}

/// For every channel of w[channel][weight]: its range, and out = sum of share x value of w. Pointers are to
/// device memory; shares[channel][candidate].
template <int... Bits>
cudaError_t mix_channels(const float* w, float* out, std::int64_t channels, std::int64_t length,
                         const float* shares, ChannelRange* ranges, cudaStream_t stream) {
    return launch_by_length(channels, length, [&](auto warps, unsigned blocks) {
        mix_channels_kernel<warps, Bits...><<<blocks, block_size, 0, stream>>>(
            w, out, channels, length, in_quads(w, out) && length % 4 == 0, shares, ranges);
    });
}

/// As mix_channels(), where channel c has bits[c], in device memory, alone.
inline cudaError_t quantize_channels(const float* w, float* out, std::int64_t channels, std::int64_t length,
                                     const int* bits, ChannelRange* ranges, cudaStream_t stream) {
    return launch_by_length(channels, length, [&](auto warps, unsigned blocks) {
        quantize_channels_kernel<warps><<<blocks, block_size, 0, stream>>>(
            w, out, channels, length, in_quads(w, out) && length % 4 == 0, bits, ranges);
    });
}

/// sums[channel][candidate] of g x value of w: the gradients by the shares. Reads the ranges of
/// mix_channels().
template <int... Bits>
cudaError_t channel_sums(const float* w, const float* g, std::int64_t channels, std::int64_t length,
                         const ChannelRange* ranges, double* sums, cudaStream_t stream) {
    return launch_by_length(channels, length, [&](auto warps, unsigned blocks) {
        channel_sums_kernel<warps, Bits...><<<blocks, block_size, 0, stream>>>(
            w, g, channels, length, in_quads(w, g) && length % 4 == 0, ranges, sums);
    });
}

#endif

} // namespace pliny::detail::cuda
