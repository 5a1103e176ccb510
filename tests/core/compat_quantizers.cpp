// SPDX-License-Identifier: Apache-2.0
// The arithmetic of PLiNIO's quantizers against golden/quantizer_minmax.json, quantizer_pact.json and
// bias_quantizer.json.
#include "core/golden_floats.hpp"

#include "support/plinio_quantizers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace pliny;
using nlohmann::json;
using test::check_close;
using test::check_equal;
using test::floats;

namespace {

/// Max |w| of every channel.
std::vector<float> largest_of_channels(const std::vector<float>& w, std::size_t channels) {
    std::vector<float> largest(channels, 0);
    for (std::size_t i = 0; i < w.size(); ++i) {
        float& m = largest[i / (w.size() / channels)];
        m = std::max(m, std::fabs(w[i]));
    }
    return largest;
}

template <class F>
std::vector<float> each(const std::vector<float>& numbers, F f) {
    std::vector<float> result;
    for (float x : numbers)
        result.push_back(f(x));
    return result;
}

/// The sum of the upstream gradients where `chosen(x)`.
template <class F>
std::vector<float> sum_where(const std::vector<float>& upstream, const std::vector<float>& x, F chosen) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        sum += chosen(x[i]) ? double{upstream[i]} : 0;
    return {static_cast<float>(sum)};
}

} // namespace

TEST_CASE("compat: min-max weights, bit for bit") {
    int cases = 0, weights = 0;
    for (const json& golden : test::golden_cases("quantizer_minmax.json")) {
        ++cases;
        CAPTURE(golden["name"].get<std::string>());
        const int bits = golden["bits"];
        const std::vector<float> w = floats(golden["w"]);
        const std::size_t channels = golden["w"]["shape"][0];
        const std::vector<float> scales =
            each(largest_of_channels(w, channels), [&](float m) { return compat::weight_scale(m, bits); });
        check_equal(scales, golden["scale"]);
        std::vector<float> codes, values;
        for (std::size_t i = 0; i < w.size(); ++i, ++weights) {
            const float scale = scales[i / (w.size() / channels)];
            codes.push_back(compat::weight_code(w[i], scale, bits));
            values.push_back(compat::weight_value(w[i], scale, bits));
        }
        check_equal(codes, golden["codes"]);
        check_equal(values, golden["dequantized"]);
        check_equal(floats(golden["upstream"]), golden["grad_w"]); // passed on as it is
    }
    CHECK(cases == 44);
    CHECK(weights > 1000);
}

TEST_CASE("compat: PACT, bit for bit") {
    int cases = 0, with_sign = 0;
    for (const json& golden : test::golden_cases("quantizer_pact.json")) {
        ++cases;
        CAPTURE(golden["name"].get<std::string>());
        const int bits = golden["bits"];
        const bool is_signed = golden["signed"];
        const compat::Pact pact = is_signed
                                      ? compat::signed_pact(golden["clip_inf"], golden["clip_sup"], bits)
                                      : compat::unsigned_pact(golden["clip"], bits);
        check_equal({pact.multiplier}, golden["k"]);
        check_equal({pact.scale}, golden["reported_scale"]);

        const std::vector<float> x = floats(golden["x"]), upstream = floats(golden["upstream"]);
        check_equal(each(x, [&](float v) { return pact.code(v); }), golden["codes"]);
        check_equal(each(x, [&](float v) { return pact.value(v); }), golden["y"]);
        std::vector<float> gradient;
        for (std::size_t i = 0; i < x.size(); ++i)
            gradient.push_back(pact.inside(x[i]) ? upstream[i] : 0);
        check_equal(gradient, golden["grad_x"]);

        const auto above = sum_where(upstream, x, [&](float v) { return pact.above(v); });
        check_close(above, golden[is_signed ? "grad_clip_sup" : "grad_clip"], 1e-5, 1e-5);
        if (is_signed) {
            ++with_sign;
            const auto below = sum_where(upstream, x, [&](float v) { return pact.below(v); });
            check_close(below, golden["grad_clip_inf"], 1e-5, 1e-5);
        }
    }
    CHECK(cases == 24);
    CHECK(with_sign == 9);
}

TEST_CASE("compat: biases, bit for bit, and the rule that replaces them") {
    int cases = 0;
    for (const json& golden : test::golden_cases("bias_quantizer.json")) {
        ++cases;
        CAPTURE(golden["name"].get<std::string>());
        const float input = floats(golden["s_in"])[0];
        const std::vector<float> bias = floats(golden["bias"]), weight = floats(golden["s_w"]),
                                 upstream = floats(golden["upstream"]);
        std::vector<float> scales, codes, values, by_bias, by_weight, better_codes, better_by_bias;
        double by_input = 0;
        for (std::size_t c = 0; c < bias.size(); ++c) {
            const float scale = compat::bias_scale(input, weight[c]);
            scales.push_back(scale);
            codes.push_back(compat::bias_code(bias[c], scale));
            values.push_back(compat::bias_value(bias[c], scale));
            by_bias.push_back(compat::bias_gradient(upstream[c], scale));
            const float by_scale = compat::bias_scale_gradient(upstream[c], bias[c], scale);
            by_weight.push_back(by_scale * input);
            by_input += double{by_scale} * weight[c];
            // Instead: only a scale of 0 removes the bias, and the gradient is passed on as it is.
            better_codes.push_back(scale == 0 ? 0 : compat::nearest(bias[c] / scale));
            better_by_bias.push_back(scale == 0 ? 0 : upstream[c]);
        }
        check_equal(scales, golden["s_b"]);
        check_equal(codes, golden["codes"]);
        check_equal(values, golden["y"]);
        check_equal(by_bias, golden["grad_bias"]);
        check_close({static_cast<float>(by_input)}, golden["grad_s_in"], 1e-5);
        check_close(by_weight, golden["grad_s_w"], 1e-5);
        check_equal(better_codes, golden["better"]["codes"]);
        check_equal(better_by_bias, golden["better"]["grad_bias"]);
    }
    CHECK(cases == 8);
}

TEST_CASE("compat: rounding of any number") {
    const float inf = std::numeric_limits<float>::infinity();
    for (float x : {0.0f, 0.49999997f, 0.5f, 1.5f, 2.5f, 8388607.5f, 8388606.5f, 8388608.0f, 16777218.0f,
                    3e38f, inf, 1e-40f})
        for (float signed_x : {x, -x}) {
            CAPTURE(signed_x);
            CHECK(compat::nearest(signed_x) == std::nearbyint(signed_x));
            CHECK(compat::floor(signed_x) == std::floor(signed_x));
        }
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(std::isnan(compat::nearest(nan)));
    CHECK(std::isnan(compat::floor(nan)));
    CHECK(std::isnan(compat::unsigned_pact(6, 8).value(nan)));
    static_assert(compat::nearest(-2.5f) == -2 && compat::nearest(3.5f) == 4 && compat::floor(-0.1f) == -1);
}

TEST_CASE("compat: 1 bit gives 0 only, the top code of PACT never occurs") {
    CHECK(compat::weight_value(1, compat::weight_scale(1, 1), 1) == 0);
    CHECK(compat::unsigned_pact(6, 1).value(6) == 0);
    for (int bits : {2, 4, 8}) {
        CHECK(compat::unsigned_pact(6, bits).code(6) == steps_of(bits) - 1);
        CHECK(compat::weight_value(0, compat::weight_scale(0, bits), bits) == 0); // a channel of zeros
    }
}
