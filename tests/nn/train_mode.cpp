// SPDX-License-Identifier: Apache-2.0
// Norms and dropouts train where their own modules do; what no model can train on, or calibrate with.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

/// The norm "1" is folded by searches for bits unless kept, "4" never.
struct Tuned : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>>, BatchNorm2d, ReLU, MaxPool2d<2>,
                                                  BatchNorm2d, Flatten, Linear<5>, Dropout, Linear<3>>> {};
struct TunedChoice
    : Network<Image<2, 6, 6>, Sequential<Choice<Sequential<Conv2d<4, Kernel<3>, SamePadding>, BatchNorm2d>,
                                                Sequential<Conv2d<4, Kernel<1>>, BatchNorm2d>>,
                                         Flatten, Linear<3>>> {};
struct TunedLinear : Network<Features<4>, Sequential<Linear<5>, BatchNorm1d, ReLU, Linear<3>>> {};

using TunedBits = Mps<Tuned, Weights<0, 2, 8>, Activations<8>, PerChannel>;
using TunedNorms = Mps<Tuned, Weights<0, 2, 8>, Activations<8>, PerChannel, KeepBatchNorm>;

torch::nn::Module& child_of(torch::nn::Module& root, const std::string& path) {
    return *root.named_modules("", false)[path];
}
at::Tensor statistics(torch::nn::Module& root, const std::string& path) {
    return root.named_buffers()[path + ".running_mean"].clone();
}

/// The statistics of `frozen` stay while the model trains, those of `others` move, and all move once it
/// trains again. What the frozen norm gives is what it gives in eval mode.
template <class M>
void check_frozen(M& model, const std::string& frozen, const std::vector<std::string>& others) {
    randomize(model, 5);
    model.train();
    child_of(model, frozen).eval();
    CHECK(model.is_training());
    const auto before = statistics(model, frozen);
    std::vector<at::Tensor> of_others;
    for (const std::string& other : others)
        of_others.push_back(statistics(model, other));
    model(random_batch(M::graph[0].out(), 8)).sum().backward();
    CHECK(at::equal(statistics(model, frozen), before));
    CHECK(model.named_buffers()[frozen + ".num_batches_tracked"].template item<std::int64_t>() == 7);
    for (std::size_t i = 0; i < others.size(); ++i)
        CHECK(!at::equal(statistics(model, others[i]), of_others[i]));
    M copy = copy_of(model);
    CHECK(!child_of(copy, frozen).is_training());
    copy(random_batch(M::graph[0].out(), 8));
    CHECK(at::equal(statistics(copy, frozen), before));
    model.train();
    model(random_batch(M::graph[0].out(), 8));
    CHECK(!at::equal(statistics(model, frozen), before));
}

/// In eval mode with a dropout that trains, two passes differ (Monte Carlo dropout); else they do not.
template <class M>
void check_dropout(M& model) {
    const at::NoGradGuard no_grad;
    const at::Tensor x = at::randn({64, 2, 6, 6});
    (void)model(x);
    model.eval();
    CHECK(at::equal(model(x), model(x)));
    child_of(model, "7").train();
    CHECK(!model.is_training());
    CHECK(!at::equal(model(x), model(x)));
    model.eval();
    CHECK(at::equal(model(x), model(x)));
    model.train();
    child_of(model, "1").eval();
    child_of(model, "4").eval();
    child_of(model, "7").eval();
    CHECK(at::equal(model(x), model(x)));
    model.train();
}

template <class M>
std::string told_while_training(M& model, const at::Tensor& x) {
    return error_of<ModelError>([&] { (void)model(x); });
}
const char* const one_value_each =
    "one value per channel, while training; expected two or more: larger batches, or "
    "model.eval()";

} // namespace

TEST_CASE("A norm in eval mode keeps its statistics while the model trains") {
    Model<Tuned> plain;
    check_frozen(plain, "1", {"4"});
    check_frozen(plain, "4", {"1"});
    Model<Pit<Tuned, Cost<Params>>> pit;
    check_frozen(pit, "1", {"4"});
    auto found = pit.exported();
    check_frozen(found, "4", {"1"});
    Model<SuperNet<TunedChoice>> choice;
    check_frozen(choice, "0.1.1", {"0.0.1"});
    Model<TunedNorms> kept;
    check_frozen(kept, "1", {"4"});
    Model<TunedBits> bits;
    bits.calibrate({at::randn({8, 2, 6, 6})});
    check_frozen(bits, "4", {});
    auto quantized = bits.exported();
    check_frozen(quantized, "4", {});
}

TEST_CASE("A frozen norm gives in training what it gives in eval mode") {
    Model<TunedLinear> model;
    randomize(model, 6);
    const at::Tensor x = at::randn({8, 4});
    model.eval();
    const at::Tensor expected = model(x);
    model.train();
    child_of(model, "1").eval();
    CHECK(at::equal(model(x), expected));
    CHECK(told_while_training(model, x.slice(0, 0, 1)) == "no error"); // takes no statistics
    model.train();
    CHECK(difference(model(x), expected) > 1e-3);
}

TEST_CASE("A dropout has a mode of its own") {
    at::manual_seed(7);
    Model<Tuned> plain;
    check_dropout(plain);
    Model<Pit<Tuned, Cost<Params>>> pit;
    check_dropout(pit);
    auto found = pit.exported();
    check_dropout(found);
    Model<TunedNorms> kept;
    check_dropout(kept);
    auto quantized = kept.exported();
    CHECK(child_of(quantized, "7").is_training());
    found.fold_batch_norm(); // a norm that is gone does not train
    found.eval();
    const at::NoGradGuard no_grad;
    const at::Tensor x = at::randn({8, 2, 6, 6});
    CHECK(at::equal(found(x), found(x)));
}

TEST_CASE("One value per channel where a norm trains: every model names it") {
    const at::Tensor one = at::randn({1, 4});
    Model<TunedLinear> plain;
    CHECK(told_while_training(plain, one) == joined("batch norm 1: found [1, 5], ", one_value_each));
    Model<Pit<TunedLinear, Cost<Params>>> pit;
    CHECK(told_while_training(pit, one) == joined("batch norm 1: found [1, 5], ", one_value_each));
    auto found = pit.exported();
    CHECK(told_while_training(found, one) == joined("batch norm 1: found [1, 5], ", one_value_each));
    Model<Mps<TunedLinear, Weights<8>, Activations<8>, KeepBatchNorm>> kept;
    const at::Tensor clips = kept.log_clip.detach().clone();
    CHECK(told_while_training(kept, one) ==
          "batch norm 1: found [1, 5], one value per channel, while calibrating before it trains; "
          "expected two or more: larger batches");
    CHECK(at::equal(kept.log_clip, clips));
    CHECK(told_while_training(kept, at::randn({8, 4})) == "no error");
    CHECK(told_while_training(kept, one) == joined("batch norm 1: found [1, 5], ", one_value_each));
    Model<Mps<TunedLinear, Weights<8>, Activations<8>>> folded;
    CHECK(told_while_training(folded, one) == "no error"); // has no norm
    auto quantized = folded.exported();
    CHECK(told_while_training(quantized, one) == "no error");

    struct Pooled : Network<Image<4, 2, 2>, Sequential<MaxPool2d<2>, BatchNorm2d, Flatten, Linear<3>>> {};
    const at::Tensor image = at::randn({1, 4, 2, 2});
    const std::string pooled = joined("batch norm 1: found [1, 4, 1, 1], ", one_value_each);
    Model<Pooled> images;
    CHECK(told_while_training(images, image) == pooled);
    Model<Mps<Pooled, Weights<8>, Activations<8>>> bits; // no layer before the norm that takes it
    CHECK(told_while_training(bits, image) == pooled);
    auto exported = bits.exported();
    CHECK(told_while_training(exported, image) == pooled);
    Model<SuperNet<TunedChoice>> choice;
    CHECK(told_while_training(choice, at::randn({0, 2, 6, 6})) ==
          "batch norm 0.0.1: found [0, 4, 6, 6], no value per channel, while training; expected two or more: "
          "larger batches, or model.eval()");
}

TEST_CASE("A first batch that says nothing of the ranges is refused, and changes nothing") {
    at::manual_seed(8);
    const at::Tensor x = at::randn({8, 4}), zeros = at::zeros({8, 4});
    const std::string tail =
        ", in the first batch, which sets the ranges of quantizers; expected real samples, or "
        "calibrate({...}) with such before";
    using LinearBits = Mps<TunedLinear, Weights<8>, Activations<8>>;
    for (const bool training : {true, false}) {
        Model<LinearBits> model;
        model.train(training);
        const at::AutoGradMode gradients(training);
        const at::Tensor before = model.named_buffers()["input_range"].clone();
        CHECK(told_while_training(model, x.slice(0, 0, 0)) == "input: found no samples, [0, 4]" + tail);
        CHECK(told_while_training(model, zeros) == "input: found the same value everywhere, 0" + tail);
        CHECK(told_while_training(model, zeros + 0.5) ==
              "input: found the same value everywhere, 0.5" + tail);
        CHECK(error_of<ModelError>([&] {
                  model.calibrate({zeros, zeros});
              }) == "calibrate: found inputs that are all 0, which have no range; expected real ones");
        CHECK(told_while_training(model, x / 0) == "calibrate: found inputs that are not finite");
        CHECK(at::equal(model.named_buffers()["input_range"], before));
        CHECK(model.is_training() == training);
        CHECK(told_while_training(model, x) == "no error");
        CHECK(told_while_training(model, zeros) == "no error"); // later on it is an input as others
    }
}

TEST_CASE("Ranges are made anew by calibrate") {
    at::manual_seed(9);
    Model<Mps<TunedLinear, Weights<8>, Activations<8>>> model;
    const at::Tensor x = at::randn({64, 4});
    model(x * 0.01);
    const at::Tensor small = model.named_buffers()["input_range"].clone();
    const at::Tensor clips = model.log_clip.detach().clone();
    model.calibrate({x, x * 2});
    const at::Tensor range = model.named_buffers()["input_range"];
    CHECK(range[0].item<double>() == (x * 2).min().item<double>());
    CHECK(range[1].item<double>() == (x * 2).max().item<double>());
    CHECK(range[1].item<double>() > 100 * small[1].item<double>());
    CHECK((model.log_clip > clips).all().item<bool>());
    CHECK(model.is_training());
    model.calibrate({x * 0 + 3}); // the same everywhere: the caller's word
    CHECK(range[1].item<double>() == 3);
}

TEST_CASE("Batches without samples give outputs without samples in eval mode") {
    const at::Tensor none = at::empty({0, 2, 6, 6});
    const auto check = [&](auto model) {
        for (const bool gradients : {true, false}) {
            const at::AutoGradMode mode(gradients);
            model.eval();
            CHECK(model(none).sizes() == at::IntArrayRef({0, 3}));
        }
    };
    check(Model<Tuned>());
    Model<Pit<Tuned, Cost<Params>>> pit;
    check(pit.exported());
    check(std::move(pit));
    check(Model<SuperNet<TunedChoice>>());
    Model<TunedNorms> bits;
    bits.calibrate({at::randn({8, 2, 6, 6})});
    check(bits.exported());
    check(std::move(bits));
    Model<Mps<TunedLinear, Weights<2, 8>, Activations<4, 8>>> training; // no norm that minds
    training.calibrate({at::randn({8, 4})});
    CHECK(training(at::empty({0, 4})).sizes() == at::IntArrayRef({0, 3}));
}
