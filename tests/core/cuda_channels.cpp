// SPDX-License-Identifier: Apache-2.0
// What the threads of the kernels for weights do, one after another, against the loops of the CPU.
#include <pliny/cuda/channels.cuh>

#include "support/threads.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using namespace pliny::detail;
using pliny::ChannelRange;

namespace {

/// The threads of a channel in turn; f(thread) for each.
template <class F>
void for_each_thread(int warps, const F& f) {
    for (int t = 0; t < warps * cuda::warp_size; ++t)
        f(cuda::Thread{t, warps * cuda::warp_size});
}

ChannelRange measured(const std::vector<float>& w, bool quads, int warps) {
    std::vector<cuda::Magnitudes> threads;
    const auto length = static_cast<std::int64_t>(w.size());
    for_each_thread(warps, [&](cuda::Thread thread) {
        threads.push_back(cuda::range_thread(thread, w.data(), length, quads));
    });
    const auto sums = testing::warp_sums<double>(
        warps, [&](int t) { return double{threads[static_cast<std::size_t>(t)].sum}; });
    ChannelRange range;
    for (const cuda::Magnitudes& own : threads)
        range.largest = own.largest > range.largest ? own.largest : range.largest;
    range.mean =
        static_cast<float>(cuda::strided_sum(sums.data(), warps, 0, 1) / static_cast<double>(length));
    return range;
}

template <int... Bits>
void check(std::int64_t length, bool quads, int warps) {
    CAPTURE(length);
    CAPTURE(warps);
    constexpr int candidates = sizeof...(Bits), bits[] = {Bits...};
    const auto w = testing::normal_numbers(length, 7, 0.05f), g = testing::normal_numbers(length, 8);
    const ChannelRange range = channel_range(w.data(), length), own = measured(w, quads, warps);
    CHECK(own.largest == range.largest);
    CHECK(testing::near(double{own.mean}, double{range.mean}, 0));

    float shares[candidates];
    for (int n = 0; n < candidates; ++n)
        shares[n] = 1.0f / static_cast<float>(n + 2);
    const auto mixture = weight_mixture<Bits...>(range, shares);
    std::vector<float> expected(w.size() + 1, 77.0f), out = expected;
    mix_channel(w.data(), expected.data(), length, mixture);
    for_each_thread(warps, [&](cuda::Thread thread) {
        cuda::mix_channel_thread(thread, w.data(), out.data(), length, quads,
                                 cuda::weight_factors<Bits...>(range, shares));
    });
    CHECK(testing::all_near(out, expected));

    for (int of_channel : bits) {
        quantize_channel(w.data(), expected.data(), length, channel_grid(range, of_channel), of_channel);
        for_each_thread(warps, [&](cuda::Thread thread) {
            cuda::quantize_channel_thread(thread, w.data(), out.data(), length, quads,
                                          channel_grid(range, of_channel), of_channel);
        });
        CHECK(out == expected);
    }

    double expected_sums[candidates]{};
    channel_sums(w.data(), g.data(), length, mixture, expected_sums);
    std::vector<cuda::ChannelSums<candidates>> threads;
    for_each_thread(warps, [&](cuda::Thread thread) {
        threads.push_back(cuda::channel_sums_thread(thread, w.data(), g.data(), length, quads, mixture));
    });
    for (int n = 0; n < candidates; ++n) {
        const auto sums = testing::warp_sums<double>(
            warps, [&](int t) { return double{threads[static_cast<std::size_t>(t)].at[n]}; });
        const double sum = double{mixture.grids[n].step} * cuda::strided_sum(sums.data(), warps, 0, 1);
        CHECK(testing::near(sum, expected_sums[n], 0.03 * static_cast<double>(length)));
    }
}

} // namespace

TEST_CASE("cuda channels: threads give the numbers of the CPU's loops, ranges and sums are near") {
    for (std::int64_t length : {1, 3, 4, 27, 576, 1001, 4608})
        for (int warps : {1, cuda::block_warps})
            for (bool quads : {false, true}) {
                check<8>(length, quads, warps);
                check<2, 4, 8>(length, quads, warps);
                check<0, 2, 4, 8>(length, quads, warps);
                check<1, 16>(length, quads, warps);
            }
}
