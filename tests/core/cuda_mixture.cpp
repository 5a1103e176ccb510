// SPDX-License-Identifier: Apache-2.0
// What the threads of the kernels do, one after another, against the loops of the CPU.
#include <pliny/cuda/mixture.cuh>

#include "support/threads.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace pliny::detail;
using testing::normal_numbers;

namespace {

const Mixture<1> one{{pliny::signed_grid(1.3f, 5)}, {0.25f}};
const Mixture<3> three{
    {pliny::unsigned_grid(2.1f, 8), pliny::unsigned_grid(1.2f, 4), pliny::signed_grid(0.7f, 2)},
    {0.5f, 0.3f, 0.2f}};
const Mixture<4> four{{pliny::affine_grid(-1, 2, 8), pliny::signed_grid(1.5f, 4), pliny::signed_grid(0.7f, 2),
                       pliny::unsigned_grid(3, 16)},
                      {0.4f, 0.3f, 0.2f, 0.1f}};

constexpr std::int64_t counts[] = {0, 1, 3, 4, 5, 31, 1000, 1027, 9001};

template <int N>
void check_forward(const Mixture<N>& mixture) {
    for (std::int64_t count : counts)
        for (std::int64_t threads : {1, 7, 512})
            for (bool quads : {false, true}) {
                const auto x = normal_numbers(count, 1);
                std::vector<float> expected(x.size() + 1, 77.0f), y = expected;
                mix(x.data(), expected.data(), count, mixture);
                for (std::int64_t thread = 0; thread < threads; ++thread)
                    cuda::mix_thread({thread, threads}, x.data(), y.data(), count, quads,
                                     cuda::with_factors(mixture));
                CHECK((N == 1 ? y == expected : testing::all_near(y, expected)));
            }
}

/// As the two kernels: threads, warps, blocks.
template <int N>
MixtureSums<N> backward(const float* x, const float* g, float* dx, std::int64_t count, bool quads,
                        const Mixture<N>& mixture, int blocks) {
    std::vector<double> partial(static_cast<std::size_t>(2 * N * blocks));
    for (int b = 0; b < blocks; ++b) {
        std::vector<cuda::ThreadSums<N>> threads;
        for (int t = 0; t < cuda::block_size; ++t)
            threads.push_back(cuda::backward_thread<true>(
                {b * cuda::block_size + t, blocks * cuda::block_size}, x, g, dx, count, quads, mixture));
        for (int n = 0; n < 2 * N; ++n) {
            const auto of_warp = testing::warp_sums<float>(
                cuda::block_warps, [&](int t) { return threads[static_cast<std::size_t>(t)].at[n]; });
            partial[static_cast<std::size_t>(n * blocks + b)] =
                cuda::strided_sum(of_warp.data(), cuda::block_warps, 0, 1);
        }
    }
    const auto sums = testing::warp_sums<double>(2 * N, [&](int t) {
        return cuda::strided_sum(partial.data() + t / cuda::warp_size * blocks, blocks, t % cuda::warp_size,
                                 cuda::warp_size);
    });
    MixtureSums<N> result;
    for (std::size_t n = 0; n < N; ++n) {
        result.by_value[n] = double{mixture.grids[n].step} * sums[n];
        result.by_input[n] = sums[N + n];
    }
    return result;
}

template <int N>
void check_backward(const Mixture<N>& mixture) {
    for (std::int64_t count : counts)
        for (int blocks : {1, 3, 40})
            for (bool quads : {false, true}) {
                CAPTURE(count);
                CAPTURE(blocks);
                const auto x = normal_numbers(count, 1), g = normal_numbers(count, 2);
                std::vector<float> expected(x.size() + 1, 77.0f), dx = expected, alone = expected;
                MixtureSums<N> expected_sums;
                mix_backward(x.data(), g.data(), expected.data(), count, mixture, expected_sums);
                const MixtureSums<N> sums =
                    backward(x.data(), g.data(), dx.data(), count, quads, mixture, blocks);
                CHECK(dx == expected);
                for (int n = 0; n < N; ++n) {
                    CHECK(testing::near(sums.by_value[n], expected_sums.by_value[n]));
                    CHECK(testing::near(sums.by_input[n], expected_sums.by_input[n]));
                }
                std::copy(g.begin(), g.end(), alone.begin()); // in place
                for (int thread = 0; thread < 100; ++thread)
                    cuda::backward_thread<false>({thread, 100}, x.data(), alone.data(), alone.data(), count,
                                                 quads, mixture);
                CHECK(alone == expected);
            }
}

} // namespace

TEST_CASE("cuda threads: every number is one thread's, neighbours are neighbouring threads'") {
    for (std::int64_t count : counts)
        for (std::int64_t threads : {1, 7, 512})
            for (bool quads : {false, true}) {
                std::vector<int> visits(static_cast<std::size_t>(count));
                for (std::int64_t thread = 0; thread < threads; ++thread)
                    cuda::for_each_tile({thread, threads}, count, quads, [&](auto width, std::int64_t i) {
                        if (width == 4)
                            CHECK(i / 4 % threads == thread);
                        for (int l = 0; l < width; ++l)
                            ++visits.at(static_cast<std::size_t>(i + l));
                    });
                CHECK(std::all_of(visits.begin(), visits.end(), [](int visit) { return visit == 1; }));
            }
}

TEST_CASE("cuda threads: a quad for each thread while there are blocks") {
    CHECK(cuda::blocks_for(0, 8) == 1);
    CHECK(cuda::blocks_for(1024, 8) == 1);
    CHECK(cuda::blocks_for(1025, 8) == 2);
    CHECK(cuda::blocks_for(std::int64_t{1} << 40, 8) == 8);
    CHECK(cuda::mix_scratch<3>(1025) == 12);
}

TEST_CASE("cuda mixture: threads give the numbers of the CPU's loop") {
    check_forward(one);
    check_forward(three);
    check_forward(four);
}

TEST_CASE("cuda mixture: gradients have the numbers of the CPU's, sums are near") {
    check_backward(one);
    check_backward(three);
    check_backward(four);
}
