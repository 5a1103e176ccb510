// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

// What a thread does is a constexpr function of its number, which --expt-relaxed-constexpr makes callable in
// kernels: without a GPU, tests run the threads one after another.
namespace pliny::detail::cuda {

inline constexpr int warp_size = 32;
inline constexpr int block_size = 256;
inline constexpr int block_warps = block_size / warp_size;

/// Which thread this is, of how many that share the work.
struct Thread {
    std::int64_t index = 0, count = 1;
};

/// Numbers that are read and written at once.
template <int Width>
struct alignas(4 * Width) Tile {
    float at[Width];
};
template <int Width>
constexpr Tile<Width> load(const float* from) {
    return *reinterpret_cast<const Tile<Width>*>(from);
}
template <int Width>
constexpr void store(float* to, const Tile<Width>& tile) {
    *reinterpret_cast<Tile<Width>*>(to) = tile;
}

/// Whether these can be read and written four numbers at a time.
template <class... Pointer>
bool in_quads(const Pointer*... pointers) {
    return (... && (reinterpret_cast<std::uintptr_t>(pointers) % sizeof(Tile<4>) == 0));
}

/// body(width, i) for the numbers i ... i + width - 1 that are this thread's: neighbours have neighbouring
/// tiles, with `quads` of four numbers and at the end of one.
template <class Body>
constexpr void for_each_tile(Thread thread, std::int64_t count, bool quads, const Body& body) {
    const std::int64_t whole = quads ? count / 4 : 0;
    for (std::int64_t tile = thread.index; tile < whole; tile += thread.count)
        body(std::integral_constant<int, 4>(), 4 * tile);
    for (std::int64_t i = 4 * whole + thread.index; i < count; i += thread.count)
        body(std::integral_constant<int, 1>(), i);
}

/// How many blocks share so many numbers: a quad for each thread, but not more than `most` blocks. It is not
/// asked of the device, so sums are the same on all of them.
constexpr int blocks_for(std::int64_t count, int most) {
    constexpr std::int64_t of_block = 4 * block_size;
    return static_cast<int>(std::clamp<std::int64_t>((count + of_block - 1) / of_block, 1, most));
}

/// The sum of every `lanes`-th number from `lane` on.
template <class Number>
constexpr double strided_sum(const Number* numbers, int count, int lane, int lanes) {
    double sum = 0;
    for (int i = lane; i < count; i += lanes)
        sum += double{numbers[i]};
    return sum;
}

/// A product that is rounded before it is added, as on the CPU.
constexpr float rounded_product(float a, float b) {
#ifdef __CUDA_ARCH__
    return __fmul_rn(a, b);
#else
    return a * b;
#endif
}

#ifdef __CUDACC__

/// This thread among all of the grid.
__device__ inline Thread thread_of_grid() {
    return {std::int64_t{blockIdx.x} * block_size + threadIdx.x, std::int64_t{gridDim.x} * block_size};
}
__device__ inline int lane_index() { return static_cast<int>(threadIdx.x) % warp_size; }
__device__ inline int warp_index() { return static_cast<int>(threadIdx.x) / warp_size; }

/// The sum over a warp, the same in all lanes, always added in the same order.
template <class Number>
__device__ Number warp_sum(Number number) {
    for (int offset = warp_size / 2; offset > 0; offset /= 2)
        number += __shfl_xor_sync(0xffffffffu, number, offset);
    return number;
}
__device__ inline float warp_largest(float number) {
    for (int offset = warp_size / 2; offset > 0; offset /= 2)
        number = fmaxf(number, __shfl_xor_sync(0xffffffffu, number, offset));
    return number;
}

#endif

} // namespace pliny::detail::cuda
