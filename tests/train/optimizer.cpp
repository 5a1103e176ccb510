// SPDX-License-Identifier: Apache-2.0
// The fused optimisers against those of LibTorch; schedules against their formulas.
#include <pliny/train/optimizer.hpp>
#include <pliny/train/schedule.hpp>

#include <doctest/doctest.h>

#include <torch/nn/utils/clip_grad.h>
#include <torch/optim.h>

using namespace pliny;

namespace {

/// Takes ten steps with both and compares the parameters.
template <class Own, class Reference>
void compare(Own own_of, Reference reference_of) {
    at::manual_seed(3);
    std::vector<at::Tensor> a, b;
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{5, 3, 2}, {7}, {1}, {64, 33}}) {
        a.push_back(at::randn(shape).requires_grad_());
        b.push_back(a.back().detach().clone().requires_grad_());
    }
    auto own = own_of(a);
    auto reference = reference_of(b);
    for (int step = 0; step < 10; ++step) {
        own.zero_grad();
        reference.zero_grad();
        for (std::size_t i = 0; i < a.size(); ++i)
            if (i != 2 || step > 4) { // one parameter joins later
                const at::Tensor gradient = at::randn_like(a[i]);
                a[i].mutable_grad() = gradient;
                b[i].mutable_grad() = gradient.clone();
            }
        own.step();
        reference.step();
    }
    for (std::size_t i = 0; i < a.size(); ++i)
        CHECK(at::allclose(a[i], b[i], 1e-5, 1e-6));
}

} // namespace

TEST_CASE("Adam, AdamW and Sgd step as LibTorch's") {
    for (const double decay : {0.0, 0.1}) {
        CAPTURE(decay);
        compare(
            [&](auto& p) {
                return Adam({{p, 1e-2, decay}});
            },
            [&](auto& p) {
                return torch::optim::Adam(p, torch::optim::AdamOptions(1e-2).weight_decay(decay));
            });
        compare(
            [&](auto& p) {
                return AdamW({{p, 1e-2, decay}});
            },
            [&](auto& p) {
                return torch::optim::AdamW(p, torch::optim::AdamWOptions(1e-2).weight_decay(decay));
            });
        for (const double momentum : {0.0, 0.9})
            compare(
                [&](auto& p) {
                    return Sgd({{p, 1e-2, decay}}, momentum);
                },
                [&](auto& p) {
                    return torch::optim::SGD(
                        p, torch::optim::SGDOptions(1e-2).momentum(momentum).weight_decay(decay));
                });
    }
}

TEST_CASE("AnyOptimizer is the one it is asked to be; the factor multiplies the rate of every group") {
    const auto after_a_step = [](auto optimizer_of, double factor) {
        at::Tensor p = at::full({4}, 2.0).requires_grad_(), q = at::full({3}, -1.0).requires_grad_();
        auto optimizer = optimizer_of(std::vector<ParameterGroup>{{{p}, 0.1, 0.5}, {{q}, 0.01, 0}});
        optimizer.lr_factor = factor;
        p.mutable_grad() = at::arange(4.0).to(at::kFloat);
        q.mutable_grad() = at::ones({3});
        optimizer.step();
        return at::cat({p.detach(), q.detach()});
    };
    const auto any = [](OptimizerKind kind, double momentum = 0) {
        return [=](auto groups) { return AnyOptimizer(kind, momentum, groups); };
    };
    CHECK(at::equal(after_a_step(any(OptimizerKind::Adam), 0.5),
                    after_a_step([](auto g) { return Adam(g); }, 0.5)));
    CHECK(at::equal(after_a_step(any(OptimizerKind::AdamW), 1),
                    after_a_step([](auto g) { return AdamW(g); }, 1)));
    CHECK(at::equal(after_a_step(any(OptimizerKind::Sgd, 0.9), 1),
                    after_a_step([](auto g) { return Sgd(g, 0.9); }, 1)));
    // p - lr factor (gradient + decay p), q - lr factor gradient
    const at::Tensor expected = at::cat({2 - 0.05 * (at::arange(4.0) + 1), at::full({3}, -1 - 0.005)});
    CHECK(at::allclose(after_a_step(any(OptimizerKind::Sgd), 0.5), expected.to(at::kFloat)));
}

TEST_CASE("Schedules: constant, cosine, step") {
    const Schedule constant, cosine{.kind = Schedule::Kind::Cosine},
        step{.kind = Schedule::Kind::Step, .step_epochs = 2, .gamma = 0.5};
    CHECK(constant.factor(7.5, 10) == 1);
    CHECK(cosine.factor(0, 8) == 1);
    CHECK(cosine.factor(2, 8) == doctest::Approx(0.8535533905932737));
    CHECK(cosine.factor(4, 8) == doctest::Approx(0.5));
    CHECK(cosine.factor(8, 8) == doctest::Approx(0));
    CHECK(cosine.factor(9, 8) == doctest::Approx(0)); // not up again
    CHECK(step.factor(1.99, 8) == 1);
    CHECK(step.factor(2, 8) == 0.5);
    CHECK(step.factor(5.5, 8) == 0.25);
}
