// SPDX-License-Identifier: Apache-2.0
// PLiNIO's quantizers as tensors with gradients against quantizer_minmax.json, quantizer_pact.json,
// mixed_quantizer.json and bias_quantizer.json. On the CPU values are equal bit for bit.
#include "golden/mps_reference.hpp"

#include <doctest/doctest.h>

#include <torch/csrc/autograd/autograd.h>

#include <string>

using namespace pliny;
using namespace pliny::test;
using nlohmann::json;

namespace {

at::Tensor leaf(const json& golden) { return golden_tensor(golden).requires_grad_(true); }

void check_equal(const at::Tensor& found, const json& golden) {
    CHECK(at::equal(found.detach().reshape({-1}), golden_tensor(golden).reshape({-1})));
}
/// A list or a tensor, within rtol and atol.
void check_values(const at::Tensor& found, const json& golden, double rtol, double atol = 0) {
    const at::Tensor a = found.detach().reshape({-1}).to(at::kDouble),
                     b = golden_tensor(golden).reshape({-1}).to(at::kDouble);
    REQUIRE(a.sizes() == b.sizes());
    CHECK((at::abs(a - b) - (rtol * at::abs(b) + atol)).max().item<double>() <= 0);
}

/// The gradients of y to leaves.
std::vector<at::Tensor> gradients(const at::Tensor& y, const std::vector<at::Tensor>& leaves,
                                  const json& upstream) {
    return torch::autograd::grad({y}, leaves, {golden_tensor(upstream)});
}

at::Tensor with_noise(const at::Tensor& alpha, const json& golden) {
    const bool noisy = golden["gumbel"] && golden["mode"] != "eval"; // noise is for training
    return noisy ? at::add(alpha, golden_tensor(golden["gumbel_noise"])) : alpha;
}

} // namespace

TEST_CASE("mps, compat: min-max weights as tensors") {
    int cases = 0;
    for (const json& golden : golden_cases("quantizer_minmax.json")) {
        ++cases;
        CAPTURE(golden["name"].get<std::string>());
        const at::Tensor w = leaf(golden["w"]);
        at::Tensor scale;
        const at::Tensor y =
            compat::quantized_weight(w, at::ones({1}), std::vector<int>{golden["bits"]}, &scale);
        check_equal(scale, golden["scale"]);
        check_equal(y, golden["dequantized"]);
        check_equal(gradients(y, {w}, golden["upstream"])[0], golden["grad_w"]);
    }
    CHECK(cases == 44);
}

TEST_CASE("mps, compat: unsigned PACT as tensors") {
    int cases = 0;
    for (const json& golden : golden_cases("quantizer_pact.json")) {
        if (golden["signed"])
            continue;
        ++cases;
        CAPTURE(golden["name"].get<std::string>());
        const at::Tensor x = leaf(golden["x"]),
                         clip = at::full({1}, golden["clip"].get<double>()).requires_grad_(true);
        at::Tensor scale;
        const at::Tensor y =
            compat::quantized_activation(x, at::ones({1}), clip, std::vector<int>{golden["bits"]}, &scale);
        CHECK(scale.item<float>() == golden["reported_scale"].get<float>());
        check_equal(y, golden["y"]);
        const auto by = gradients(y, {x, clip}, golden["upstream"]);
        check_equal(by[0], golden["grad_x"]);
        check_values(by[1], json::array({golden["grad_clip"]}), 1e-5, 1e-5);
    }
    CHECK(cases == 15);
}

TEST_CASE("mps, compat: mixtures as tensors") {
    int weights = 0, activations = 0;
    for (const json& golden : golden_cases("mixed_quantizer.json")) {
        if (golden["kind"] == "act_signed")
            continue;
        CAPTURE(golden["name"].get<std::string>());
        const std::vector<int> bits = golden["precisions"];
        const at::Tensor x = leaf(golden["x"]), alpha = leaf(golden["alpha"]);
        const at::Tensor theta = compat::shares(
            with_noise(alpha, golden), golden["temperature"].get<double>(), golden["mode"] != "soft_train");
        check_values(theta, golden["theta"], 1e-5);
        const bool of_weights = golden["kind"] != "act";
        const at::Tensor clips = of_weights ? at::Tensor() : leaf(golden["clips"]);
        const auto quantized = [&](const at::Tensor& shares, at::Tensor* scale) {
            return of_weights ? compat::quantized_weight(x, shares, bits, scale)
                              : compat::quantized_activation(x, shares, clips, bits, scale);
        };
        at::Tensor scale;
        check_equal(quantized(golden_tensor(golden["theta"]), &scale), golden["y"]);
        check_equal(scale, golden["effective_scale"]);

        std::vector<at::Tensor> leaves{x, alpha};
        if (!of_weights)
            leaves.push_back(clips);
        const auto by = gradients(quantized(theta, nullptr), leaves, golden["upstream"]);
        const double atol = 1e-5 * golden_tensor(golden["upstream"]).abs().sum().item<double>();
        check_values(by[0], golden["grad_x"], 1e-4, 1e-6);
        check_values(by[1], golden["grad_alpha"], 1e-4, atol);
        if (!of_weights)
            check_values(by[2], golden["grad_clips"], 1e-4, atol);
        ++(of_weights ? weights : activations);
    }
    CHECK(weights == 41 + 33);
    CHECK(activations == 14);
}

TEST_CASE("mps, compat: biases as tensors") {
    int cases = 0;
    for (const json& golden : golden_cases("bias_quantizer.json")) {
        ++cases;
        CAPTURE(golden["name"].get<std::string>());
        const at::Tensor bias = leaf(golden["bias"]), input = leaf(golden["s_in"]),
                         weight = leaf(golden["s_w"]);
        const at::Tensor y = compat::quantized_bias(bias, input, weight);
        check_equal(y, golden["y"]);
        const auto by = gradients(y, {bias, input, weight}, golden["upstream"]);
        check_equal(by[0], golden["grad_bias"]);
        check_values(by[1], golden["grad_s_in"], 1e-5);
        check_values(by[2], golden["grad_s_w"], 1e-5);
    }
    CHECK(cases == 8);
}
