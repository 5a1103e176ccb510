// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cuda/threads.cuh>
#include <pliny/quantizers/loops.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace pliny::detail::cuda {

/// The share of each quantizer times its step: what its codes are multiplied by.
template <int Candidates>
constexpr Mixture<Candidates> with_factors(Mixture<Candidates> mixture) {
    for (int n = 0; n < Candidates; ++n)
        mixture.share[n] = (Candidates == 1 ? 1.0f : mixture.share[n]) * mixture.grids[n].step;
    return mixture;
}

template <int Candidates, std::size_t... Index>
constexpr float mixed(const Mixture<Candidates>& factors, float x, std::index_sequence<Index...>) {
    return (... + rounded_product(factors.share[Index], factors.grids[Index].code(x)));
}

/// What a thread does for mix().
template <int Candidates>
constexpr void mix_thread(Thread thread, const float* x, float* y, std::int64_t count, bool quads,
                          const Mixture<Candidates>& factors) {
    for_each_tile(thread, count, quads, [&](auto width, std::int64_t i) {
        Tile<width> tile = load<width>(x + i);
        for (float& number : tile.at)
            number = mixed(factors, number, std::make_index_sequence<Candidates>());
        store(y + i, tile);
    });
}

/// The sums over a thread's numbers: of g x code for each quantizer, then of g x input where that is inside.
template <int Candidates>
struct ThreadSums {
    float at[2 * Candidates]{};
};

template <int Candidates, std::size_t... Index>
constexpr void add_to(ThreadSums<Candidates>& sums, const Mixture<Candidates>& mixture, float x, float g,
                      std::index_sequence<Index...>) {
    ((sums.at[Index] += g * mixture.grids[Index].code(x)), ...);
    ((sums.at[Candidates + Index] += where_inside(mixture.grids[Index], x, g * x)), ...);
}

/// What a thread does for mix_backward() and, without sums, for mix_gradient().
template <bool WithSums, int Candidates>
constexpr ThreadSums<Candidates> backward_thread(Thread thread, const float* x, const float* g, float* dx,
                                                 std::int64_t count, bool quads,
                                                 const Mixture<Candidates>& mixture) {
    ThreadSums<Candidates> sums;
    for_each_tile(thread, count, quads, [&](auto width, std::int64_t i) {
        constexpr std::make_index_sequence<Candidates> all;
        const Tile<width> input = load<width>(x + i);
        Tile<width> passed = load<width>(g + i); // dx may be g
        for (int l = 0; l < width; ++l) {
            if constexpr (WithSums)
                add_to(sums, mixture, input.at[l], passed.at[l], all);
            passed.at[l] *= share_inside(mixture, input.at[l], all);
        }
        store(dx + i, passed);
    });
    return sums;
}

/// What the 132 multiprocessors of an H100 run at once: 8 blocks each, with the registers of the sums 4.
inline constexpr int most_mix_blocks = 132 * 8;
inline constexpr int most_sum_blocks = 132 * 4;

/// How many doubles of device memory mix_backward() needs for itself.
template <int Candidates>
constexpr std::size_t mix_scratch(std::int64_t count) {
    return std::size_t{2 * Candidates} * static_cast<std::size_t>(blocks_for(count, most_sum_blocks));
}

#ifdef __CUDACC__

template <int Candidates>
__global__ void __launch_bounds__(block_size, 8)
    mix_kernel(const float* __restrict__ x, float* __restrict__ y, std::int64_t count, bool quads,
               const __grid_constant__ Mixture<Candidates> factors) {
    mix_thread(thread_of_grid(), x, y, count, quads, factors);
}

template <int Candidates>
__global__ void __launch_bounds__(block_size, 8)
    gradient_kernel(const float* __restrict__ x, const float* g, float* dx, std::int64_t count, bool quads,
                    const __grid_constant__ Mixture<Candidates> mixture) {
    backward_thread<false>(thread_of_grid(), x, g, dx, count, quads, mixture);
}

/// partial[n x blocks + b]: sum n over the numbers of block b.
template <int Candidates>
__global__ void __launch_bounds__(block_size, 4)
    backward_kernel(const float* __restrict__ x, const float* g, float* dx, std::int64_t count, bool quads,
                    const __grid_constant__ Mixture<Candidates> mixture, double* partial) {
    const ThreadSums<Candidates> sums =
        backward_thread<true>(thread_of_grid(), x, g, dx, count, quads, mixture);
    __shared__ float of_warp[2 * Candidates][block_warps];
    for (int n = 0; n < 2 * Candidates; ++n) {
        const float sum = warp_sum(sums.at[n]);
        if (lane_index() == 0)
            of_warp[n][warp_index()] = sum;
    }
    __syncthreads();
    if (const unsigned n = threadIdx.x; n < 2 * Candidates)
        partial[n * gridDim.x + blockIdx.x] = strided_sum(of_warp[n], block_warps, 0, 1);
}

/// A warp for each of the sums, two per candidate.
template <int Candidates>
__global__ void sums_kernel(const double* partial, int blocks,
                            const __grid_constant__ Mixture<Candidates> mixture,
                            MixtureSums<Candidates>* sums) {
    const int n = warp_index();
    const double sum = warp_sum(strided_sum(partial + n * blocks, blocks, lane_index(), warp_size));
    if (lane_index() == 0)
        (n < Candidates ? sums->by_value[n] : sums->by_input[n - Candidates]) =
            n < Candidates ? double{mixture.grids[n].step} * sum : sum;
}

/// y = sum of share x value of x, the same numbers as on the CPU. All pointers are to device memory.
template <int Candidates>
cudaError_t mix(const float* x, float* y, std::int64_t count, const Mixture<Candidates>& mixture,
                cudaStream_t stream) {
    const int blocks = blocks_for(count, most_mix_blocks);
    mix_kernel<Candidates>
        <<<blocks, block_size, 0, stream>>>(x, y, count, in_quads(x, y), with_factors(mixture));
    return cudaGetLastError();
}

/// dx = g x the shares that do not clip x, the same numbers as on the CPU, and the sums (written, not added
/// to). dx may be g, but not overlap it otherwise. `scratch` has room for mix_scratch<Candidates>(count)
/// numbers.
template <int Candidates>
cudaError_t mix_backward(const float* x, const float* g, float* dx, std::int64_t count,
                         const Mixture<Candidates>& mixture, MixtureSums<Candidates>* sums, double* scratch,
                         cudaStream_t stream) {
    static_assert(2 * Candidates * warp_size <= 1024, "the sums are added in one block");
    const int blocks = blocks_for(count, most_sum_blocks);
    backward_kernel<Candidates>
        <<<blocks, block_size, 0, stream>>>(x, g, dx, count, in_quads(x, g, dx), mixture, scratch);
    if (const cudaError_t error = cudaGetLastError(); error != cudaSuccess)
        return error;
    sums_kernel<Candidates><<<1, 2 * Candidates * warp_size, 0, stream>>>(scratch, blocks, mixture, sums);
    return cudaGetLastError();
}

/// As mix_backward(), where nobody wants the sums.
template <int Candidates>
cudaError_t mix_gradient(const float* x, const float* g, float* dx, std::int64_t count,
                         const Mixture<Candidates>& mixture, cudaStream_t stream) {
    const int blocks = blocks_for(count, most_mix_blocks);
    gradient_kernel<Candidates>
        <<<blocks, block_size, 0, stream>>>(x, g, dx, count, in_quads(x, g, dx), mixture);
    return cudaGetLastError();
}

#endif

} // namespace pliny::detail::cuda
