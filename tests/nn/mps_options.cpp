// SPDX-License-Identifier: Apache-2.0
// KeepBatchNorm and LearnedSteps where they could go wrong, and graphs that are used more than once.
#include <pliny/core.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/quantized_networks.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace pliny;
using namespace pliny::testing;

namespace {

using WithZero = Weights<0, 2, 4, 8>;

/// A norm without scale and shift, and one with them.
struct NoScale
    : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>, NoBias>, BatchNorm2d::With<NoAffine>, ReLU,
                                         Conv2d<5, Kernel<3>>, BatchNorm2d, ReLU, Flatten, Linear<4>>> {};

/// All candidates have alpha `others`, that of 0 bits `zero`, that of 8 bits `eight`.
template <class M>
void set_alphas(M& model, double zero, double others, double eight) {
    const at::NoGradGuard no_grad;
    const at::Tensor alpha = model.alpha.view({-1, 4});
    alpha.fill_(others);
    alpha.select(1, 0).fill_(zero);
    alpha.select(1, 3).fill_(eight);
}

/// Some forward passes in training; the statistics of norms come to those of such inputs.
template <class M>
void see_batches(M& model, int count = 80) {
    const at::NoGradGuard no_grad;
    model.train();
    for (int i = 0; i < count; ++i)
        model(at::randn({64, 2, 6, 6}));
}

} // namespace

TEST_CASE("A graph gives the same gradients again if it is retained, and an error if it is not") {
    Model<Mps<Normed, KeepBatchNorm, LearnedSteps>> model;
    at::manual_seed(1);
    const at::Tensor x = at::randn({8, 2, 6, 6});
    const at::Tensor loss = model(x).square().sum();
    loss.backward({}, true);
    std::vector<at::Tensor> once;
    for (const at::Tensor& parameter : model.parameters())
        once.push_back(parameter.grad().clone());
    loss.backward({}, true);
    for (std::size_t i = 0; i < once.size(); ++i)
        CHECK(difference(model.parameters()[i].grad(), 2 * once[i]) <= 1e-6);

    const at::Tensor sum = model(x).sum();
    sum.backward();
    const std::string message = error_of<c10::Error>([&] { sum.backward(); });
    CAPTURE(message);
    CHECK(message.find("backward through the graph a second time") != std::string::npos);
}

TEST_CASE("Statistics of kept norms are those of unpruned channels, whatever the share of 0 bits") {
    using Searched = Mps<Normed, PerChannel, WithZero, Activations<8>, KeepBatchNorm>;
    Model<Searched> model;
    Model<Mps<Normed, Weights<8>, Activations<8>, KeepBatchNorm>> eight;
    eight.load_weights(model);
    set_alphas(model, 1, -20, 0.9); // 0 bits have half of the shares: a mixture with 8 bits
    at::manual_seed(2);
    see_batches(model);
    at::manual_seed(2);
    see_batches(eight);
    for (const char* name : {"1.running_var", "1.running_mean"}) { // what is behind sees faded inputs
        CAPTURE(name);
        CHECK(difference(model.named_buffers()[name], eight.named_buffers()[name]) <= 0.02);
    }
}

TEST_CASE("A kept norm without scale and shift fades, trains and is folded") {
    using Searched = Mps<NoScale, PerChannel, WithZero, Activations<8>, KeepBatchNorm>;
    Model<Searched> model;
    randomize(model, 3);
    model.calibrate({at::randn({64, 2, 6, 6})});
    model(at::randn({8, 2, 6, 6})).square().sum().backward();
    for (const auto& item : model.named_parameters()) {
        CAPTURE(item.key());
        if (item.key() != "3.bias") // the norm behind takes a constant away
            CHECK(item.value().grad().abs().max().item<double>() > 0);
    }
    see_batches(model);
    {
        const at::NoGradGuard no_grad;
        model.alpha.normal_();
    }
    Model<Mps<NoScale, PerChannel, WithZero, Activations<8>>> folded;
    folded.load_weights(model);
    const at::Tensor x = at::randn({4, 2, 6, 6});
    folded.calibrate({x});
    const at::NoGradGuard no_grad;
    folded.alpha.copy_(model.alpha);
    folded.log_clip.copy_(model.log_clip);
    folded.named_buffers()["input_range"].copy_(model.named_buffers()["input_range"]);
    model.eval();
    folded.eval();
    CHECK(at::equal(model(x), folded(x)));
}

TEST_CASE("Kept norms without statistics are calibrated with those of the batch") {
    at::manual_seed(4);
    Model<Mps<Normed, Weights<8>, Activations<8>, KeepBatchNorm>> model;
    const at::Tensor x = at::randn({256, 2, 6, 6});
    model.calibrate({x});
    const at::Tensor first = model.log_clip.detach().clone();
    see_batches(model);
    model.calibrate({x});
    CHECK((model.log_clip - first).abs().max().item<double>() < 0.3); // with statistics 0 and 1 up to 4
}

TEST_CASE("Learned steps: channels that are 0 at the start learn as well") {
    at::manual_seed(5);
    Model<Mps<Chain, Weights<4>, Activations<8>, LearnedSteps>> model;
    const at::Tensor weight = model.named_parameters()["4.weight"];
    {
        const at::NoGradGuard no_grad;
        weight[2].zero_();
    }
    const at::Tensor x = at::randn({16, 2, 6, 6});
    for (int i = 0; i < 20; ++i) {
        model.zero_grad();
        (model(x) - 1).square().mean().backward();
        const at::NoGradGuard no_grad;
        for (at::Tensor parameter : model.parameters())
            if (parameter.grad().defined())
                parameter.sub_(parameter.grad(), 0.05);
    }
    CHECK(weight[2].abs().max().item<double>() > 1e-3);
    CHECK(weight.grad()[2].abs().max().item<double>() > 1e-6);
}

TEST_CASE("Learned steps and clips come along with weights") {
    using Searched = Mps<Chain, Weights<4>, Activations<8>, LearnedSteps>;
    Model<Searched> small, large;
    const at::Tensor x = at::randn({16, 2, 6, 6});
    {
        const at::NoGradGuard no_grad;
        for (at::Tensor parameter : large.parameters())
            parameter.mul_(5);
    }
    small.calibrate({x});
    large.calibrate({x});
    Quantized<Chain> to = small.exported(), from = large.exported();
    to.load_weights(from);
    to.eval();
    from.eval();
    const at::NoGradGuard no_grad;
    CHECK(at::equal(to(x), from(x)));
    CHECK(!at::equal(from.log_step, small.exported().log_step));
}

TEST_CASE("Calibrating with a wrong shape leaves a model as it was") {
    Model<Mps<Chain>> model;
    model.train();
    CHECK(error_of<ModelError>([&] {
              model(at::randn({2, 3, 6, 6}));
          }) == "input: found [2, 3, 6, 6], expected [N, 2, 6, 6]");
    CHECK(model.is_training());
}
