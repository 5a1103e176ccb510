// SPDX-License-Identifier: Apache-2.0
// The penalty changes nothing; penalty and advance are what penalty(loss, epoch, epochs) is in one call.
#include <pliny/core.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/copy_of.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include "support/small_search.hpp"
#include "support/squared_excess.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

// clang-format off
struct TwoChoices : Network<Image<1, 8, 8>, Sequential<
    Choice<Conv2d<4, Kernel<3>, SamePadding>, Conv2d<4, Kernel<5>, SamePadding>>, ReLU,
    Choice<Conv2d<4, Kernel<3>, SamePadding>, Identity>, Flatten, Linear<3>>> {};
// clang-format on

/// What a model keeps: parameters and buffers.
template <class ModelType>
std::vector<at::Tensor> kept_tensors(const ModelType& model) {
    std::vector<at::Tensor> all;
    for (const at::Tensor& one : model.parameters())
        all.push_back(one.detach().clone());
    for (const at::Tensor& one : model.buffers())
        all.push_back(one.detach().clone());
    return all;
}

bool all_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
    bool equal = a.size() == b.size();
    for (std::size_t i = 0; equal && i < a.size(); ++i)
        equal = at::equal(a[i], b[i]);
    return equal;
}

/// Value and gradient to alpha.
template <class ModelType>
std::pair<at::Tensor, at::Tensor> with_gradient(ModelType& model, const at::Tensor& value) {
    model.zero_grad();
    if (value.requires_grad())
        value.backward();
    const at::Tensor gradient = model.alpha.grad();
    return {value.detach().clone(), gradient.defined() ? gradient.clone() : at::zeros_like(model.alpha)};
}

/// Two copies go through a search with given factors of alpha, which take it across its limits; returns in
/// how many steps the state of the regularizer has changed.
template <class Search>
int check_schedule(const std::vector<double>& factors) {
    at::manual_seed(8);
    Model<Search> apart;
    Model<Search> at_once = copy_of(apart);
    const auto epochs = static_cast<double>(factors.size()) / 2;
    int moves = 0;
    for (std::size_t step = 0; step < factors.size(); ++step) {
        CAPTURE(step);
        const double epoch = static_cast<double>(step) / 2;
        const SearchProgress progress(epoch, epochs);
        const at::Tensor x = at::randn({2, 1, 8, 8}), task = at::scalar_tensor(1 + 0.3 * std::sin(epoch));
        for (auto* model : {&apart, &at_once}) {
            at::manual_seed(100 + step);
            (void)(*model)(x);
        }
        const std::vector<at::Tensor> before = kept_tensors(apart);
        const auto [first, by_first] = with_gradient(apart, apart.penalty(task, progress));
        const auto [second, by_second] = with_gradient(apart, apart.penalty(task, progress));
        CHECK(at::equal(first, second));
        CHECK(at::equal(by_first, by_second));
        CHECK(all_equal(kept_tensors(apart), before));

        const auto [both, by_both] = with_gradient(at_once, at_once.penalty(task, epoch, epochs));
        CHECK(at::equal(first, both));
        CHECK(at::equal(by_first, by_both));
        const auto buffers = apart.named_buffers();
        const at::Tensor* state = buffers.find("regularizer_strengths");
        const at::Tensor kept = state ? state->clone() : at::Tensor{};
        apart.advance(task, progress);
        moves += state && !at::equal(kept, *state);
        CHECK(all_equal(kept_tensors(apart), kept_tensors(at_once)));
        CHECK(apart.temperature() == at_once.temperature());

        const at::NoGradGuard no_grad; // what an optimiser would do
        for (auto* model : {&apart, &at_once})
            model->alpha.sub_(0.01 * by_first.sign()).mul_(factors[step]);
    }
    return moves;
}

// Above the limit of the start, below, and above it again.
const std::vector<double> across{1, 0.45, 1, 2.5, 1, 0.9, 1, 1};
const std::vector<double> late{1, 1, 3, 1, 1, 1};

} // namespace

TEST_CASE("pure penalty: Pit, armed at once, later, one limit after the other") {
    CHECK(check_schedule<Halved>(across) == 1);
    CHECK(check_schedule<Relaxed>(across) >= 1);
    CHECK(check_schedule<TwoLimits>(across) >= 1);
    CHECK(check_schedule<Pit<Net, Cost<Params>, Strength<1e-3>>>(across) == 0);
    CHECK(check_schedule<Pit<Net, Cost<Params>>>(across) == 0);
}

TEST_CASE("pure penalty: SuperNet moves its temperature, SinglePath the mean of the losses") {
    using Soft = SuperNet<TwoChoices, Cost<Params, Ops>, Duccio<Limit<Ops, Percent<50>>>, Gumbel,
                          Temperature<5, 0.5>, Entropy<0.01>, InverseVariation<0.1>>;
    CHECK(check_schedule<Soft>(across) == 1);
    using Single =
        SuperNet<TwoChoices, Cost<Params>, Duccio<Limit<Percent<97>>>, SinglePath, Temperature<5, 0.5>>;
    CHECK(check_schedule<Single>(across) == 1);
    CHECK(check_schedule<SuperNet<TwoChoices, SinglePath>>(late) == 0);
    CHECK(check_schedule<Pit<SuperNet<TwoChoices, HardGumbel, Temperature<2, 1>>, Cost<Params>,
                             Duccio<Limit<Percent<40>>>>>(across) == 1);
}

TEST_CASE("pure penalty: Mps") {
    CHECK(check_schedule<Mps<Net, PerChannel, Weights<0, 2, 8>, Gumbel, Temperature<5, 0.2>,
                             Duccio<Limit<Percent<30>>>>>(across) == 1);
    CHECK(check_schedule<Mps<Net, Strength<1e-6>>>(late) == 0);
}

TEST_CASE("pure penalty: a regularizer from outside, alone and with others, keeps its numbers") {
    using Own = SquaredExcess<Limit<Ops, Percent<60>>>;
    CHECK(check_schedule<Pit<Net, Cost<Params, Ops>, Own>>(across) == static_cast<int>(across.size()));
    CHECK(check_schedule<Mps<Net, SquaredExcess<Limit<Percent<30>>>>>(late) == static_cast<int>(late.size()));
    using Less = Regularizers<Duccio<Limit<Params, Percent<90>>>, Strength<1e-4, Ops>, Own>;
    CHECK(check_schedule<SuperNet<TwoChoices, Cost<Params, Ops>, Less>>(late) ==
          static_cast<int>(late.size()));

    using Sum = Regularizers<Duccio<Limit<Params, Percent<50>>>, Strength<1e-4, Ops>, Own>;
    Model<Pit<Net, Cost<Params, Ops>, Sum>> model;
    CHECK(strengths(model) == std::vector<double>{0, 0, 0});
    const double half = 0.5 * full, ops = static_cast<double>(cost_of<Net, Ops>), excess = 1 / 0.6 - 1;
    const at::Tensor sum = model.penalty(loss(2), 10, 20);
    CHECK(sum.item<double>() == near(DuccioTerm::ramp(10, 20) * 8 + 1e-4 * ops + 2 * 0.5 * excess * excess));
    CHECK(strengths(model)[0] == near(8 / (full - half)));
    CHECK(strengths(model)[1] == near(excess));
    CHECK(strengths(model)[2] == 1);

    // The slopes of all that speak of a cost, once.
    sum.backward();
    const at::Tensor found = model.alpha.grad().clone();
    model.zero_grad();
    const double by_params = 8 / (full - half), by_ops = 1e-4 + 2 * 2 * 0.5 * excess / (0.6 * ops);
    (model.cost_tensor<Params>() * by_params + model.cost_tensor<Ops>() * by_ops).backward();
    CHECK(at::allclose(found, model.alpha.grad(), 1e-5, 0));

    const auto report = model.limits();
    REQUIRE(report.size() == 2);
    CHECK(report[0].cost == "params");
    CHECK(report[1].cost == "ops");
    model.settle();
    CHECK(model.limits()[0].satisfied());
    CHECK(model.limits()[1].satisfied());
}

TEST_CASE("pure penalty: a first violation counts with the strength that it would get, which is not kept") {
    Model<Halved> model;
    const at::Tensor first = model.penalty(loss(0.7), SearchProgress(20, 20));
    CHECK(first.item<double>() == near(4 * 0.7));
    CHECK(strengths(model)[0] == 0);
    CHECK(model.penalty(loss(3), SearchProgress(20, 20)).item<double>() == near(4 * 3));
    model.advance(loss(0.7), SearchProgress(0, 20));
    CHECK(strengths(model)[0] == near(4 * 0.7 / (full / 2)));
    CHECK(model.penalty(loss(3), SearchProgress(20, 20)).item<double>() == near(4 * 0.7));
}

TEST_CASE("pure penalty: impossible progress and losses are refused by the function that was called") {
    Model<Halved> model;
    const auto text = [&](double task, double epoch, double epochs) {
        return error_of<ModelError>([&] { model.advance(loss(task), SearchProgress(epoch, epochs)); });
    };
    CHECK(text(1, -1, 10) == "advance: epoch -1 of 10; expected 0 <= epoch and 0 < epochs");
    CHECK(text(std::nan(""), 0, 10) == "advance: the task loss is nan");
    CHECK(error_of<ModelError>([&] { model.advance(at::ones({2}), SearchProgress(0, 1)); }) ==
          "advance: found a task loss of shape [2]; expected one number, such as its mean");
    CHECK(error_of<ModelError>([&] { (void)model.penalty(loss(1), SearchProgress(3, 2)); }) ==
          "penalty: epoch 3 of 2; expected 0 <= epoch <= epochs");
    CHECK(strengths(model)[0] == 0);
}
