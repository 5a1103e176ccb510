// SPDX-License-Identifier: Apache-2.0
// Every layer is what LibTorch's module of that name is: shape, weights, names, outputs, gradients,
// statistics.
#include <pliny/core.hpp>
#include <pliny/nn/model.hpp>

#include "support/tensors.hpp"
#include "support/windows.hpp"

#include <doctest/doctest.h>
#include <torch/nn/modules.h>

using namespace pliny;
using namespace pliny::testing;

namespace {

std::vector<std::int64_t> with_batch(const Shape& shape, std::int64_t count) {
    std::vector<std::int64_t> sizes{count};
    for (int axis = 0; axis < shape.rank; ++axis)
        sizes.push_back(shape[axis]);
    return sizes;
}

/// Compares layer L on an input with a module of LibTorch, in training and in eval mode.
template <class Input, class L, class Module>
void same(Module reference) {
    using Net = Network<Input, L>;
    constexpr Facts facts = plan<Net>.output().facts;
    CAPTURE(L::spelled(facts.out.channels()));
    randomize(*reference, 1);
    Model<Net> model;
    model.load_weights(*reference);

    std::int64_t numbers = 0, weights = 0;
    REQUIRE(model.named_parameters().size() == reference->named_parameters().size());
    for (const auto& item : reference->named_parameters()) {
        REQUIRE(model.named_parameters().contains(item.key()));
        numbers += item.value().numel();
        weights += item.value().dim() > 1 ? item.value().numel() : 0;
    }
    CHECK(facts.weights + facts.biases + facts.norm == numbers);
    CHECK(facts.weights == weights);
    REQUIRE(model.named_buffers().size() == reference->named_buffers().size());

    for (const bool training : {true, false}) {
        CAPTURE(training);
        model.train(training);
        reference->train(training);
        at::manual_seed(3);
        const at::Tensor x = random_batch(Input::shape, 4).mul_(3);
        const at::Tensor own_input = x.clone().requires_grad_(), its_input = x.clone().requires_grad_();
        at::manual_seed(5); // dropout draws the same mask
        const at::Tensor y = model(own_input);
        at::manual_seed(5);
        const at::Tensor expected = reference->forward(its_input);

        CHECK(y.sizes() == with_batch(facts.out, 4));
        CHECK(at::equal(y, expected));
        CHECK(at::equal(own_input, x)); // the caller's tensor is never overwritten
        CHECK(facts.macs() == weights * expected[0][0].numel());

        const at::Tensor upstream = at::randn_like(expected);
        y.backward(upstream);
        expected.backward(upstream);
        CHECK(difference(own_input.grad(), its_input.grad()) <= 1e-6);
        for (const auto& item : reference->named_parameters()) {
            CAPTURE(item.key());
            CHECK(difference(model.named_parameters()[item.key()].grad(), item.value().grad()) <= 1e-6);
        }
        for (const auto& item : reference->named_buffers()) {
            CAPTURE(item.key());
            CHECK(at::equal(model.named_buffers()[item.key()], item.value()));
        }
        model.zero_grad();
        reference->zero_grad();
    }
}

using Grey = Image<1, 9, 11>;
using Color = Image<6, 10, 7>;

torch::nn::Conv2dOptions conv(std::int64_t in, std::int64_t out, torch::ExpandingArray<2> kernel) {
    return {in, out, kernel};
}

} // namespace

TEST_CASE("Conv2d is torch::nn::Conv2d") {
    using torch::nn::Conv2dImpl;
    const auto make = [](const torch::nn::Conv2dOptions& options) {
        return std::make_shared<Conv2dImpl>(options);
    };
    same<Grey, Conv2d<4>>(make(conv(1, 4, 1)));
    same<Color, Conv2d<5, Kernel<3>>>(make(conv(6, 5, 3)));
    same<Color, Conv2d<5, Kernel<3>, NoBias>>(make(conv(6, 5, 3).bias(false)));
    same<Color, Conv2d<5, Kernel<4, 2>, Stride<2, 3>, Padding<1, 2>>>(
        make(conv(6, 5, {4, 2}).stride({2, 3}).padding({1, 2})));
    same<Color, Conv2d<3, Kernel<3, 2>, Dilation<2, 3>>>(make(conv(6, 3, {3, 2}).dilation({2, 3})));
    same<Color, Conv2d<3, Kernel<3>, SamePadding>>(make(conv(6, 3, 3).padding(torch::kSame)));
    same<Color, Conv2d<3, Kernel<2>, SamePadding>>(make(conv(6, 3, 2).padding(torch::kSame)));
    same<Color, Conv2d<3, Kernel<4, 3>, SamePadding, NoBias>>(
        make(conv(6, 3, {4, 3}).padding(torch::kSame).bias(false)));
    same<Color, Conv2d<3, Kernel<2, 4>, Dilation<3, 1>, SamePadding>>(
        make(conv(6, 3, {2, 4}).dilation({3, 1}).padding(torch::kSame)));
    same<Color, Conv2d<4, Kernel<3>, Groups<2>>>(make(conv(6, 4, 3).groups(2)));
    same<Color, Conv2d<12, Kernel<3>, Groups<6>, Stride<2>>>(make(conv(6, 12, 3).groups(6).stride(2)));
    same<Color, Conv2d<6, Kernel<3>, Groups<6>>>(make(conv(6, 6, 3).groups(6)));
    same<Color, Conv2d<6, Kernel<3>, Padding<1>, Depthwise>>(make(conv(6, 6, 3).groups(6).padding(1)));
    same<Color, Conv2d<12, Kernel<1, 3>, Depthwise, NoBias>>(make(conv(6, 12, {1, 3}).groups(6).bias(false)));
    same<Color, Conv2d<6, Kernel<2>, Depthwise, SamePadding>>(
        make(conv(6, 6, 2).groups(6).padding(torch::kSame)));
    same<Grey, Conv2d<1, Kernel<3>, Depthwise>>(make(conv(1, 1, 3)));
}

TEST_CASE("Linear is torch::nn::Linear") {
    using torch::nn::LinearImpl;
    using torch::nn::LinearOptions;
    same<Features<7>, Linear<4>>(std::make_shared<LinearImpl>(LinearOptions(7, 4)));
    same<Features<7>, Linear<1, NoBias>>(std::make_shared<LinearImpl>(LinearOptions(7, 1).bias(false)));
}

TEST_CASE("BatchNorm1d and BatchNorm2d are those of torch::nn") {
    using torch::nn::BatchNorm1dImpl;
    using torch::nn::BatchNorm2dImpl;
    using torch::nn::BatchNormOptions;
    same<Color, BatchNorm2d>(std::make_shared<BatchNorm2dImpl>(6));
    same<Color, BatchNorm2d::With<Epsilon<1e-2>>>(
        std::make_shared<BatchNorm2dImpl>(BatchNormOptions(6).eps(1e-2)));
    same<Color, BatchNorm2d::With<Momentum<0.3>, Epsilon<1e-3>>>(
        std::make_shared<BatchNorm2dImpl>(BatchNormOptions(6).eps(1e-3).momentum(0.3)));
    same<Color, BatchNorm2d::With<NoAffine>>(
        std::make_shared<BatchNorm2dImpl>(BatchNormOptions(6).affine(false)));
    same<Features<5>, BatchNorm1d>(std::make_shared<BatchNorm1dImpl>(5));
    same<Features<5>, BatchNorm1d::With<NoAffine, Momentum<0.5>>>(
        std::make_shared<BatchNorm1dImpl>(BatchNormOptions(5).affine(false).momentum(0.5)));
}

TEST_CASE("Activations are those of torch::nn") {
    namespace nn = torch::nn;
    same<Color, ReLU>(std::make_shared<nn::ReLUImpl>());
    same<Color, ReLU6>(std::make_shared<nn::ReLU6Impl>());
    same<Color, SiLU>(std::make_shared<nn::SiLUImpl>());
    same<Color, Sigmoid>(std::make_shared<nn::SigmoidImpl>());
    same<Color, Tanh>(std::make_shared<nn::TanhImpl>());
    same<Color, LeakyReLU>(std::make_shared<nn::LeakyReLUImpl>());
    same<Features<5>, LeakyReLU::With<NegativeSlope<0.2>>>(
        std::make_shared<nn::LeakyReLUImpl>(nn::LeakyReLUOptions().negative_slope(0.2)));
    same<Color, Identity>(std::make_shared<nn::IdentityImpl>());
    same<Color, Flatten>(std::make_shared<nn::FlattenImpl>());
    same<Color, Dropout>(std::make_shared<nn::DropoutImpl>());
    same<Features<50>, Dropout::With<Probability<0.2>>>(std::make_shared<nn::DropoutImpl>(0.2));
}

TEST_CASE("Pooling layers are those of torch::nn") {
    namespace nn = torch::nn;
    using Max = nn::MaxPool2dOptions;
    using Avg = nn::AvgPool2dOptions;
    same<Color, MaxPool2d<2>>(std::make_shared<nn::MaxPool2dImpl>(Max(2)));
    same<Color, MaxPool2d<3, Stride<2>, Padding<1>>>(
        std::make_shared<nn::MaxPool2dImpl>(Max(3).stride(2).padding(1)));
    same<Color, MaxPool2d<Size{3, 2}, Stride<1, 2>, Dilation<2, 1>>>(
        std::make_shared<nn::MaxPool2dImpl>(Max({3, 2}).stride({1, 2}).dilation({2, 1})));
    same<Color, AvgPool2d<3>>(std::make_shared<nn::AvgPool2dImpl>(Avg(3)));
    same<Color, AvgPool2d<Size{4, 3}, Stride<2, 1>, Padding<2, 1>>>(
        std::make_shared<nn::AvgPool2dImpl>(Avg({4, 3}).stride({2, 1}).padding({2, 1})));
    same<Color, AdaptiveAvgPool2d<1>>(
        std::make_shared<nn::AdaptiveAvgPool2dImpl>(nn::AdaptiveAvgPool2dOptions(1)));
    same<Color, AdaptiveAvgPool2d<Size{3, 5}>>(
        std::make_shared<nn::AdaptiveAvgPool2dImpl>(nn::AdaptiveAvgPool2dOptions({3, 5})));
}

TEST_CASE("Convolutions along one and three axes are Conv1d and Conv3d of torch::nn") {
    namespace nn = torch::nn;
    using Sound = Signal<6, 11>;
    const auto one = [](const nn::Conv1dOptions& options) {
        return std::make_shared<nn::Conv1dImpl>(options);
    };
    using Options1d = nn::Conv1dOptions;
    same<Sound, Conv1d<5, Kernel<3>, Stride<2>, Padding<1>>>(one(Options1d(6, 5, 3).stride(2).padding(1)));
    same<Sound, Conv1d<6, Kernel<4>, Dilation<2>, SamePadding, Depthwise, NoBias>>(
        one(Options1d(6, 6, 4).dilation(2).padding(torch::kSame).groups(6).bias(false)));
    same<Sound, Conv1d<4, Kernel<2>, Groups<2>>>(one(Options1d(6, 4, 2).groups(2)));

    using Scan = Volume<2, 5, 6, 4>;
    const auto three = [](const nn::Conv3dOptions& options) {
        return std::make_shared<nn::Conv3dImpl>(options);
    };
    using Options3d = nn::Conv3dOptions;
    same<Scan, Conv3d<3, Kernel<3>>>(three(Options3d(2, 3, 3)));
    same<Scan, Conv3d<3, Kernel<3, 2, 1>, Stride<2, 1, 1>, Padding<1, 0, 2>, Dilation<1, 2, 1>>>(
        three(Options3d(2, 3, {3, 2, 1}).stride({2, 1, 1}).padding({1, 0, 2}).dilation({1, 2, 1})));
    same<Scan, Conv3d<4, Kernel<2, 3, 4>, SamePadding, Groups<2>>>(
        three(Options3d(2, 4, {2, 3, 4}).padding(torch::kSame).groups(2)));
}

TEST_CASE("Pooling along one and three axes is that of torch::nn") {
    namespace nn = torch::nn;
    using Sound = Signal<6, 11>;
    using Scan = Volume<2, 5, 6, 4>;
    same<Sound, MaxPoolAlong<1, 3, Stride<2>, Padding<1>, Dilation<2>>>(
        std::make_shared<nn::MaxPool1dImpl>(nn::MaxPool1dOptions(3).stride(2).padding(1).dilation(2)));
    same<Sound, AvgPoolAlong<1, 3, Padding<1>>>(
        std::make_shared<nn::AvgPool1dImpl>(nn::AvgPool1dOptions(3).padding(1)));
    same<Scan, MaxPoolAlong<3, Size{3, 2, 1}, Stride<1, 2, 1>>>(
        std::make_shared<nn::MaxPool3dImpl>(nn::MaxPool3dOptions({3, 2, 1}).stride({1, 2, 1})));
    same<Scan, AvgPoolAlong<3, Size{2, 3, 2}, Padding<1, 1, 0>>>(
        std::make_shared<nn::AvgPool3dImpl>(nn::AvgPool3dOptions({2, 3, 2}).padding({1, 1, 0})));
}
