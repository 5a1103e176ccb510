// SPDX-License-Identifier: Apache-2.0
// The loops of mixtures of quantizers against the quantizers, element by element, and against central
// differences.
#include <pliny/quantizers/channel_loops.hpp>

#include "support/loop_numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

using namespace pliny;
using namespace pliny::detail;
using namespace pliny::testing;

namespace {

const Mixture<1> one{{signed_grid(1.3f, 5)}, {0.25f}}; // the share of a single quantizer does not count
const Mixture<3> three{{unsigned_grid(2.1f, 8), unsigned_grid(1.2f, 4), signed_grid(0.7f, 2)},
                       {0.5f, 0.3f, 0.2f}};

template <int N>
float share(const Mixture<N>& mixture, int n) {
    return N == 1 ? 1.0f : mixture.share[n];
}

template <int N>
void check_forward(const Mixture<N>& mixture) {
    for (std::int64_t count : counts) {
        CAPTURE(count);
        const auto x = numbers_with_zeros(count, 1);
        std::vector<float> y(x.size() + 1, 77.0f);
        mix(x.data(), y.data(), count, mixture);
        CHECK(y.back() == 77.0f);
        for (std::size_t i = 0; i < x.size(); ++i) {
            double expected = 0;
            for (int n = 0; n < N; ++n)
                expected += double{share(mixture, n)} * double{mixture.grids[n].value(x[i])};
            if (N == 1)
                CHECK(y[i] == mixture.grids[0].value(x[i]));
            else
                CHECK(double{y[i]} == about(expected));
        }
    }
}

template <int N>
void check_backward(const Mixture<N>& mixture) {
    for (std::int64_t count : counts) {
        CAPTURE(count);
        const auto x = numbers_with_zeros(count, 1), g = normal_numbers(count, 2);
        std::vector<float> dx(x.size() + 1, 77.0f), alone = dx;
        MixtureSums<N> sums;
        mix_backward(x.data(), g.data(), dx.data(), count, mixture, sums);
        CHECK(dx.back() == 77.0f);
        MixtureSums<N> expected;
        for (std::size_t i = 0; i < x.size(); ++i) {
            double passed = 0;
            for (int n = 0; n < N; ++n) {
                const double in = mixture.grids[n].inside(x[i]) ? 1 : 0;
                passed += in * double{share(mixture, n)};
                expected.by_value[n] += double{g[i]} * double{mixture.grids[n].value(x[i])};
                expected.by_input[n] += double{g[i]} * double{x[i]} * in;
            }
            CHECK(double{dx[i]} == about(double{g[i]} * passed));
        }
        for (int n = 0; n < N; ++n) {
            CHECK(sums.by_value[n] == about(expected.by_value[n], 100));
            CHECK(sums.by_input[n] == about(expected.by_input[n], 100));
        }

        mix_gradient(x.data(), g.data(), alone.data(), count, mixture);
        CHECK(same_bits(alone, dx));

        // In place, and sums are added to.
        std::vector<float> both = g;
        MixtureSums<N> twice = sums;
        mix_backward(x.data(), both.data(), both.data(), count, mixture, twice);
        dx.pop_back();
        CHECK(same_bits(both, dx));
        for (int n = 0; n < N; ++n) {
            CHECK(twice.by_value[n] == about(2 * sums.by_value[n], 100));
            CHECK(twice.by_input[n] == about(2 * sums.by_input[n], 100));
        }
        both = g;
        mix_gradient(x.data(), both.data(), both.data(), count, mixture);
        CHECK(same_bits(both, dx));
    }
}

/// sum of g x mixture in double, where rounding passes gradients on: what it adds to x / step at `at` stays
/// the same for other steps and inputs.
template <int N>
double surrogate(const std::vector<float>& x, const std::vector<float>& g, const Mixture<N>& at,
                 const std::vector<double>& step, double moved) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (int n = 0; n < N; ++n) {
            const Grid& grid = at.grids[n];
            double code = double{grid.code(x[i])};
            if (grid.inside(x[i]))
                code += (double{x[i]} + moved) / step[static_cast<std::size_t>(n)] -
                        double{x[i]} / double{grid.step};
            sum += double{g[i]} * double{share(at, n)} * step[static_cast<std::size_t>(n)] * code;
        }
    return sum;
}

template <int N>
void check_differences(const Mixture<N>& mixture, float deviation) {
    const auto x = normal_numbers(999, 3, deviation), g = normal_numbers(999, 4);
    std::vector<float> dx(x.size());
    MixtureSums<N> sums;
    mix_backward(x.data(), g.data(), dx.data(), 999, mixture, sums);
    std::vector<double> step(N);
    for (int n = 0; n < N; ++n)
        step[static_cast<std::size_t>(n)] = double{mixture.grids[n].step};
    const double h = 1e-6;
    for (int n = 0; n < N; ++n) {
        auto more = step, less = step;
        more[static_cast<std::size_t>(n)] *= std::exp(h);
        less[static_cast<std::size_t>(n)] *= std::exp(-h);
        const double slope =
            (surrogate(x, g, mixture, more, 0) - surrogate(x, g, mixture, less, 0)) / (2 * h);
        CHECK(double{share(mixture, n)} * (sums.by_value[n] - sums.by_input[n]) ==
              doctest::Approx(slope).epsilon(1e-5).scale(10));
    }
    double total = 0;
    for (float one_dx : dx)
        total += double{one_dx};
    const double slope = (surrogate(x, g, mixture, step, h) - surrogate(x, g, mixture, step, -h)) / (2 * h);
    CHECK(total == doctest::Approx(slope).epsilon(1e-5).scale(10));
}

} // namespace

TEST_CASE("quantizer loops: what the quantizers say, element by element") {
    check_forward(one);
    check_forward(three);
}

TEST_CASE("quantizer loops: gradients and sums, also in place") {
    check_backward(one);
    check_backward(three);
}

TEST_CASE("quantizer loops: a share of 1 is that quantizer alone, bit for bit") {
    const auto x = numbers_with_zeros(1000, 5);
    for (int n = 0; n < 3; ++n) {
        Mixture<3> mixture = three;
        for (int other = 0; other < 3; ++other)
            mixture.share[other] = other == n ? 1 : 0;
        std::vector<float> mixed(x.size()), alone(x.size());
        mix(x.data(), mixed.data(), 1000, mixture);
        mix(x.data(), alone.data(), 1000, Mixture<1>{{three.grids[n]}, {1}});
        CHECK(same_bits(mixed, alone));
    }
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__AVX2__) // as in wide_loops.hpp
namespace {

/// What each loop makes of whole lanes.
struct TileResults {
    float mixed[lanes]{}, passed[2][lanes]{}, weights[lanes]{}, by_share[3][lanes]{};
    MixtureLanes<3> sums{};
};

template <class Run>
TileResults on_some_vectors(unsigned seed, const Run& run) {
    constexpr std::make_index_sequence<3> all;
    const auto x = numbers_with_zeros(lanes, seed), g = normal_numbers(lanes, seed + 1);
    const float shares[] = {0.00517f, 0.0233f, 0.171f}; // whose products need rounding
    const Mixture<3> factors{{three.grids[0], three.grids[1], three.grids[2]},
                             {shares[0], shares[1], shares[2]}};
    const auto mixture = weight_mixture<1, 2, 8>({2.5f, 0.8f}, shares);
    TileResults r;
    run([&] { mix_tile(x.data(), r.mixed, AllLanes(), factors, all); });
    run([&] { gradient_tile(x.data(), g.data(), r.passed[0], AllLanes(), three); });
    run([&] { mix_channel_tile(x.data(), r.weights, AllLanes(), mixture, all); });
    const float *a = x.data(), *b = g.data();
    for (int twice = 0; twice < 2; ++twice, std::swap(a, b)) { // products are added to other ones
        run([&] { backward_tile(a, b, r.passed[1], AllLanes(), three, r.sums, all); });
        run([&] { channel_sums_tile(a, b, AllLanes(), mixture, r.by_share, all); });
    }
    return r;
}

} // namespace

TEST_CASE("quantizer loops: vectors of every width give the same bits") {
    for (unsigned seed = 0; seed < 100; ++seed) {
        CAPTURE(seed);
        const TileResults expected = on_some_vectors(seed, [](const auto& loop) { loop(); });
        const auto check = [&](const auto& run) {
            const TileResults found = on_some_vectors(seed, run);
            CHECK(std::memcmp(&found, &expected, sizeof found) == 0);
        };
        check([](const auto& loop) { on_wide_vectors(loop); });
        if (__builtin_cpu_supports("avx2"))
            check([](const auto& loop) { on_8_floats(loop); });
        if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi2"))
            check([](const auto& loop) { on_16_floats(loop); });
    }
}
#endif

TEST_CASE("quantizer loops: gradients by steps and inputs are central differences") {
    for (float deviation : {0.2f, 1.0f, 10.0f}) { // most inside, both, most clipped
        check_differences(one, deviation);
        check_differences(three, deviation);
    }
}

TEST_CASE("quantizer loops: NaN stays, of clipped elements too") {
    std::vector<float> x(40, 50.0f), g(40, 1.0f), y(40), dx(40);
    for (std::size_t at : {std::size_t{3}, std::size_t{37}}) { // in whole lanes and in the rest
        auto bad = x;
        bad[at] = not_a_number;
        mix(bad.data(), y.data(), 40, three);
        CHECK(std::isnan(y[at]));
        CHECK(y[at - 1] == y[at + 1]);
        MixtureSums<3> sums;
        mix_backward(bad.data(), g.data(), dx.data(), 40, three, sums);
        CHECK(std::isnan(sums.by_value[1]));

        bad = g;
        bad[at] = not_a_number;
        MixtureSums<1> single;
        mix_backward(x.data(), bad.data(), dx.data(), 40, one, single);
        CHECK(std::isnan(dx[at]));
        CHECK(dx[at - 1] == 0);
        CHECK(std::isnan(single.by_value[0]));
        mix_gradient(x.data(), bad.data(), dx.data(), 40, three);
        CHECK(std::isnan(dx[at]));
    }
}

TEST_CASE("quantizer loops: a clip that is NaN makes NaN of every value, one too small for a step 0") {
    const std::vector<float> x = numbers_with_zeros(40, 12);
    std::vector<float> y(40);
    for (const Grid& grid : {unsigned_grid(not_a_number, 8), signed_grid(not_a_number, 8),
                             affine_grid(0, not_a_number, 8), weight_grid(not_a_number, 8)}) {
        CHECK(std::isnan(grid.step));
        CHECK(std::isnan(grid.inverse));
        mix(x.data(), y.data(), 40, Mixture<1>{{grid}, {1}});
        CHECK(std::all_of(y.begin(), y.end(), [](float v) { return std::isnan(v); }));
        mix(x.data(), y.data(), 40, Mixture<2>{{three.grids[0], grid}, {1, 0}});
        CHECK(std::all_of(y.begin(), y.end(), [](float v) { return std::isnan(v); }));
    }
    mix(x.data(), y.data(), 40, Mixture<1>{{signed_grid(1e-38f, 8)}, {1}});
    CHECK(std::all_of(y.begin(), y.end(), [](float v) { return v == 0; }));
    quantize_channel(x.data(), y.data(), 40, channel_grid({1e-38f, 1e-38f}, 8), 8);
    CHECK(std::all_of(y.begin(), y.end(), [](float v) { return v == 0; }));
}
