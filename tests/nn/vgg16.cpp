// SPDX-License-Identifier: Apache-2.0
// The large network of the report, at its full size.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "support/tensors.hpp"

#include <doctest/doctest.h>
#include <torch/optim/sgd.h>

using namespace pliny;
using namespace pliny::testing;

TEST_CASE("Vgg16 on 224x224 images: two steps of a search, export") {
    using Search = Pit<Vgg16, Cost<Params>, Duccio<Limit<Percent<25>>>>;
    at::manual_seed(1);
    Model<Search> model;
    torch::optim::SGD weights(model.weights(), 1e-3), architecture(model.architecture(), 0.1);
    const at::Tensor x = at::randn({1, 1, 224, 224}), target = at::tensor({3}, at::kLong);
    for (int step = 0; step < 2; ++step) {
        CAPTURE(step);
        weights.zero_grad();
        architecture.zero_grad();
        const at::Tensor task = at::cross_entropy_loss(model(x), target);
        const at::Tensor penalty = model.penalty(task, step, 2);
        CHECK(penalty.item<double>() > 0);
        (task + penalty).backward();
        CHECK(at::isfinite(model.alpha.grad()).all().item<bool>());
        CHECK(model.alpha.grad().abs().sum().item<double>() > 0);
        weights.step();
        architecture.step();
    }
    const at::NoGradGuard no_grad;
    model.alpha.uniform_(0, 1.2);
    model.zero_grad();
    model.eval();
    Exported<Vgg16> found = model.exported();
    found.eval();
    CHECK(found.cost<Params>() <= 0.25 * 134'300'362);
    CHECK(found.cost<Params>() >= 0.249 * 134'300'362);
    CHECK(difference(found(x), model(x)) <= 1e-5);
}
