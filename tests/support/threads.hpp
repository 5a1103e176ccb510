// SPDX-License-Identifier: Apache-2.0
// What the tests of CUDA kernels share: numbers, and the steps of a warp on the CPU.
#pragma once

#include <pliny/cuda/threads.cuh>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace testing {

inline std::vector<float> normal_numbers(std::int64_t count, unsigned seed, float deviation = 1) {
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal(0, deviation);
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = i % 5 == 4 ? (i % 2 == 0 ? 0.0f : -0.0f) : normal(engine);
    return numbers;
}

/// Sums that may be small because of signs: `scale` is about the sum of the absolute values.
inline bool near(double a, double b, double scale = 100) {
    return std::fabs(a - b) <= 1e-6 * (std::fabs(b) + scale);
}

/// All numbers, where compilers may fuse products and sums of several candidates.
inline bool all_near(const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](float x, float y) { return near(double{x}, double{y}, 1); });
}

/// Of each warp what warp_sum() gives in lane 0, where thread t has of_thread(t).
template <class Number, class OfThread>
std::vector<Number> warp_sums(int warps, const OfThread& of_thread) {
    std::vector<Number> sums;
    for (int warp = 0; warp < warps; ++warp) {
        std::vector<Number> lanes, before;
        for (int lane = 0; lane < pliny::detail::cuda::warp_size; ++lane)
            lanes.push_back(of_thread(warp * pliny::detail::cuda::warp_size + lane));
        for (std::size_t offset = lanes.size() / 2; offset > 0; offset /= 2) {
            before = lanes;
            for (std::size_t lane = 0; lane < lanes.size(); ++lane)
                lanes[lane] += before[lane ^ offset];
        }
        sums.push_back(lanes[0]);
    }
    return sums;
}

} // namespace testing
