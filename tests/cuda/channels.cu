// SPDX-License-Identifier: Apache-2.0
// The kernels for weights against the loops of the CPU.
#include <pliny/cuda/channels.cuh>

#include "cuda/device.cuh"
#include "support/threads.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

using namespace pliny::detail;
using pliny::ChannelRange;
using testing::OnDevice;

namespace {

constexpr std::int64_t channels = 21; // not a whole number of blocks

void check_ranges(const std::vector<ChannelRange>& found, const std::vector<float>& w, std::int64_t length) {
    for (std::int64_t c = 0; c < channels; ++c) {
        const ChannelRange range = channel_range(w.data() + c * length, length);
        const ChannelRange own = found[static_cast<std::size_t>(c)];
        CHECK(own.largest == range.largest);
        CHECK(testing::near(double{own.mean}, double{range.mean}, 0));
    }
}

/// The CPU gets the ranges that the GPU has measured, whose means may differ in the last bit.
template <int... Bits>
void check(std::int64_t length) {
    constexpr int candidates = sizeof...(Bits), bits[] = {Bits...};
    CAPTURE(length);
    const std::int64_t count = channels * length;
    const auto w = testing::normal_numbers(count, 7, 0.05f), g = testing::normal_numbers(count, 8);
    std::vector<float> shares, expected(w.size());
    std::vector<int> bits_of_channel;
    for (int c = 0; c < channels; ++c) {
        bits_of_channel.push_back(bits[c % candidates]);
        for (int n = 0; n < candidates; ++n)
            shares.push_back(1.0f / static_cast<float>(n + c + 2));
    }
    const OnDevice<float> weights(w), gradients(g), share(shares), outputs(expected);
    const OnDevice<ChannelRange> ranges(std::vector<ChannelRange>(static_cast<std::size_t>(channels)));
    const OnDevice<int> chosen(bits_of_channel);
    const OnDevice<double> sums(std::vector<double>(shares.size(), 77));

    REQUIRE(cuda::mix_channels<Bits...>(weights.get(), outputs.get(), channels, length, share.get(),
                                        ranges.get(), nullptr) == cudaSuccess);
    REQUIRE(cuda::channel_sums<Bits...>(weights.get(), gradients.get(), channels, length, ranges.get(),
                                        sums.get(), nullptr) == cudaSuccess);
    const std::vector<ChannelRange> range = ranges.read();
    check_ranges(range, w, length);
    const std::vector<double> found = sums.read();
    for (std::int64_t c = 0; c < channels; ++c) {
        const auto at = static_cast<std::size_t>(c);
        const auto mixture = weight_mixture<Bits...>(range[at], &shares[at * candidates]);
        mix_channel(w.data() + c * length, expected.data() + c * length, length, mixture);
        double expected_sums[candidates]{};
        channel_sums(w.data() + c * length, g.data() + c * length, length, mixture, expected_sums);
        for (std::size_t n = 0; n < candidates; ++n)
            CHECK(testing::near(found[at * candidates + n], expected_sums[n],
                                0.03 * static_cast<double>(length)));
    }
    CHECK(outputs.read() == expected);

    REQUIRE(cuda::quantize_channels(weights.get(), outputs.get(), channels, length, chosen.get(),
                                    ranges.get(), nullptr) == cudaSuccess);
    for (std::int64_t c = 0; c < channels; ++c)
        quantize_channel(
            w.data() + c * length, expected.data() + c * length, length,
            channel_grid(range[static_cast<std::size_t>(c)], bits_of_channel[static_cast<std::size_t>(c)]),
            bits_of_channel[static_cast<std::size_t>(c)]);
    CHECK(outputs.read() == expected);
}

} // namespace

TEST_CASE(
    "cuda channels: kernels give the numbers of the CPU for the same ranges, ranges and sums are near") {
    if (testing::no_device())
        return;
    for (std::int64_t length : {1, 27, 288, 512, 513, 576, 4608}) {
        check<8>(length);
        check<2, 4, 8>(length);
        check<0, 2, 4, 8>(length);
        check<1, 16>(length);
    }
}
