// SPDX-License-Identifier: Apache-2.0
// The search model of bits: what it takes over from a plain one, clips, parameters, errors, one precision.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/quantized_networks.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

template <int Bits>
using Alike = Mps<Chain, Weights<Bits>, Activations<Bits>, InputBits<Bits>>;

/// A number in, the same number out: its quantizer sees what it is given, ReLU or not.
struct One : Network<Features<1>, Sequential<Linear<1, NoBias>, Linear<1, NoBias>>> {};
struct RectifiedOne : Network<Features<1>, Sequential<Linear<1, NoBias>, ReLU, Linear<1, NoBias>>> {};

template <class Net>
struct Known {
    Model<Mps<Net>> model;
    at::Tensor data;

    Known() {
        at::manual_seed(5);
        data = at::randn({3000, 1});
        const at::NoGradGuard no_grad;
        for (const auto& item : model.named_parameters())
            if (item.key().ends_with("weight"))
                at::Tensor(item.value()).fill_(1);
    }
    std::vector<double> clips(const Calibration& how) {
        model.calibrate({data.slice(0, 0, 1000), data.slice(0, 1000)}, how);
        return pliny::detail::read(model.log_clip.detach().exp());
    }
    double error(double clip, int bits, bool is_signed) const {
        const Grid grid = is_signed ? signed_grid(static_cast<float>(clip), bits)
                                    : unsigned_grid(static_cast<float>(clip), bits);
        double sum = 0;
        for (double x : pliny::detail::read(data.flatten()))
            sum +=
                std::pow(double{grid.value(static_cast<float>(x))} - (is_signed ? x : std::max(x, 0.0)), 2);
        return sum;
    }
    void check(bool is_signed) {
        const at::Tensor magnitudes = is_signed ? data.abs() : data.relu();
        const double largest = magnitudes.max().item<double>();
        for (double clip : clips({Calibration::Maximum}))
            CHECK(clip == doctest::Approx(largest).epsilon(1e-6));
        const at::Tensor sorted = std::get<0>(magnitudes.masked_select(magnitudes > 0).sort());
        for (double percent : {50.0, 99.0, 100.0}) {
            const double expected =
                sorted[std::lround(percent / 100 * static_cast<double>(sorted.numel() - 1))].item<double>();
            for (double clip : clips({Calibration::Percentile, percent}))
                CHECK(clip == doctest::Approx(expected).epsilon(1e-6));
        }
        constexpr std::array bits{2, 4, 8};
        const std::vector<double> found = clips({});
        for (std::size_t i = 0; i < 3; ++i) {
            CAPTURE(bits[i]);
            double least = INFINITY;
            for (int k = 1; k <= 400; ++k)
                least = std::min(least, error(largest * k / 400, bits[i], is_signed));
            CHECK(error(found[i], bits[i], is_signed) <= 1.1 * least);
        }
        CHECK(found[0] < found[1]); // few bits pay for being clipped
        CHECK(found[1] < found[2]);
        const at::Tensor range = model.named_buffers()["input_range"];
        CHECK(range[0].item<double>() == data.min().item<double>());
        CHECK(range[1].item<double>() == data.max().item<double>());
    }
};

std::set<std::string> names(const torch::nn::Module& model) {
    std::set<std::string> names;
    for (const auto& item : model.named_parameters())
        names.insert(item.key());
    return names;
}
double known(const torch::nn::Module& model) {
    return model.named_buffers()["input_range"][2].item<double>();
}

} // namespace

TEST_CASE("A plain model becomes a quantized one: norms folded, nearly the same outputs, itself untouched") {
    Model<Chain> plain;
    randomize(plain, 3);
    for (const auto& item : plain.named_parameters())
        if (item.key().ends_with(
                "bias")) { // with 16 bits each, 32 bits hold no bias above the largest product
            const at::NoGradGuard no_grad;
            at::Tensor(item.value()).mul_(0.1);
        }
    plain.named_buffers()["1.running_mean"].mul_(0.1);
    plain.eval();
    const at::Tensor x = at::randn({20, 2, 6, 6}), expected = plain(x).detach();
    Exported<Chain> folded(Exported<Chain>::all_channels());
    folded.load_weights(plain);
    folded.fold_batch_norm();

    const auto check = [&](auto model, double tolerance) {
        model.load_weights(plain);
        for (const auto& item : folded.named_parameters())
            CHECK(at::equal(model.named_parameters()[item.key()], item.value()));
        CHECK(names(model) == std::set<std::string>{"0.weight", "0.bias", "4.weight", "4.bias", "7.weight",
                                                    "7.bias", "log_clip"});
        model.calibrate({x}, {Calibration::Maximum});
        model.eval();
        CHECK(difference(model(x), expected) <= tolerance); // signed values of the input among them
        CHECK(difference(model(x), expected) > tolerance / 100);
        model.load_weights(folded); // without norms
        CHECK(at::equal(model.named_parameters()["0.weight"], folded.named_parameters()["0.weight"]));
    };
    check(Model<Alike<8>>(), 0.02);
    check(Model<Alike<16>>(), 1e-4);
    CHECK(at::equal(plain(x), expected));
    CHECK(names(plain).contains("1.weight"));
}

TEST_CASE("Clips are the largest, a percentile, or what makes the smallest error") {
    Known<One>().check(true);
    Known<RectifiedOne>().check(false);
}

TEST_CASE("The first input sets clips and the range of the input; loading weights forgets them") {
    Known<One> of;
    CHECK(known(of.model) == 0);
    of.model(of.data);
    CHECK(known(of.model) == 1);
    CHECK(of.model.is_training());
    const at::Tensor clips = of.model.log_clip.detach().clone();
    CHECK(clips.exp().max().item<double>() <= of.data.abs().max().item<double>() * 1.0001);
    of.model(of.data * 100);
    CHECK(at::equal(of.model.log_clip, clips));
    Model<One> plain;
    of.model.load_weights(plain);
    CHECK(known(of.model) == 0);
    of.model.eval();
    const at::NoGradGuard no_grad;
    of.model(at::arange(4, 8).view({4, 1}).to(at::kFloat)); // positive only: the grid begins at 0
    CHECK(known(of.model) == 1);
    CHECK(of.model.named_buffers()["input_range"][0].item<double>() == 0);
    CHECK(of.model.named_buffers()["input_range"][1].item<double>() == 7);
}

TEST_CASE("Evaluation without gradients sees every change") {
    Known<One> of;
    const at::NoGradGuard no_grad;
    of.model.calibrate({of.data});
    of.model.eval();
    const at::Tensor first = of.model(of.data);
    at::Tensor(of.model.named_parameters()["1.weight"]).fill_(2);
    CHECK(difference(of.model(of.data), 2 * first) <= 1e-6);
    of.model.calibrate({of.data * 0.1}, {Calibration::Maximum});
    CHECK(of.model(of.data).abs().max().item<double>() < 0.3 * first.abs().max().item<double>());
    of.model.alpha.neg_(); // 2 bits all over, where it was 8
    of.model.calibrate({of.data});
    CHECK(std::get<0>(at::_unique(of.model(of.data))).numel() <= 4);
}

TEST_CASE("One precision: no alpha, and it trains") {
    at::manual_seed(8);
    Model<Alike<8>> model;
    CHECK(!model.alpha.defined());
    CHECK(model.architecture().empty());
    CHECK(model.weights().size() == 7);
    CHECK(model.thetas() == std::vector<std::vector<double>>(5, {1.0}));
    CHECK(model.cost<ParamsBit>() == 8 * (6 * 18 + 5 * 6 + 4 * 45));
    CHECK(model.cost_tensor<ParamsBit>().item<double>() == 8 * (6 * 18 + 5 * 6 + 4 * 45));
    CHECK(model.penalty(at::ones({}), 0, 1).item<double>() == 0);
    const at::Tensor x = at::randn({16, 2, 6, 6}), target = at::randn({16, 4});
    model(x);
    const at::Tensor clips = model.log_clip.detach().clone();
    double first = 0, last = 0;
    for (int i = 0; i < 30; ++i) {
        model.zero_grad();
        const at::Tensor loss = (model(x) - target).square().mean();
        loss.backward();
        const at::NoGradGuard no_grad;
        for (at::Tensor parameter : model.parameters())
            parameter.sub_(parameter.grad(), 0.05);
        last = loss.item<double>();
        first = i == 0 ? last : first;
    }
    CHECK(last < 0.85 * first);
    CHECK(!at::equal(model.log_clip, clips));
    CHECK(model.settle().lowered == 0);
    CHECK(model.weight_bits(1) == std::vector<int>(6, 8));
    CHECK(model.activation_bits() == std::vector{8, 8});
}

TEST_CASE("Weights, architecture or both train") {
    Model<Mps<One>> model;
    const auto trains = [&] {
        return std::array{model.alpha.requires_grad(), model.log_clip.requires_grad(),
                          model.named_parameters()["0.weight"].requires_grad()};
    };
    model.train_weights_only();
    CHECK(trains() == std::array{false, true, true});
    const at::Tensor x = at::randn({4, 1});
    model(x).sum().backward();
    CHECK(!model.alpha.grad().defined());
    CHECK(model.log_clip.grad().defined());
    model.zero_grad();
    model.train_architecture_only();
    CHECK(trains() == std::array{true, false, false});
    model(x).sum().backward();
    CHECK(model.alpha.grad().defined());
    CHECK((!model.log_clip.grad().defined() || model.log_clip.grad().abs().max().item<double>() == 0));
    model.train_both();
    CHECK(trains() == std::array{true, true, true});
}

TEST_CASE("Clips stay positive, and outputs finite, after a large step") {
    Known<RectifiedOne> of;
    of.model(of.data).square().sum().backward();
    for (double step : {-20.0, 20.0}) {
        CAPTURE(step);
        of.model.calibrate({of.data});
        const at::NoGradGuard no_grad;
        of.model.log_clip.add_(of.model.log_clip.grad().sign(), step);
        CHECK(of.model(of.data).isfinite().all().item<bool>());
        CHECK(of.model.log_clip.exp().min().item<double>() > 0);
    }
}

TEST_CASE("Errors name what was found") {
    Model<Mps<One>> model;
    CHECK(error_of<ModelError>([&] { model(at::zeros({4, 2})); }) == "input: found [4, 2], expected [N, 1]");
    CHECK(known(model) == 0);
    CHECK(error_of<ModelError>([&] { model.set_temperature(0); }) ==
          "set_temperature: found 0; expected a positive number");
    CHECK(error_of<ModelError>([&] { model.set_temperature(NAN); }).starts_with("set_temperature: found"));
    CHECK(error_of<ModelError>([&] { model.penalty(at::ones({}), -1, 4); }) ==
          "penalty: epoch -1 of 4; expected 0 <= epoch and 0 < epochs");
    CHECK(error_of<ModelError>([&] { model.penalty(at::ones({}), 0, 0); }) ==
          "penalty: epoch 0 of 0; expected 0 <= epoch and 0 < epochs");
    Model<RectifiedOne> other;
    Model<Chain> another;
    CHECK(error_of<ModelError>([&] { model.load_weights(other); }) ==
          "load_weights: 1.weight: not in the source");
    CHECK(error_of<ModelError>([&] {
              model.load_weights(another);
          }).starts_with("load_weights: 0.weight: found"));
}
