// SPDX-License-Identifier: Apache-2.0
// The penalty of a search model: arithmetic, gradients, strengths.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "support/small_search.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include <cmath>
#include <limits>

using namespace pliny;
using namespace pliny::testing;

TEST_CASE("The penalty is DUCCIO's: strength x ramp x excess") {
    Model<Halved> model;
    const double limit = full / 2, excess = full - limit;
    CHECK(strengths(model) == std::vector<double>{0});
    const double strength = 4 * 0.7 / excess; // the gain is 4 unless said
    for (const auto& [epoch, ramp] :
         {std::pair{0.0, 0.01}, {1.0, 0.109}, {5.0, 0.505}, {9.5, 0.9505}, {10.0, 1.0}, {20.0, 1.0}}) {
        CAPTURE(epoch);
        CHECK(model.penalty(loss(0.7), epoch, 20).item<double>() == near(strength * ramp * excess));
    }
    CHECK(strengths(model)[0] == near(strength));

    // Another loss does not change it; another cost changes the excess only.
    at::manual_seed(1);
    random_alpha(model, 4);
    const double cost = model.cost<Params>();
    REQUIRE(cost > limit);
    REQUIRE(cost < full);
    CHECK(model.penalty(loss(123), 20, 20).item<double>() == near(strength * (cost - limit)));
    CHECK(strengths(model)[0] == near(strength));
}

TEST_CASE("Gradient of the penalty") {
    Model<Halved> model;
    model.penalty(loss(1), 20, 20).backward();
    const double slope = 4 / (full - full / 2);
    // One channel less in the first group: its 9 weights, its bias, and what reads it.
    const auto by_channel = [&](int group) {
        auto fewer = full_widths<double>(plan<Net>);
        fewer[static_cast<std::size_t>(group)] -= 1;
        return slope * (full - total_cost(Params, plan<Net>, std::span<const double>(fewer)));
    };
    const auto& offset = Halved::space::analysis.offset;
    for (const int group : {1, 2, 3}) {
        CAPTURE(group);
        const int width = plan<Net>.groups[static_cast<std::size_t>(group)].width;
        for (int c = 0; c < width; ++c) {
            const double expected = c + 1 == width ? 0 : by_channel(group);
            CHECK(model.alpha.grad()[offset[static_cast<std::size_t>(group)] + c].item<double>() ==
                  near(expected));
        }
    }

    // Straight through the threshold: alive or dead, the gradient is the sign of alpha times that of the
    // width.
    fill(model, 1);
    {
        const at::NoGradGuard no_grad;
        model.alpha[0] = -0.2;
        model.alpha[1] = -0.9;
        model.alpha[2] = 0.0;
    }
    model.zero_grad();
    model.penalty(loss(1), 20, 20).backward();
    auto now = full_widths<double>(plan<Net>);
    now[1] = 6;
    std::array<double, 5> by_width{};
    cost_gradient(Params, plan<Net>, std::span<const double>(now), std::span<double>(by_width));
    CHECK(model.alpha.grad()[0].item<double>() == near(-slope * by_width[1]));
    CHECK(model.alpha.grad()[1].item<double>() == near(-slope * by_width[1]));
    CHECK(model.alpha.grad()[2].item<double>() == 0);
    CHECK(model.alpha.grad()[3].item<double>() == near(slope * by_width[1]));
}

TEST_CASE("Gradient of the relaxed penalty by finite differences") {
    Model<Relaxed> model;
    model.to(at::kDouble);
    model.penalty(at::scalar_tensor(1.0, at::kDouble), 7, 10).backward(); // arms it
    random_alpha(model, 1.2);
    {
        const at::NoGradGuard no_grad;
        model.alpha.add_(at::sign(model.alpha) * 0.7);
    }
    model.zero_grad();
    const auto value = [&] { return model.penalty(at::scalar_tensor(1.0, at::kDouble), 7, 10); };
    REQUIRE(value().item<double>() > 0);
    value().backward();
    const at::NoGradGuard no_grad;
    for (std::int64_t i = 0; i < model.alpha.numel(); ++i) {
        CAPTURE(i);
        const double at = model.alpha[i].item<double>(), step = 1e-4;
        model.alpha[i] = at + step;
        const double above = value().item<double>();
        model.alpha[i] = at - step;
        const double below = value().item<double>();
        model.alpha[i] = at;
        CHECK(model.alpha.grad()[i].item<double>() ==
              doctest::Approx((above - below) / (2 * step)).epsilon(1e-7).scale(1));
    }
}

TEST_CASE("Below a limit there is no penalty; the first violation arms it, for good") {
    Model<Halved> model;
    fill(model, 0.1);
    const at::Tensor below = model.penalty(loss(2), 0, 10);
    CHECK(below.item<double>() == 0);
    below.backward();
    CHECK(model.alpha.grad().abs().max().item<double>() == 0);
    CHECK(strengths(model)[0] == 0);
    CHECK(model.penalty(loss(std::nan("")), 0, 10).item<double>() == 0); // not looked at

    fill(model, 1);
    CHECK(model.penalty(loss(2), 10, 10).item<double>() == near(8));
    CHECK(strengths(model)[0] == near(8 / (full / 2)));
    fill(model, 0.1);
    CHECK(model.penalty(loss(2), 10, 10).item<double>() == 0);
    fill(model, 1);
    CHECK(model.penalty(loss(99), 10, 10).item<double>() == near(8));
}

TEST_CASE("At the limit: zero; one parameter above: a finite strength") {
    Model<Pit<Net, Cost<Params>, Duccio<Limit<without_one>>>> at_limit;
    {
        const at::NoGradGuard no_grad;
        at_limit.alpha[3] = 0.5; // dead: not above the threshold
    }
    CHECK(at_limit.cost<Params>() == without_one);
    const at::Tensor zero = at_limit.penalty(loss(1), 0, 1);
    CHECK(zero.item<double>() == 0);
    zero.backward();
    CHECK(at::equal(at_limit.alpha.grad(), at::zeros_like(at_limit.alpha)));
    CHECK(strengths(at_limit)[0] == 0);

    Model<Pit<Net, Cost<Params>, Duccio<Limit<without_one - 1>, Gain<1>>>> above;
    {
        const at::NoGradGuard no_grad;
        above.alpha[3] = 0.5;
    }
    // The excess counts as one per cent of the limit at least.
    CHECK(above.penalty(loss(1), 1, 1).item<double>() == near(1 / (0.01 * (without_one - 1))));
    CHECK(strengths(above)[0] == near(1 / (0.01 * (without_one - 1))));
}

TEST_CASE("Two limits: each has its strength, from the moment that it is violated") {
    Model<TwoLimits> model;
    {
        const at::NoGradGuard no_grad; // the linear layer pruned: parameters hold, operations do not
        model.alpha.narrow(0, 20, 20).fill_(0);
    }
    const double params = model.cost<Params>(), ops = model.cost<Ops>();
    const double params_limit = 0.3 * full, ops_limit = 0.6 * static_cast<double>(cost_of<Net, Ops>);
    REQUIRE(params < params_limit);
    REQUIRE(ops > ops_limit);
    CHECK(model.penalty(loss(0.5), 1, 1).item<double>() == near(1));
    CHECK(strengths(model)[0] == 0);
    CHECK(strengths(model)[1] == near(1 / (ops - ops_limit)));

    const auto report = model.limits();
    REQUIRE(report.size() == 2);
    CHECK(report[0].cost == "params");
    CHECK(report[0].limit == near(params_limit));
    CHECK(report[0].value == params);
    CHECK(report[0].satisfied());
    CHECK(report[1].cost == "ops");
    CHECK(report[1].value == ops);
    CHECK(!report[1].satisfied());

    fill(model, 1);
    const double full_ops = cost_of<Net, Ops>;
    CHECK(model.penalty(loss(3), 1, 1).item<double>() ==
          near(6 + (full_ops - ops_limit) / (ops - ops_limit)));
    CHECK(strengths(model)[0] == near(6 / (full - params_limit)));
}

TEST_CASE("Strengths and alphas survive saving; weights alone do not carry them") {
    const TemporaryFolder folder;
    auto model = std::make_shared<Model<Halved>>();
    (void)model->penalty(loss(0.7), 0, 1);
    random_alpha(*model, 1);
    torch::save(model, (folder / "search.pt").string());
    auto other = std::make_shared<Model<Halved>>();
    torch::load(other, (folder / "search.pt").string());
    CHECK(strengths(*other) == strengths(*model));
    CHECK(at::equal(other->alpha, model->alpha));
    CHECK(at::equal(other->weights()[0], model->weights()[0]));
    fill(*other, 1);
    CHECK(other->penalty(loss(55), 1, 1).item<double>() == near(2.8)); // not armed anew
    CHECK(at::equal(other->alpha, other->named_parameters()["alpha"]));

    Model<Halved> fresh;
    fresh.load_weights(*model);
    CHECK(strengths(fresh)[0] == 0);
    CHECK(at::equal(fresh.alpha, at::ones_like(fresh.alpha)));
    CHECK(at::equal(fresh.weights()[0], model->weights()[0]));
}

TEST_CASE("Impossible epochs and losses are refused") {
    Model<Halved> model;
    const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
    const auto text = [&](double task, double epoch, double epochs) {
        return error_of<ModelError>([&] { (void)model.penalty(loss(task), epoch, epochs); });
    };
    CHECK(text(1, -1, 10) == "penalty: epoch -1 of 10; expected 0 <= epoch and 0 < epochs");
    CHECK(text(1, 0, 0) == "penalty: epoch 0 of 0; expected 0 <= epoch and 0 < epochs");
    CHECK(text(1, nan, 10) == "penalty: epoch nan of 10; expected 0 <= epoch and 0 < epochs");
    CHECK(text(1, 1, nan) == "penalty: epoch 1 of nan; expected 0 <= epoch and 0 < epochs");
    CHECK(text(nan, 0, 10) == "penalty: the task loss is nan");
    CHECK(text(inf, 0, 10) == "penalty: the task loss is inf");
    CHECK(strengths(model)[0] == 0);
    CHECK(text(1, 0, 10) == "no error");
}

TEST_CASE("Strength and NoRegularizer") {
    Model<Pit<Net, Cost<Params, Ops>, Strength<0.25, Ops>>> model;
    const at::Tensor penalty = model.penalty(loss(1), 0, 1);
    CHECK(penalty.item<double>() == near(0.25 * static_cast<double>(cost_of<Net, Ops>)));
    penalty.backward();
    const at::Tensor by_penalty = model.alpha.grad().clone();
    model.zero_grad();
    model.cost_tensor<Ops>().backward();
    CHECK(at::equal(by_penalty, model.alpha.grad() * 0.25));
    CHECK(model.limits().empty());

    Model<Pit<Net, Cost<Params>>> free;
    const at::Tensor none = free.penalty(loss(1), 0, 1);
    CHECK(none.item<double>() == 0);
    CHECK(none.dim() == 0);
    CHECK(!none.requires_grad());
    CHECK(!free.named_buffers().contains("regularizer_strengths"));
    random_alpha(free, 0.4);
    const at::Tensor before = free.alpha.detach().clone();
    const Settled settled = free.settle();
    CHECK(settled.removed + settled.restored == 0);
    CHECK(at::equal(free.alpha, before));
}
