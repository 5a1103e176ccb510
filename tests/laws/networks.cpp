// SPDX-License-Identifier: Apache-2.0
// Generated models next to the same networks written by hand with torch::nn.
#include <pliny/core.hpp>
#include <pliny/nn/model.hpp>

#include "support/networks.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>
#include <torch/nn/modules.h>
#include <torch/optim/sgd.h>

using namespace pliny;
using namespace pliny::testing;

namespace {

namespace nn = torch::nn;

nn::Conv2d conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1) {
    return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2));
}

// Layers are added one by one: the arguments of a call may be made in any order, and so may their weights.

nn::Sequential hand_written_cnn() {
    nn::Sequential network;
    network->push_back(conv(1, 32, 3));
    network->push_back(nn::BatchNorm2d(32));
    network->push_back(nn::ReLU());
    network->push_back(nn::MaxPool2d(2));
    network->push_back(conv(32, 64, 3));
    network->push_back(nn::BatchNorm2d(64));
    network->push_back(nn::ReLU());
    network->push_back(nn::MaxPool2d(2));
    network->push_back(nn::Flatten());
    network->push_back(nn::Linear(3136, 128));
    network->push_back(nn::ReLU());
    network->push_back(nn::Linear(128, 10));
    return network;
}

struct ResidualByHandImpl : nn::Module {
    nn::Sequential body;
    nn::Conv2d shortcut{nullptr};

    ResidualByHandImpl(std::int64_t in, std::int64_t out, std::int64_t stride) {
        body = register_module("body", nn::Sequential());
        body->push_back(conv(in, out, 3, stride));
        body->push_back(nn::BatchNorm2d(out));
        body->push_back(nn::ReLU());
        body->push_back(conv(out, out, 3));
        body->push_back(nn::BatchNorm2d(out));
        if (in != out)
            shortcut = register_module("shortcut", conv(in, out, 1, stride));
    }
    at::Tensor forward(const at::Tensor& x) {
        return body->forward(x) + (shortcut.is_empty() ? x : shortcut(x));
    }
};
TORCH_MODULE(ResidualByHand);

// A Sequential cannot hold a Sequential in C++.
struct StackByHandImpl : nn::Module {
    ResidualByHand residual;

    StackByHandImpl(std::int64_t in, std::int64_t out, std::int64_t stride) : residual(in, out, stride) {
        register_module("0", residual);
    }
    at::Tensor forward(const at::Tensor& x) { return at::relu(residual(x)); }
};
TORCH_MODULE(StackByHand);

nn::Sequential hand_written_resnet8() {
    nn::Sequential network;
    network->push_back(conv(3, 16, 3));
    network->push_back(nn::BatchNorm2d(16));
    network->push_back(nn::ReLU());
    network->push_back(StackByHand(16, 16, 1));
    network->push_back(StackByHand(16, 32, 2));
    network->push_back(StackByHand(32, 64, 2));
    network->push_back(nn::AvgPool2d(8));
    network->push_back(nn::Flatten());
    network->push_back(nn::Linear(64, 10));
    return network;
}

struct Vgg16ByHand : nn::Module {
    nn::Sequential features, classifier;

    Vgg16ByHand() {
        features = register_module("features", nn::Sequential());
        std::int64_t in = 3;
        for (const std::int64_t out :
             {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0}) {
            if (out == 0) {
                features->push_back(nn::MaxPool2d(2));
                continue;
            }
            features->push_back(conv(in, out, 3));
            features->push_back(nn::ReLU());
            in = out;
        }
        classifier = register_module("classifier", nn::Sequential());
        classifier->push_back(nn::Linear(512 * 49, 4096));
        classifier->push_back(nn::ReLU());
        classifier->push_back(nn::Dropout());
        classifier->push_back(nn::Linear(4096, 4096));
        classifier->push_back(nn::ReLU());
        classifier->push_back(nn::Dropout());
        classifier->push_back(nn::Linear(4096, 7));
    }
    at::Tensor forward(const at::Tensor& x) {
        return classifier->forward(at::adaptive_avg_pool2d(features->forward(x), {7, 7}).flatten(1));
    }
};

struct ColorVgg16 : Vgg16On<Image<3, 40, 33>, 7> {};

/// Same names and same first weights from the same seed, in the same order of names.
template <class Net, class Module>
void check_same_start(const Model<Net>& model, const Module& reference) {
    REQUIRE(model.named_parameters().keys() == reference.named_parameters().keys());
    REQUIRE(model.named_buffers().size() == reference.named_buffers().size());
    for (const auto& item : reference.named_buffers())
        CHECK(model.named_buffers().contains(item.key()));
    for (const auto& item : reference.named_parameters()) {
        CAPTURE(item.key());
        CHECK(at::equal(model.named_parameters()[item.key()], item.value()));
    }
}

/// Five steps of training from the same weights: same outputs, gradients, statistics, weights.
template <class Net, class Module>
void check_same_training(Model<Net>& model, Module& reference) {
    torch::optim::SGD own(model.parameters(), 0.05), its(reference.parameters(), 0.05);
    for (int step = 0; step < 5; ++step) {
        CAPTURE(step);
        const at::Tensor x = random_batch(plan<Net>[0].out(), 4);
        const at::Tensor y = model(x), expected = reference.forward(x);
        CHECK(difference(y, expected) <= 1e-6);
        const at::Tensor upstream = at::randn_like(y) * 0.1;
        own.zero_grad();
        its.zero_grad();
        y.backward(upstream);
        expected.backward(upstream);
        const auto parameters = model.named_parameters(), buffers = model.named_buffers();
        for (const auto& item : reference.named_parameters()) {
            CAPTURE(item.key());
            CHECK(difference(parameters[item.key()].grad(), item.value().grad()) <= 1e-6);
        }
        for (const auto& item : reference.named_buffers()) {
            CAPTURE(item.key());
            CHECK(difference(buffers[item.key()], item.value()) <= 1e-6);
        }
        own.step();
        its.step();
    }
    model.eval();
    reference.eval();
    const at::Tensor x = random_batch(plan<Net>[0].out(), 4);
    CHECK(difference(model(x), reference.forward(x)) <= 1e-6);
}

} // namespace

TEST_CASE("Cnn is the hand-written network: names, first weights, training") {
    at::manual_seed(11);
    Model<Cnn> model;
    at::manual_seed(11);
    auto reference = hand_written_cnn();
    check_same_start(model, *reference);
    check_same_training(model, *reference);
}

TEST_CASE("ResNet8 is the hand-written network: names, first weights, training") {
    at::manual_seed(12);
    Model<ResNet8> model;
    at::manual_seed(12);
    auto reference = hand_written_resnet8();
    check_same_start(model, *reference);
    check_same_training(model, *reference);
}

TEST_CASE("Vgg16 has the names of torchvision and computes the same") {
    at::manual_seed(13);
    Model<ColorVgg16> model;
    Vgg16ByHand reference;
    at::manual_seed(13);
    for (const auto& item : reference.named_parameters()) // as torchvision begins vgg16
        if (item.value().dim() == 4)
            nn::init::kaiming_normal_(item.value(), 0, torch::kFanOut, torch::kReLU);
        else if (item.value().dim() == 2)
            nn::init::normal_(item.value(), 0, 0.01);
        else
            nn::init::zeros_(item.value());
    check_same_start(model, reference);
    const at::Tensor x = random_batch(plan<ColorVgg16>[0].out(), 1);
    at::manual_seed(1);
    const at::Tensor y = model(x);
    at::manual_seed(1);
    CHECK(difference(y, reference.forward(x)) <= 1e-6);
    model.eval();
    reference.eval();
    CHECK(difference(model(x), reference.forward(x)) <= 1e-6);
}

TEST_CASE("Joins by hand: sums of three, nested concatenations, shared inputs") {
    Model<Nested> model;
    randomize(model, 14);
    model.eval();
    const auto weights = model.named_parameters(), statistics = model.named_buffers();
    const auto conv = [&](const at::Tensor& x, const std::string& name, std::int64_t padding) {
        const auto* bias = weights.find(name + ".bias");
        return at::conv2d(x, weights[name + ".weight"], bias ? *bias : at::Tensor{}, 1, padding);
    };
    const auto norm = [&](const at::Tensor& x, const std::string& name) {
        return at::batch_norm(x, weights[name + ".weight"], weights[name + ".bias"],
                              statistics[name + ".running_mean"], statistics[name + ".running_var"], false,
                              0.1, 1e-5, false);
    };
    const at::Tensor x = at::randn({3, 3, 8, 8});
    const at::Tensor stem = at::leaky_relu(conv(x, "0", 1), 0.01);
    const at::Tensor inner = at::cat({conv(stem, "2.0.body.0.0", 0), conv(stem, "2.0.body.0.1", 1)}, 1);
    const at::Tensor first = at::tanh(norm(inner, "2.0.body.1")) + conv(stem, "2.0.shortcut", 0);
    const at::Tensor second =
        conv(at::constant_pad_nd(at::relu(conv(stem, "2.1.body.0", 0)), {0, 1, 0, 1}), "2.1.body.2", 0) +
        stem;
    const at::Tensor wide = at::silu(
        at::conv2d(at::cat({first, second}, 1), weights["3.weight"], weights["3.bias"], 2, 1, 1, 16));
    const at::Tensor sum =
        conv(wide, "5.0", 1) + conv(wide, "5.1", 0) + norm(conv(wide, "5.2.0", 0), "5.2.1");
    const at::Tensor expected =
        at::linear(at::clamp(sum, 0, 6).flatten(1), weights["8.weight"], weights["8.bias"]);
    CHECK(difference(model(x), expected) <= 1e-6);
}

TEST_CASE_TEMPLATE("Every network runs, forwards and backwards, and leaves its input alone", Net, Branches,
                   DepthwiseSeparable, Nested, NormAfterAdd, NormAfterPool, Sigmoids, Grouped, Perceptron,
                   Echo, WithOwnLayer) {
    Model<Net> model;
    std::int64_t numbers = 0, facts = 0;
    for (const auto& item : model.named_parameters())
        numbers += item.value().numel();
    for (const Row& row : plan<Net>.rows)
        facts += row.facts.weights + row.facts.biases + row.facts.norm;
    CHECK(numbers == facts);
    const at::Tensor x = random_batch(plan<Net>[0].out(), 3), before = x.clone();
    const at::Tensor y = model(x);
    CHECK(at::equal(x, before));
    REQUIRE(y.dim() == output_shape<Net>.rank + 1);
    CHECK(y.size(1) == output_shape<Net>[0]);
    y.sum().backward();
    for (const auto& item : model.named_parameters()) {
        CAPTURE(item.key());
        CHECK(item.value().grad().defined());
        CHECK(at::isfinite(item.value().grad()).all().template item<bool>());
    }
}
