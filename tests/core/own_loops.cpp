// SPDX-License-Identifier: Apache-2.0
// The loops of quantizers of the user's own: with the library's grids they give what its own loops give.
#include <pliny/quantizers/own_loops.hpp>

#include "support/loop_numbers.hpp"
#include "support/own_quantizers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace pliny;
using namespace pliny::detail;
using namespace pliny::testing;

namespace {

template <class Quantizer>
std::vector<float> own_values(const std::vector<float>& w, float scale, int bits) {
    std::vector<float> out(w.size());
    quantize_channel(w.data(), out.data(), std::ssize(w), channel_of_scale<Quantizer>(scale, bits), bits);
    return out;
}

/// Codes and values of one candidate, by the loops and by the definition.
template <class Quantizer>
void check_channel(const std::vector<float>& w, int bits) {
    CAPTURE(bits);
    const float scale = Quantizer::scale(channel_range(w.data(), std::ssize(w)), bits);
    std::vector<std::int16_t> codes(w.size() + 1, 77);
    const float kept =
        code_channel(w.data(), codes.data(), std::ssize(w), channel_of_scale<Quantizer>(scale, bits), bits);
    CHECK(codes.back() == 77);
    CHECK(kept == scale);
    std::vector<float> expected, decoded(w.size());
    bool same = true;
    for (std::size_t i = 0; i < w.size(); ++i) {
        const int code = scale > 0 ? Quantizer::code(w[i], scale, bits) : 0;
        same = same && codes[i] == code;
        expected.push_back(scale > 0 ? Quantizer::value(code, scale, bits) : 0);
    }
    CHECK(same);
    values_of<Quantizer>(codes.data(), decoded.data(), std::ssize(w), scale, bits);
    const std::vector<float> made = own_values<Quantizer>(w, scale, bits);
    CHECK(std::equal(made.begin(), made.end(), expected.begin()));
    CHECK(std::equal(made.begin(), made.end(), decoded.begin()));
}

template <class Quantizer, int... Bits>
void check_mixture(const std::vector<float>& w, const std::vector<float>& g) {
    const ChannelRange channel = channel_range(w.data(), std::ssize(w));
    auto mixture = mixture_of_scales<Quantizer, Bits...>(
        {(Bits == 0 ? 0.0f : Quantizer::scale(channel, Bits == 0 ? 8 : Bits))...});
    for (std::size_t i = 0; i < sizeof...(Bits); ++i)
        mixture.share[i] = 0.1f + 0.2f * static_cast<float>(i);
    std::vector<float> mixed(w.size() + 1, 77.0f);
    mix_channel(w.data(), mixed.data(), std::ssize(w), mixture);
    CHECK(mixed.back() == 77.0f);
    double sums[sizeof...(Bits)]{}, expected[sizeof...(Bits)]{};
    channel_sums(w.data(), g.data(), std::ssize(w), mixture, sums);
    for (std::size_t k = 0; k < w.size(); ++k) {
        double sum = 0;
        std::size_t i = 0;
        const auto add = [&](int bits) {
            const float scale = bits == 0 ? 0 : Quantizer::scale(channel, bits);
            const double value =
                scale > 0 ? double{Quantizer::value(Quantizer::code(w[k], scale, bits), scale, bits)} : 0;
            sum += double{mixture.share[i]} * value;
            expected[i++] += double{g[k]} * value;
        };
        (add(Bits), ...);
        REQUIRE(std::fabs(double{mixed[k]} - sum) <= 1e-6 * double{channel.largest});
    }
    for (std::size_t i = 0; i < sizeof...(Bits); ++i)
        CHECK(std::fabs(sums[i] - expected[i]) <= 1e-4 * std::max(1.0, std::fabs(expected[i])));
}

/// Says codes that fit into no bits.
struct TooLarge {
    static constexpr std::string_view name = "too large";
    static constexpr float scale(ChannelRange, int) { return 1; }
    static constexpr int code(float w, float, int) { return static_cast<int>(1000 * w); }
    static constexpr float value(int code, float, int) { return static_cast<float>(code); }
};

} // namespace

TEST_CASE("own loops: codes and values are those of the functions") {
    for (std::int64_t count : counts) {
        CAPTURE(count);
        const auto w = normal_numbers(count, 21);
        for (int bits : {1, 2, 3, 8, 16})
            check_channel<GridAgain>(w, bits);
        for (int bits : {1, 2, 4, 8})
            check_channel<Halves>(w, bits);
        for (int bits : {2, 8})
            check_channel<Squares>(w, bits);
    }
}
TEST_CASE("own loops: the library's grids give the same by both loops") {
    for (std::int64_t count : counts) {
        const auto w = normal_numbers(count, 22);
        const ChannelRange channel = channel_range(w.data(), count);
        for (int bits : {0, 1, 2, 3, 4, 8, 16}) {
            CAPTURE(count);
            CAPTURE(bits);
            const float scale = UniformGrid::scale(channel, bits);
            CHECK(same_bits(own_values<GridAgain>(w, scale, bits), own_values<UniformGrid>(w, scale, bits)));
        }
    }
}
TEST_CASE("own loops: mixtures, and their sums") {
    for (std::int64_t count : counts) {
        CAPTURE(count);
        const auto w = normal_numbers(count, 23), g = normal_numbers(count, 24);
        check_mixture<Halves, 0, 2, 4, 8>(w, g);
        check_mixture<Squares, 2, 3>(w, g);
        check_mixture<GridAgain, 1, 8>(w, g);
        check_mixture<UniformGrid, 0, 2, 8>(w, g);
    }
}
TEST_CASE("own loops: without a scale all is 0, and a weight that is not a number shows") {
    const std::vector<float> zeros(40, 0.0f);
    for (int bits : {1, 2, 8}) {
        CHECK(own_values<Halves>(zeros, Halves::scale({0, 0}, bits), bits) == zeros);
        CHECK(own_values<Squares>(std::vector<float>(40, 1e-40f), 1e-42f, bits) == zeros);
    }
    std::vector<float> w = normal_numbers(40, 25);
    w[7] = std::numeric_limits<float>::quiet_NaN();
    w[30] = std::numeric_limits<float>::infinity();
    const std::vector<float> made = own_values<Halves>(w, 1, 4);
    for (std::size_t i = 0; i < w.size(); ++i)
        CHECK(is_finite(made[i]) == (i != 7 && i != 30));
    std::vector<std::int16_t> codes(w.size());
    code_channel(w.data(), codes.data(), std::ssize(w), OwnChannel<Halves>{1}, 4);
    CHECK(codes[7] == 0);
    for (float value : own_values<Halves>(w, w[7], 4)) // as with a grid whose step is not a number
        CHECK(!is_finite(value));
}
TEST_CASE("own loops: codes that do not fit are clipped") {
    const std::vector<float> w{-1, -0.003f, 0, 0.003f, 1};
    CHECK(own_values<TooLarge>(w, 1, 3) == std::vector<float>{-4, -3, 0, 3, 3});
    CHECK(own_values<TooLarge>(w, 1, 1) == std::vector<float>{-1, -1, 1, 1, 1});
}
