// SPDX-License-Identifier: Apache-2.0
// What models are fed with and does not fit: a sentence at every door that takes tensors.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>

#include <support/tensors.hpp>

#include <ATen/autocast_mode.h>

#include <doctest/doctest.h>

#include <cmath>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Fed : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>>, BatchNorm2d, ReLU, MaxPool2d<2>,
                                                Flatten, Linear<5>, BatchNorm1d, Linear<3>>> {};
struct Chosen : Network<Features<4>, Sequential<Choice<Linear<4>, Identity>, Linear<3>>> {};

/// Takes bytes.
struct Scaled {
    static constexpr Facts facts(const Shape& in) { return {.out = in}; }
    static std::string spelled(std::int64_t) { return "Scaled"; }
    static at::Tensor forward(const at::Tensor& x) { return x.to(at::kFloat).div(255); }
};
struct OfBytes : Network<Features<4>, Sequential<Scaled, Linear<3>>> {};

using FedSearch = Pit<Fed, Cost<Params>, Duccio<Limit<Percent<50>>>>;
using FedBits = Mps<Fed, Weights<2, 8>, Activations<8>>;

template <class M>
std::string told(M& model, const at::Tensor& x) {
    return error_of<ModelError>([&] { (void)model(x); });
}

/// The sentences of a model in float32.
template <class M>
void check_door(M& model) {
    const at::Tensor x = at::randn({4, 2, 6, 6});
    CHECK(told(model, x.to(at::kDouble)) ==
          "input: found Double; expected Float as the weights: x.to(at::kFloat)");
    CHECK(told(model, at::ones({4, 2, 6, 6}, at::kByte)) ==
          "input: found Byte; expected Float as the weights: x.to(at::kFloat)");
    CHECK(told(model, x.to(at::kHalf)) ==
          "input: found Half; expected Float as the weights: x.to(at::kFloat)");
    CHECK(told(model, x.to(at::kMeta)) ==
          "input: found a tensor on meta; expected one on cpu, where the weights are: x.to(\"cpu\")");
    CHECK(told(model, {}) == "input: found an undefined tensor; expected [N, 2, 6, 6]");
    CHECK(told(model, x[0]) == "input: found [2, 6, 6], expected [N, 2, 6, 6]");
    CHECK(told(model, x.flatten(1)) == "input: found [4, 72], expected [N, 2, 6, 6]");
    CHECK(told(model, x.permute({0, 2, 3, 1})) == "input: found [4, 6, 6, 2], expected [N, 2, 6, 6]");
    CHECK(told(model, at::randn({})) == "input: found [], expected [N, 2, 6, 6]");
    CHECK(told(model, x) == "no error");
}

} // namespace

TEST_CASE("Inputs of another type, shape or device are refused by all models") {
    Model<Fed> plain;
    check_door(plain);
    Model<FedSearch> search;
    check_door(search);
    Exported<Fed> found = search.exported();
    check_door(found);
    Model<FedBits> bits;
    check_door(bits);
    Quantized<Fed> quantized = bits.exported();
    check_door(quantized);
    for (const bool training : {true, false}) {
        bits.train(training);
        const at::NoGradGuard no_grad;
        check_door(bits);
        quantized.train(training);
        check_door(quantized);
    }
}

TEST_CASE("The type of the weights is that of the input") {
    Model<Fed> model;
    model.to(at::kDouble);
    CHECK(told(model, at::randn({4, 2, 6, 6})) ==
          "input: found Float; expected Double as the weights: x.to(at::kDouble)");
    CHECK(told(model, at::randn({4, 2, 6, 6}, at::kDouble)) == "no error");

    Model<OfBytes> bytes; // a layer of one's own says itself what it takes
    const at::Tensor x = at::full({2, 4}, 51, at::kByte);
    CHECK(at::equal(bytes(x), bytes(x.to(at::kFloat))));
    CHECK(told(bytes, x[0]) == "input: found [4], expected [N, 4]");
}

TEST_CASE("Autocast converts inputs itself") {
    Model<Fed> model;
    at::autocast::set_autocast_enabled(at::kCPU, true);
    CHECK(told(model, at::randn({4, 2, 6, 6}).to(at::kBFloat16)) == "no error");
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
    CHECK(told(model, at::randn({4, 2, 6, 6}).to(at::kBFloat16)) ==
          "input: found BFloat16; expected Float as the weights: x.to(at::kFloat)");
}

TEST_CASE("Batches without samples, and of one where a batch norm trains") {
    Model<Fed> model;
    const at::Tensor before = model.named_buffers()["6.running_var"].clone();
    CHECK(told(model, at::randn({1, 2, 6, 6})) == "batch norm 6: found [1, 5], one value per channel, while "
                                                  "training; expected two or more: larger batches, "
                                                  "or model.eval()");
    CHECK(told(model, at::randn({0, 2, 6, 6})) == "batch norm 1: found [0, 6, 4, 4], no value per channel, "
                                                  "while training; expected two or more: larger "
                                                  "batches, or model.eval()");
    CHECK(at::equal(model.named_buffers()["6.running_var"], before));
    model.eval();
    CHECK(told(model, at::randn({1, 2, 6, 6})) == "no error");
    CHECK(model(at::randn({0, 2, 6, 6})).sizes() == at::IntArrayRef({0, 3}));
}

TEST_CASE("Calibration refuses what cannot be fed, and changes nothing then") {
    Model<FedBits> model;
    const at::Tensor x = at::randn({4, 2, 6, 6});
    const auto text = [&](const std::vector<at::Tensor>& batches, const Calibration& how = {}) {
        return error_of<ModelError>([&] { model.calibrate(batches, how); });
    };
    const at::Tensor before = model.log_clip.detach().clone();
    CHECK(text({x, x.to(at::kDouble)}) ==
          "input: found Double; expected Float as the weights: x.to(at::kFloat)");
    CHECK(text({at::ones({4, 2, 6, 6}, at::kByte)}) ==
          "input: found Byte; expected Float as the weights: x.to(at::kFloat)");
    CHECK(text({x, {}}) == "input: found an undefined tensor; expected [N, 2, 6, 6]");
    CHECK(text({x.slice(0, 0, 0)}) == "calibrate: found a batch without samples");
    CHECK(text({x / 0}) == "calibrate: found inputs that are not finite");
    for (const double percentile : {-1.0, 101.0, std::nan("")})
        CHECK(text({x}, {Calibration::Percentile, percentile}).ends_with("; expected 0 to 100"));
    CHECK(text({x}, {Calibration::Percentile, 101}) ==
          "calibrate: found the percentile 101; expected 0 to 100");
    CHECK(at::equal(model.log_clip, before));
    CHECK(text({x}) == "no error");
}

TEST_CASE("Found networks have channels and alternatives that there are") {
    const auto text = [](const Exported<Chosen>::Kept& kept, const Exported<Chosen>::Chosen& path) {
        return error_of<ModelError>([&] { Exported<Chosen>(kept, path); });
    };
    const auto all = Exported<Chosen>::all_channels();
    CHECK(text(all, {1}) == "no error");
    CHECK(text(all, {2}) == "choice 0: found alternative 2; expected 0 to 1");
    CHECK(text(all, {-1}) == "choice 0: found alternative -1; expected 0 to 1");

    const auto refused = [](std::size_t group, const std::vector<std::int64_t>& channels) {
        auto kept = Exported<Fed>::all_channels();
        kept[group] = channels;
        return error_of<ModelError>([&] { Exported<Fed>{kept}; });
    };
    CHECK(refused(1, {0, 2, 5}) == "no error");
    CHECK(refused(1, {}) == "kept channels of group 1: found 0; expected 1 to 6");
    CHECK(refused(1, {0, 6}) == "kept channels of group 1: found 6; expected rising numbers from 0 to 5");
    CHECK(refused(1, {2, 2}) == "kept channels of group 1: found 2; expected rising numbers from 0 to 5");
    CHECK(refused(0, {0}) == "kept channels of group 0: found 1; expected all 2");
}

TEST_CASE("Weights of other widths and names; those of another type are converted") {
    struct Wider : Network<Image<2, 6, 6>, Sequential<Conv2d<7, Kernel<3>>, BatchNorm2d, ReLU, MaxPool2d<2>,
                                                      Flatten, Linear<5>, BatchNorm1d, Linear<3>>> {};
    Model<FedSearch> model;
    const at::Tensor before = model.parameters()[1].detach().clone();
    CHECK(error_of<ModelError>([&] { model.load_weights(Model<Wider>()); }) ==
          "load_weights: 0.weight: found [7, 2, 3, 3], expected [6, 2, 3, 3]");
    CHECK(at::equal(model.parameters()[1], before));
    Model<Fed> other;
    const at::Tensor weight = other.parameters()[0].detach().clone();
    other.to(at::kDouble);
    model.load_weights(other);
    CHECK(at::equal(model.named_parameters()["0.weight"], weight));
}

TEST_CASE("Penalties of epochs and losses that cannot be meant") {
    Model<FedSearch> search;
    Model<FedBits> bits;
    const at::Tensor one = at::ones({});
    const auto both = [&](const at::Tensor& task, double epoch, double epochs) {
        const std::string text = error_of<ModelError>([&] { (void)search.penalty(task, epoch, epochs); });
        CHECK(error_of<ModelError>([&] { (void)bits.penalty(task, epoch, epochs); }) == text);
        return text;
    };
    CHECK(both(one, 9, 2) == "penalty: epoch 9 of 2; expected 0 <= epoch <= epochs");
    CHECK(both(one, 2.01, 2) == "penalty: epoch 2.01 of 2; expected 0 <= epoch <= epochs");
    CHECK(both(one, 0, 0.5) == "penalty: epoch 0 of 0.5; expected a number of epochs, 1 or more");
    CHECK(both(one, 1, INFINITY) == "penalty: epoch 1 of inf; expected a number of epochs, 1 or more");
    CHECK(both(one, INFINITY, 2) == "penalty: epoch inf of 2; expected 0 <= epoch <= epochs");
    CHECK(both(at::ones({3}), 0, 1) ==
          "penalty: found a task loss of shape [3]; expected one number, such as its mean");
    CHECK(both({}, 0, 1) ==
          "penalty: found a task loss that is undefined; expected one number, such as its mean");
    double epoch = 0;
    for (int step = 0; step < 20; ++step)
        epoch += 0.1; // 2.0000000000000004
    CHECK(epoch > 2);
    CHECK(both(one, epoch, 2) == "no error");
}
