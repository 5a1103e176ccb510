// SPDX-License-Identifier: Apache-2.0
// What models in eval mode keep from one input to the next: nothing that has become wrong.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "support/tensors.hpp"

#include <c10/core/InferenceMode.h>
#include <doctest/doctest.h>

#include <string>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Evaluated : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>>, BatchNorm2d, ReLU, MaxPool2d<2>,
                                                      Flatten, Linear<5>, ReLU, Linear<3>>> {};
using EvaluatedBits = Mps<Evaluated, Weights<2, 8>, Activations<4, 8>>;
using EvaluatedNorms = Mps<Evaluated, Weights<2, 8>, Activations<8>, KeepBatchNorm, LearnedSteps>;

/// Every tensor of a model is changed as LibTorch is not told of, one after the other: the model gives each
/// time what a copy of it gives, which has kept nothing.
template <class M>
void check_silent_changes(M& model) {
    model.eval();
    const at::NoGradGuard no_grad;
    const at::Tensor x = at::randn({8, 2, 6, 6});
    (void)model(x);
    int seen = 0;
    const auto change = [&](const std::string& name, const at::Tensor& tensor) {
        const at::Tensor before = model(x);
        const auto version = tensor._version();
        if (name == "alpha")
            tensor.data().neg_();
        else if (tensor.is_floating_point())
            tensor.data().mul_(name.ends_with("range") ? 1 : 1.5);
        REQUIRE(tensor._version() == version);
        const at::Tensor now = model(x);
        INFO(name);
        CHECK(at::equal(now, copy_of(model)(x)));
        seen += !at::equal(now, before);
    };
    for (const auto& item : model.named_parameters())
        change(item.key(), item.value());
    for (const auto& item : model.named_buffers())
        change(item.key(), item.value());
    CHECK(seen >= 4); // of weights, biases, clips and alpha
}

} // namespace

TEST_CASE("Changes that LibTorch does not count are seen in eval mode") {
    at::manual_seed(4);
    Model<EvaluatedBits> bits;
    bits.calibrate({at::randn({8, 2, 6, 6})});
    check_silent_changes(bits);
    Model<EvaluatedNorms> norms;
    norms.calibrate({at::randn({8, 2, 6, 6})});
    check_silent_changes(norms);
    auto found = bits.exported();
    check_silent_changes(found);
    auto learned = norms.exported();
    check_silent_changes(learned);
    Model<Pit<Evaluated, Cost<Params>>> pit;
    check_silent_changes(pit);
}

TEST_CASE("A tensor that is written through its pointer, and one that gets other memory") {
    at::manual_seed(5);
    Model<EvaluatedBits> search;
    search.calibrate({at::randn({8, 2, 6, 6})});
    Quantized<Evaluated> model = search.exported();
    model.eval();
    const at::NoGradGuard no_grad;
    const at::Tensor x = at::randn({8, 2, 6, 6}), first = model(x);
    at::Tensor weight = model.named_parameters()["7.weight"];
    weight.mutable_data_ptr<float>()[0] += 1;
    CHECK(!at::equal(model(x), first));
    weight.mutable_data_ptr<float>()[0] -= 1;
    CHECK(difference(model(x), first) <= 1e-6);
    weight.set_data(weight.clone().mul_(-1));
    CHECK(at::equal(model(x), copy_of(model)(x)));
    CHECK(!at::equal(model(x), first));
    model.to(at::kDouble);
    CHECK(model(x.to(at::kDouble)).is_floating_point());
}

TEST_CASE("What inference mode has made is used outside of it") {
    at::manual_seed(6);
    Model<EvaluatedBits> model;
    model.eval();
    const at::Tensor x = at::randn({8, 2, 6, 6});
    at::Tensor inside;
    {
        const c10::InferenceMode inference;
        inside = model(x);
    }
    const at::NoGradGuard no_grad;
    CHECK(at::equal(model(x), inside));
    {
        const at::AutoGradMode gradients(true);
        model.train();
        model(x).sum().backward();
    }
    CHECK(model.alpha.grad().defined());
}

TEST_CASE("Evaluating leaves every module in the mode that it was in") {
    Model<Evaluated> model;
    const auto norm = model.named_children()["1"];
    norm->eval();
    { const Evaluating evaluating(model); }
    CHECK(model.is_training());
    CHECK(!norm->is_training());
    CHECK(model.named_children()["0"]->is_training());
    model.eval();
    norm->train();
    {
        const Evaluating evaluating(model);
        CHECK(!norm->is_training());
    }
    CHECK(!model.is_training());
    CHECK(norm->is_training());
    CHECK(!model.named_children()["0"]->is_training());
}
