// SPDX-License-Identifier: Apache-2.0
// Losses against numbers computed by hand.
#include "support/error_of.hpp"
#include "support/tensors.hpp"

#include <pliny/train/loss.hpp>

#include <cmath>
#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <doctest/doctest.h>

using namespace pliny;
using namespace pliny::testing;

namespace {

std::string loss_error(const Loss& loss, const std::vector<std::int64_t>& output, const Examples& examples) {
    return error_of<TrainingError>([&] { loss.check(output, examples); });
}

double value(const at::Tensor& scalar) {
    CHECK(scalar.dim() == 0);
    return scalar.item<double>();
}

/// Outputs for three examples and three classes whose softmax is easy: the shares are those of the exponents.
at::Tensor outputs() { return floats({1, 2, 1, 4, 2, 2, 1, 1, 8}).view({3, 3}).log(); }

} // namespace

TEST_CASE("loss: cross-entropy, smoothed and weighted, and how many are right") {
    const at::Tensor output = outputs(), target = ints({1, 1, 2}); // shares 2/4, 2/8, 8/10
    const Loss loss = Loss::cross_entropy();
    CHECK(loss.name == "cross-entropy");
    CHECK(loss.counts_right);
    const double a = -std::log(0.5), b = -std::log(0.25), c = -std::log(0.8);
    CHECK(value(loss(output, target)) == doctest::Approx((a + b + c) / 3).epsilon(1e-6));
    CHECK(value(loss.score_sum(output, target)) == 2); // the second is taken for class 0
    CHECK(loss.score(2, 3) == doctest::Approx(200.0 / 3));
    CHECK(loss.better(51, 50));
    CHECK(loss.score_name() == "accuracy");
    CHECK(loss.score_unit() == "%");

    const double all = -(std::log(0.25) + std::log(0.5) + std::log(0.25) + std::log(0.5) +
                         2 * std::log(0.25) + 2 * std::log(0.1) + std::log(0.8)) /
                       9; // the mean over examples and classes
    CHECK(value(Loss::cross_entropy({.label_smoothing = 0.1})(output, target)) ==
          doctest::Approx(0.9 * (a + b + c) / 3 + 0.1 * all).epsilon(1e-6));
    CHECK(value(Loss::cross_entropy({.class_weights = {5, 2, 1}})(output, target)) ==
          doctest::Approx((2 * a + 2 * b + c) / 5).epsilon(1e-6));
    CHECK(error_of<TrainingError>([] { Loss::cross_entropy({.label_smoothing = 1.5}); }) ==
          "cross-entropy: label smoothing 1.5; expected 0 to 1");
    CHECK(error_of<TrainingError>([] {
              Loss::cross_entropy({.class_weights = {1, -1}});
          }) == "cross-entropy: a class weight of -1; expected 0 or more");
}

TEST_CASE("loss: squared, absolute and Huber's difference, the same for targets [B] and [B, 1]") {
    const at::Tensor output = floats({1, 2, 3}).view({3, 1}), target = floats({1.5, 2, 6});
    for (const at::Tensor& shaped : {target, target.view({3, 1})}) {
        CHECK(value(Loss::mse()(output, shaped)) == doctest::Approx((0.25 + 0 + 9) / 3));
        CHECK(value(Loss::l1()(output, shaped)) == doctest::Approx(3.5 / 3));
        CHECK(value(Loss::huber()(output, shaped)) == doctest::Approx((0.125 + 0 + 2.5) / 3));
        CHECK(value(Loss::huber(2)(output, shaped)) == doctest::Approx((0.125 + 0 + 4) / 3));
        CHECK(value(Loss::mse().score_sum(output, shaped)) == doctest::Approx(9.25));
    }
    const Loss loss = Loss::mse();
    CHECK_FALSE(loss.counts_right);
    CHECK(loss.score(9.25, 3) == doctest::Approx(9.25 / 3));
    CHECK(loss.better(0.4, 0.5));
    CHECK_FALSE(loss.better(0.5, 0.5));
    CHECK(loss.score_name() == "mse");
    CHECK(loss.score_unit().empty());
    CHECK(error_of<TrainingError>([] { Loss::huber(0); }) == "huber: delta 0; expected a positive number");
    CHECK(error_of<TrainingError>([] { Loss::huber(std::nan("")); }) ==
          "huber: delta nan; expected a positive number");
}

TEST_CASE("loss: answers yes and no") {
    const Loss loss = Loss::binary_cross_entropy();
    const double log3 = std::log(3.0); // sigmoid(log 3) = 3/4
    const at::Tensor output = floats({log3, log3, -log3, -log3}).view({4, 1});
    const double sure = -std::log(0.75), wrong = -std::log(0.25);
    for (const at::Tensor& target : {floats({1, 0, 1, 0}), ints({1, 0, 1, 0})}) {
        CHECK(value(loss(output, target)) == doctest::Approx((sure + wrong) / 2).epsilon(1e-6));
        CHECK(value(loss.score_sum(output, target)) == 2);
    }
    CHECK(loss.score(2, 4) == 50);
    CHECK(value(Loss::binary_cross_entropy({.positive_weight = 3})(output, floats({1, 0, 1, 0}))) ==
          doctest::Approx((3 * sure + wrong + 3 * wrong + sure) / 4).epsilon(1e-6));
    const at::Tensor several = floats({1, -1, 1, 1, 1, -1, -1, -1}).view({2, 4});
    CHECK(value(loss.score_sum(several, floats({1, 0, 0, 0, 1, 0, 0, 0}).view({2, 4}))) == 1.5);
    CHECK(value(loss.score_sum(floats({0}).view({1, 1}), floats({0}))) == 1); // 0 is no
    CHECK(error_of<TrainingError>([] { Loss::binary_cross_entropy({.positive_weight = -1}); }) ==
          "binary cross-entropy: a positive weight of -1; expected a positive number");
}

TEST_CASE("loss: a function of one's own") {
    const Loss cubes = Loss::of("cubes", [](const at::Tensor& output, const at::Tensor& target) {
        return (output.flatten() - target).abs().pow(3).mean();
    });
    const at::Tensor output = floats({1, 2}).view({2, 1}).requires_grad_();
    CHECK(value(cubes(output, floats({3, 2}))) == 4);
    const at::Tensor sum = cubes.score_sum(output, floats({3, 2}));
    CHECK(value(sum) == 8);
    CHECK_FALSE(sum.requires_grad());
    CHECK(cubes.name == "cubes");
    CHECK(loss_error(cubes, {1}, Examples(at::zeros({2, 1}), floats({3, 2}))) == "no error");
    const Loss each = Loss::of(
        "each", [](const at::Tensor& output, const at::Tensor& target) { return (output - target).abs(); });
    CHECK(error_of<TrainingError>([&] {
              each(output, floats({3, 2}));
          }) == "loss each: found a tensor of shape [2 x 2]; expected one number, the mean over the batch");
    const Loss fixed = Loss::of("fixed", [](const at::Tensor& output, const at::Tensor&) {
        return output.gt(0).to(at::kFloat).mean();
    });
    CHECK(error_of<TrainingError>([&] { fixed(output, {}); }) ==
          "loss fixed: its value has no gradient; expected one computed from the outputs alone by "
          "differentiable operations");
    CHECK(value(fixed.score_sum(output, {})) == 2);
    CHECK(error_of<TrainingError>([] { Loss::of("none", nullptr); }) == "loss none: found no function");
}

TEST_CASE("loss: outputs, targets and loss that do not go together are one sentence") {
    const at::Tensor inputs = at::rand({2, 3});
    const Examples classes(inputs, ints({0, 1}), 2), three(inputs, ints({0, 2}), 3),
        one(inputs, floats({0.5, 1})), several(inputs, at::rand({2, 4})), large(inputs, floats({-0.5, 3}));
    CHECK(loss_error(Loss::cross_entropy(), {2}, classes) == "no error");
    CHECK(loss_error(Loss::cross_entropy(), {4}, classes) ==
          "own data: cross-entropy finds outputs of shape [4] for 2 classes; expected [2]");
    CHECK(
        loss_error(Loss::cross_entropy(), {4}, several) ==
        "own data: cross-entropy finds 4 numbers per example; expected classes as integers, or another loss");
    CHECK(loss_error(Loss::cross_entropy({.class_weights = {1, 2, 3}}), {2}, classes) ==
          "own data: cross-entropy finds 3 class weights for 2 classes; expected one per class");
    for (const Loss& loss : {Loss::mse(), Loss::l1(), Loss::huber()}) {
        CHECK(loss_error(loss, {1}, one) == "no error");
        CHECK(loss_error(loss, {4}, several) == "no error");
        CHECK(loss_error(loss, {2}, one) == "own data: " + loss.name +
                                                " finds outputs of shape [2] for one number per example; "
                                                "expected one output for each");
        CHECK(loss_error(loss, {2}, classes) ==
              "own data: " + loss.name +
                  " finds 2 classes; expected numbers, float32 [N] or [N, K], as targets, or another loss");
    }
    CHECK(loss_error(Loss::binary_cross_entropy(), {1}, one) == "no error");
    CHECK(loss_error(Loss::binary_cross_entropy(), {1}, classes) == "no error");
    CHECK(loss_error(Loss::binary_cross_entropy(), {4}, several) == "no error");
    CHECK(loss_error(Loss::binary_cross_entropy(), {1}, three) ==
          "own data: binary cross-entropy finds outputs of shape [1] for 3 classes; expected [1] for two "
          "classes, or one output for each number");
    CHECK(loss_error(Loss::binary_cross_entropy(), {1}, large) ==
          "own data: binary cross-entropy finds targets from -0.5 to 3; expected 0 to 1");
}
