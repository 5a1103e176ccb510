// SPDX-License-Identifier: Apache-2.0
// Backward passes that are written by hand: once differentiable, and of one precision under autocast.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include "support/tensors.hpp"

#include <ATen/autocast_mode.h>

#include <doctest/doctest.h>
#include <torch/csrc/autograd/autograd.h>

#include <optional>
#include <string>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Once : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>>, BatchNorm2d, ReLU, AvgPool2d<2>,
                                                 Flatten, Linear<5>, ReLU, Linear<3>>> {};
struct OnceChoice
    : Network<Image<2, 6, 6>, Sequential<Choice<Conv2d<4, Kernel<3>, SamePadding>, Conv2d<4, Kernel<1>>,
                                                Sequential<Conv2d<4, Kernel<1>>, ReLU>>,
                                         BatchNorm2d, ReLU, Flatten, Linear<3>>> {};
using OnceBits = Mps<Once, Weights<2, 8>, Activations<4, 8>, LearnedSteps>;
using OncePit = Pit<Once, Cost<Params>, Duccio<Limit<Percent<50>>>>;

/// The gradients by all parameters that learn, recorded.
template <class M>
std::vector<at::Tensor> recorded(M& model, const at::Tensor& loss) {
    std::vector<at::Tensor> parameters;
    for (const at::Tensor& each : model.parameters())
        if (each.requires_grad())
            parameters.push_back(each);
    return torch::autograd::grad({loss}, parameters, {}, true, true, true);
}
/// What is said where the gradients are differentiated again.
template <class M>
std::string said_of_second(M& model, const at::Tensor& loss) {
    at::Tensor sum = at::zeros({});
    for (const at::Tensor& gradient : recorded(model, loss))
        if (gradient.defined())
            sum = sum + gradient.pow(2).sum();
    return error_of<ModelError>([&] { sum.backward(); });
}
std::string second_through(const std::string& what) {
    return "backward: found a second derivative through " + what +
           ", whose backward pass is written by hand; expected first derivatives (create_graph only where "
           "these "
           "are not differentiated again)";
}

/// Autocast to bfloat16 for as long as it lives.
struct Autocast {
    Autocast() {
        at::autocast::increment_nesting();
        at::autocast::set_autocast_enabled(at::kCPU, true);
        at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    }
    ~Autocast() {
        if (at::autocast::decrement_nesting() == 0)
            at::autocast::clear_cache();
        at::autocast::set_autocast_enabled(at::kCPU, false);
    }
};

/// Outputs and gradients under autocast, of an input in either type, are near those without; exactly those
/// where `same`.
template <class M>
void check_autocast(M& model, bool same, bool backward_inside) {
    at::manual_seed(12);
    const at::Tensor x = at::randn({8, 2, 6, 6}).to(at::kBFloat16).to(at::kFloat);
    (void)model(x); // calibrates
    const auto run = [&](const at::Tensor& input, bool autocast) {
        M own = copy_of(model);
        at::manual_seed(13);
        at::Tensor y;
        {
            std::optional<Autocast> cast;
            if (autocast)
                cast.emplace();
            y = own(input);
            if (backward_inside)
                y.to(at::kFloat).pow(2).mean().backward();
        }
        if (!backward_inside)
            y.to(at::kFloat).pow(2).mean().backward();
        std::vector<at::Tensor> all{y.detach().to(at::kFloat)};
        for (const at::Tensor& each : own.parameters())
            if (each.grad().defined()) {
                CHECK(each.grad().dtype() == each.dtype());
                all.push_back(each.grad());
            }
        own.eval();
        const at::NoGradGuard no_grad;
        std::optional<Autocast> cast;
        if (autocast)
            cast.emplace();
        all.push_back(own(input).to(at::kFloat));
        return all;
    };
    const std::vector<at::Tensor> expected = run(x, false);
    for (const at::Tensor& input : {x, x.to(at::kBFloat16)}) {
        const std::vector<at::Tensor> found = run(input, true);
        REQUIRE(found.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            CAPTURE(i);
            if (expected[i].norm().template item<double>() > 1e-4)
                CHECK(((found[i] - expected[i]).norm() / expected[i].norm()).template item<double>() <=
                      (same ? 1e-6 : 0.1));
        }
    }
}

} // namespace

TEST_CASE("Second derivatives through nodes that are written by hand are refused") {
    at::manual_seed(10);
    const at::Tensor x = at::randn({8, 2, 6, 6});
    Model<OnceBits> bits;
    const std::string of_bits = said_of_second(bits, bits(x).pow(2).sum());
    CHECK(of_bits.starts_with("backward: found a second derivative through "));
    CHECK(of_bits.ends_with("are not differentiated again)"));
    auto quantized = bits.exported();
    CHECK(said_of_second(quantized, quantized(x).pow(2).sum()).starts_with("backward: found a second"));
    Model<OncePit> pit;
    CHECK(said_of_second(pit, pit(x).pow(2).sum()) == second_through("masked weights"));
    CHECK(said_of_second(pit, pit.penalty(at::ones({}), 0, 2)) == second_through("the penalty"));
    Model<SuperNet<OnceChoice>> choice;
    CHECK(said_of_second(choice, choice(x).pow(2).sum()).starts_with("backward: found a second"));
    Model<Once> plain; // of LibTorch's nodes alone
    CHECK(said_of_second(plain, plain(x).pow(2).sum()) == "no error");
    auto found = pit.exported();
    CHECK(said_of_second(found, found(x).pow(2).sum()) == "no error");
}

TEST_CASE("Recorded gradients are those that are not recorded") {
    at::manual_seed(11);
    const at::Tensor x = at::randn({8, 2, 6, 6});
    Model<OnceBits> model;
    model(x);
    Model<OnceBits> other = copy_of(model);
    const std::vector<at::Tensor> found = recorded(model, model(x).pow(2).sum());
    other(x).pow(2).sum().backward();
    std::size_t next = 0;
    for (const at::Tensor& each : other.parameters())
        if (each.requires_grad()) {
            CHECK(found[next].defined() == each.grad().defined());
            if (each.grad().defined())
                CHECK(at::equal(found[next], each.grad()));
            ++next;
        }
}

TEST_CASE("A penalty on the gradient by the input goes through the masks of Pit") {
    at::manual_seed(11);
    const at::Tensor x = at::randn({8, 2, 6, 6}).requires_grad_();
    Model<OncePit> pit;
    Model<Once> plain;
    plain.load_weights(pit);
    const auto slopes = [&](auto& model) {
        return torch::autograd::grad({model(x).pow(2).sum()}, {x}, {}, true, true)[0].pow(2).sum();
    };
    slopes(pit).backward(); // the masks are differentiated once: by the penalty
    slopes(plain).backward();
    for (const auto& item : plain.named_parameters())
        CHECK(difference(pit.named_parameters()[item.key()].grad(), item.value().grad()) <= 1e-4);
}

TEST_CASE("Autocast leaves quantized networks alone, and runs all others") {
    Model<OnceBits> bits;
    Model<Mps<Once, Weights<8>, Activations<8>, KeepBatchNorm>> kept;
    Model<OncePit> pit;
    Model<SuperNet<OnceChoice>> choice;
    auto found = pit.exported();
    for (const bool backward_inside : {false, true}) {
        check_autocast(bits, true, false);
        check_autocast(kept, true, false);
        auto quantized = bits.exported();
        check_autocast(quantized, true, false);
        check_autocast(bits, false, backward_inside);
        check_autocast(quantized, false, backward_inside);
        check_autocast(pit, false, backward_inside);
        check_autocast(choice, false, backward_inside);
        check_autocast(found, false, backward_inside);
    }
}

TEST_CASE("Calibration under autocast") {
    at::manual_seed(14);
    const at::Tensor x = at::randn({8, 2, 6, 6});
    Model<OnceBits> model;
    Model<OnceBits> other = copy_of(model);
    model.calibrate({x});
    const Autocast cast;
    other.calibrate({x});
    CHECK(at::equal(other.log_clip, model.log_clip));
    CHECK(other(x.to(at::kBFloat16)).is_floating_point());
}
