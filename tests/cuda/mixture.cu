// SPDX-License-Identifier: Apache-2.0
// The kernels for activations against the loops of the CPU.
#include <pliny/cuda/mixture.cuh>

#include "cuda/device.cuh"
#include "support/threads.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using namespace pliny::detail;
using testing::OnDevice;

namespace {

/// Quantizers of so many bits with a clip each, signed and not in turn.
template <int... Bits>
Mixture<sizeof...(Bits)> mixture_of() {
    constexpr int n = sizeof...(Bits), bits[] = {Bits...};
    Mixture<n> mixture{};
    for (int i = 0; i < n; ++i) {
        const float clip = 0.7f + 0.4f * static_cast<float>(i);
        mixture.grids[i] =
            i % 2 == 0 ? pliny::signed_grid(clip, bits[i]) : pliny::unsigned_grid(clip, bits[i]);
        mixture.share[i] = 1.0f / static_cast<float>(i + 2);
    }
    return mixture;
}

/// Less than a block, more than all blocks at once, whole quads and not.
constexpr std::int64_t counts[] = {0, 1, 5, 1024, 1000003, 5000000};

// Numbers start at `from`, so that quads are aligned where that is 0; the last one must stay.
template <int N>
void check(const Mixture<N>& mixture, std::int64_t count, std::int64_t from) {
    CAPTURE(N);
    CAPTURE(count);
    CAPTURE(from);
    const auto x = testing::normal_numbers(from + count + 1, 1),
               g = testing::normal_numbers(from + count + 1, 2);
    std::vector<float> expected = g;
    const OnDevice<float> inputs(x), outputs(g), gradients(g);

    mix(x.data() + from, expected.data() + from, count, mixture);
    REQUIRE(cuda::mix(inputs.get() + from, outputs.get() + from, count, mixture, nullptr) == cudaSuccess);
    CHECK(outputs.read() == expected);

    MixtureSums<N> expected_sums;
    expected = g;
    mix_backward(x.data() + from, g.data() + from, expected.data() + from, count, mixture, expected_sums);
    const OnDevice<MixtureSums<N>> sums(std::vector<MixtureSums<N>>(2));
    const OnDevice<double> scratch(std::vector<double>(cuda::mix_scratch<N>(count)));
    for (int run = 0; run < 2; ++run) { // the second in place
        const OnDevice<float> in_place(g);
        REQUIRE(cuda::mix_backward(inputs.get() + from, (run == 0 ? gradients : in_place).get() + from,
                                   in_place.get() + from, count, mixture, sums.get() + run, scratch.get(),
                                   nullptr) == cudaSuccess);
        CHECK(in_place.read() == expected);
    }
    REQUIRE(cuda::mix_gradient(inputs.get() + from, gradients.get() + from, gradients.get() + from, count,
                               mixture, nullptr) == cudaSuccess);
    CHECK(gradients.read() == expected);

    const std::vector<MixtureSums<N>> found = sums.read();
    for (int n = 0; n < N; ++n) {
        const double scale = 0.3 * static_cast<double>(count);
        CHECK(testing::near(found[0].by_value[n], expected_sums.by_value[n], scale));
        CHECK(testing::near(found[0].by_input[n], expected_sums.by_input[n], scale));
        CHECK(found[0].by_value[n] == found[1].by_value[n]);
        CHECK(found[0].by_input[n] == found[1].by_input[n]);
    }
}

template <int N>
void check_all(const Mixture<N>& mixture) {
    for (std::int64_t count : counts)
        for (std::int64_t from : {0, 1})
            check(mixture, count, from);
}

/// Share 1 and step 1: codes.
template <int... Bits>
void check_codes() {
    const auto x = testing::normal_numbers(100000, 3);
    const OnDevice<float> inputs(x), outputs(x);
    for (const pliny::Grid& grid : mixture_of<Bits...>().grids) {
        const pliny::Grid codes{1, grid.inverse, grid.lo, grid.hi};
        REQUIRE(cuda::mix(inputs.get(), outputs.get(), 100000, Mixture<1>{{codes}, {1}}, nullptr) ==
                cudaSuccess);
        std::vector<float> expected;
        for (float number : x)
            expected.push_back(grid.code(number));
        CHECK(outputs.read() == expected);
    }
}

} // namespace

TEST_CASE("cuda mixture: kernels give the numbers of the CPU, sums near and always the same") {
    if (testing::no_device())
        return;
    check_all(mixture_of<8>());
    check_all(mixture_of<2, 4, 8>());
    check_all(mixture_of<1, 2, 4, 8>());
    check_all(mixture_of<1, 16>());
}

TEST_CASE("cuda mixture: codes are those of the CPU") {
    if (testing::no_device())
        return;
    check_codes<1, 2, 4, 8, 16>();
}
