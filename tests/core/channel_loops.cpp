// SPDX-License-Identifier: Apache-2.0
// The loops of the weights of a channel: its range, mixtures of bits, and the channel and codes exported.
#include <pliny/quantizers/channel_loops.hpp>

#include "support/loop_numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace pliny;
using namespace pliny::detail;
using namespace pliny::testing;

namespace {

template <class Integer>
void check_codes(const std::vector<float>& w, const std::vector<float>& values, ChannelRange channel,
                 int bits) {
    const auto count = static_cast<std::int64_t>(w.size());
    std::vector<Integer> codes(w.size() + 1, Integer{77});
    const float step = code_channel(w.data(), codes.data(), count, channel_grid(channel, bits), bits);
    CHECK(codes.back() == 77);
    std::vector<float> decoded(w.size());
    for (std::size_t i = 0; i < w.size(); ++i)
        decoded[i] = step * static_cast<float>(codes[i]);
    CHECK(same_bits(decoded, values));
}

/// Share 1 for one candidate: the exported channel, and its codes.
template <int... Bits>
void check_one_hot(const std::vector<float>& w) {
    const auto count = static_cast<std::int64_t>(w.size());
    const ChannelRange channel = channel_range(w.data(), count);
    constexpr int bits[] = {Bits...};
    for (std::size_t n = 0; n < sizeof...(Bits); ++n) {
        CAPTURE(bits[n]);
        CAPTURE(count);
        float shares[sizeof...(Bits)]{};
        shares[n] = 1;
        std::vector<float> mixed(w.size() + 1, 77.0f), alone = mixed;
        mix_channel(w.data(), mixed.data(), count, weight_mixture<Bits...>(channel, shares));
        quantize_channel(w.data(), alone.data(), count, channel_grid(channel, bits[n]), bits[n]);
        CHECK(alone.back() == 77.0f);
        CHECK(same_bits(mixed, alone));
        CHECK(std::none_of(alone.begin(), alone.end(), [](float v) { return v == 0 && std::signbit(v); }));
        alone.pop_back();
        check_codes<std::int16_t>(w, alone, channel, bits[n]);
        if (bits[n] <= 8)
            check_codes<std::int8_t>(w, alone, channel, bits[n]);
    }
}

} // namespace

TEST_CASE("channel loops: the largest and the mean |w|") {
    for (std::int64_t count : counts) {
        const auto w = normal_numbers(count, 6);
        double sum = 0;
        float largest = 0;
        for (float weight : w) {
            sum += double{std::fabs(weight)};
            largest = std::max(largest, std::fabs(weight));
        }
        const ChannelRange channel = channel_range(w.data(), count);
        CHECK(channel.largest == largest);
        CHECK(double{channel.mean} == about(count == 0 ? 0 : sum / static_cast<double>(count)));
    }
    for (std::size_t at : {std::size_t{0}, std::size_t{36}}) {
        std::vector<float> w(37, -0.5f), out(37);
        w[at] = not_a_number;
        const ChannelRange channel = channel_range(w.data(), 37);
        CHECK(std::isnan(channel.mean));
        CHECK(channel.largest == 0.5f);
        for (int bits : {1, 2, 4, 8}) {
            quantize_channel(w.data(), out.data(), 37, channel_grid(channel, bits), bits);
            CHECK(std::isnan(out[at]));
        }
        std::vector<std::int32_t> codes(37);
        CHECK(code_channel(w.data(), codes.data(), 37, channel_grid(channel, 8), 8) > 0);
        CHECK(codes[at] == 0);
        CHECK(codes[18] == -127);
    }
}

TEST_CASE("channel loops: mixtures of 0, 1 and more bits, and their sums") {
    const float shares[] = {0.4f, 0.3f, 0.2f, 0.1f};
    for (std::int64_t count : counts) {
        CAPTURE(count);
        const auto w = numbers_with_zeros(count, 7, 0.05f), g = normal_numbers(count, 8);
        const ChannelRange channel = channel_range(w.data(), count);
        const auto mixture = weight_mixture<0, 1, 2, 8>(channel, shares);
        std::vector<float> out(w.size() + 1, 77.0f);
        mix_channel(w.data(), out.data(), count, mixture);
        CHECK(out.back() == 77.0f);
        double sums[] = {0, 1, 2, 3}, expected[] = {0, 1, 2, 3};
        channel_sums(w.data(), g.data(), count, mixture, sums);
        for (std::size_t i = 0; i < w.size(); ++i) {
            const float values[] = {0, w[i] < 0 ? -channel.mean : channel.mean,
                                    weight_grid(clipped_range(channel, 2), 2).value(w[i]),
                                    weight_grid(channel.largest, 8).value(w[i])};
            double mixed = 0;
            for (int n = 0; n < 4; ++n) {
                mixed += double{shares[n]} * double{values[n]};
                expected[n] += double{g[i]} * double{values[n]};
            }
            CHECK(double{out[i]} == about(mixed));
        }
        for (int n = 0; n < 4; ++n)
            CHECK(sums[n] == about(expected[n], 10));
    }
}

TEST_CASE("channel loops: a share of 1 is the exported channel, bit for bit") {
    for (std::int64_t count : {1, 9, 27, 576, 1000}) {
        check_one_hot<0, 1, 2, 3, 4, 5, 6, 7, 8, 16>(numbers_with_zeros(count, 9, 0.05f));
        check_one_hot<8, 2, 0>(numbers_with_zeros(count, 10, 0.05f));
        check_one_hot<0, 1, 2, 4, 8>(std::vector<float>(static_cast<std::size_t>(count), -0.0f));
        check_one_hot<0, 4>(std::vector<float>(static_cast<std::size_t>(count), -1.5f));
    }
    // Their mean is too small for a float.
    check_one_hot<0, 1, 2, 8>({-1e-45f, 0, 0, 0});
}

TEST_CASE("channel loops: few bits clip where the squared error of normal weights is smallest") {
    const auto w = normal_numbers(100001, 11, 0.05f);
    const ChannelRange channel = channel_range(w.data(), 100001);
    const auto error = [&](float range, int bits) {
        double sum = 0;
        for (float weight : w) {
            const double off = double{weight_grid(range, bits).value(weight)} - double{weight};
            sum += off * off;
        }
        return sum;
    };
    for (int bits : {2, 3, 4}) {
        CAPTURE(bits);
        const float range = clipped_range(channel, bits);
        CHECK(error(range, bits) < error(0.95f * range, bits));
        CHECK(error(range, bits) < error(1.05f * range, bits));
        CHECK(error(range, bits) < 0.7 * error(channel.largest, bits));
    }
}
