// SPDX-License-Identifier: Apache-2.0
// Random weights: PyTorch's by default, torchvision's of vgg16 where a network asks for them.
#include <pliny/core.hpp>
#include <pliny/nn/model.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace pliny;

namespace {

template <Init I>
struct Small : Network<Image<16, 4, 4>, Sequential<Conv2d<64, Kernel<3>, Padding<1>>, Flatten, Linear<200>>> {
    static constexpr Init init = I;
};

double deviation(const at::Tensor& tensor) { return tensor.std(false).template item<double>(); }

} // namespace

TEST_CASE("Initialisation: uniform within 1 / sqrt(fan in) by default") {
    at::manual_seed(0);
    const Model<Small<Init::Default>> model;
    const auto parameters = model.named_parameters();
    const double bound = 1 / std::sqrt(16.0 * 9);
    CHECK(parameters["0.weight"].abs().max().item<double>() <= bound);
    CHECK(deviation(parameters["0.weight"]) == doctest::Approx(bound / std::sqrt(3.0)).epsilon(0.02));
    CHECK(parameters["0.bias"].abs().max().item<double>() > 0);
}

TEST_CASE("Initialisation: KaimingNormal is normal over the fan out, linear layers N(0, 0.01), biases 0") {
    at::manual_seed(0);
    const Model<Small<Init::KaimingNormal>> model;
    const auto parameters = model.named_parameters();
    CHECK(deviation(parameters["0.weight"]) == doctest::Approx(std::sqrt(2.0 / (64 * 9))).epsilon(0.02));
    CHECK(deviation(parameters["2.weight"]) == doctest::Approx(0.01).epsilon(0.02));
    CHECK(parameters["0.bias"].abs().max().item<double>() == 0);
    CHECK(parameters["2.bias"].abs().max().item<double>() == 0);
    CHECK(Vgg16::init == Init::KaimingNormal);
    CHECK(Cnn::init == Init::Default);
}
