// SPDX-License-Identifier: Apache-2.0
// The law of a search for bits: outputs and all gradients are those of the formulas, candidate by candidate,
// in float and in double, however shares are drawn, in training, evaluation and once settled.
#include <pliny/core.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/quantized_networks.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <functional>

using namespace pliny;
using namespace pliny::testing;

namespace {

/// All gradients of a model, and of x, are those of the reference; none is left out.
void check_gradients(const torch::nn::Module& model, const at::Tensor& x, MpsReference& reference,
                     const at::Tensor& reference_x, double tolerance) {
    CHECK(difference(x.grad(), reference_x.grad()) <= tolerance);
    for (const auto& item : model.named_parameters()) {
        CAPTURE(item.key());
        const at::Tensor expected = reference.tensors[item.key()].grad(), found = item.value().grad();
        if (!expected.defined() || expected.abs().max().item<double>() == 0) {
            CHECK((!found.defined() || found.abs().max().item<double>() == 0));
        } else {
            REQUIRE(found.defined());
            // Steps are floats. Of 8 bits the gradient of a step is what is left where all but rounding
            // cancels.
            const bool cancels = item.key() == "log_clip" || item.key() == "log_step";
            CHECK(difference(found.to(at::kDouble), expected) <=
                  (cancels ? std::max(tolerance, 3e-5) : tolerance));
        }
    }
}

/// New weights, alphas and an input; clips near those of the data, some values beyond them.
template <class Search>
at::Tensor draw(Model<Search>& model, std::uint64_t seed) {
    randomize(model, seed);
    const at::NoGradGuard no_grad;
    int samples = 2;
    if constexpr (requires { Search::network::samples; })
        samples = Search::network::samples;
    const at::Tensor x =
        random_batch(Model<Search>::graph[0].out(), samples).to(model.log_clip.scalar_type());
    model.calibrate({x * 0.9});
    model.log_clip.add_(at::empty_like(model.log_clip).uniform_(-0.4, 0.1));
    if (model.log_step.defined())
        model.log_step.add_(at::empty_like(model.log_step).uniform_(-0.3, 0.2));
    if (model.alpha.defined())
        model.alpha.normal_().mul_(0.7);
    model.set_temperature(seed % 2 ? 1 : 0.6);
    return x;
}

template <class Search>
void check_law(at::ScalarType precision, bool training = true, bool settled = false) {
    using Net = typename Search::network;
    const bool in_float = precision == at::kFloat;
    CAPTURE(in_float);
    Model<Search> model;
    model.to(precision);
    model.train(training);
    if (settled)
        model.settle();
    // Float rounds otherwise than double: look for numbers that are not that close to where a code changes.
    const double least_margin = in_float ? 1e-4 : 1e-11;
    int checked = 0;
    for (std::uint64_t seed = 1; checked < 2 && seed <= 2000; ++seed) {
        const at::Tensor x = draw(model, seed).requires_grad_(true);
        model.zero_grad();
        const at::Tensor y = model(x);
        MpsReference reference(model, bit_options<Search>(), Net::components);
        const at::Tensor same_x = x.detach().to(at::kDouble).requires_grad_(true);
        const at::Tensor expected = Net::by_hand(reference, same_x);
        if (reference.gradient_margin < least_margin)
            continue;
        ++checked;
        CAPTURE(seed);
        CHECK(difference(y.to(at::kDouble), expected) <= (in_float ? 1e-5 : 1e-7));
        const at::Tensor upstream = at::randn_like(y);
        y.backward(upstream);
        expected.backward(upstream.to(at::kDouble));
        check_gradients(model, x, reference, same_x, in_float ? 1e-4 : 1e-6);
    }
    CHECK(checked == 2);
}
template <class Search>
void check_law() {
    check_law<Search>(at::kFloat);
    check_law<Search>(at::kDouble);
}

using All = Weights<2, 4, 8>;
using WithZero = Weights<0, 2, 4, 8>;
using Any = Activations<2, 4, 8>;

} // namespace

TEST_CASE("Per layer, all candidates count; in evaluation and once settled one does") {
    check_law<Mps<Chain>>();
    check_law<Mps<Chain>>(at::kFloat, false);
    check_law<Mps<Chain>>(at::kDouble, false);
    check_law<Mps<Chain>>(at::kFloat, true, true);
    check_law<Mps<Chain>>(at::kDouble, true, true);
}
TEST_CASE("Per channel with pruning, the shares of the channels of a depthwise convolution") {
    check_law<Mps<Separable, PerChannel, WithZero, Activations<8>>>();
}
TEST_CASE("Gumbel noise, on a sum") { check_law<Mps<Skip, PerChannel, WithZero, Gumbel>>(); }
TEST_CASE("One candidate counts, the gradient is that of all: layers of different widths side by side") {
    check_law<Mps<Joined, PerChannel, WithZero, Any, HardGumbel>>();
    check_law<Mps<Joined, Hard, Weights<3, 5>, Activations<4, 7>>>();
}
TEST_CASE("What a join of the user's own makes is quantized") {
    check_law<Mps<GatedPaths, PerChannel, WithZero, Any>>();
    check_law<Mps<GatedPaths, Weights<8>, Activations<8>>>();
}
TEST_CASE("Norms that are kept have the statistics of the batch and fade with their channels") {
    check_law<Mps<Normed, KeepBatchNorm, Any>>();
    check_law<Mps<Normed, KeepBatchNorm, PerChannel, WithZero, Activations<8>>>();
    check_law<Mps<Normed, KeepBatchNorm, PerChannel, WithZero, HardGumbel>>();
    check_law<Mps<Normed, KeepBatchNorm, Weights<8>, Activations<8>>>();
    check_law<Mps<Normed, KeepBatchNorm>>(at::kDouble, true, true);
    check_law<Mps<Normed, KeepBatchNorm>>(at::kDouble, false);
}
TEST_CASE(
    "Learned steps of weights: what is clipped has no gradient, the step has that of all but rounding") {
    check_law<Mps<Chain, LearnedSteps, Any>>();
    check_law<Mps<Separable, LearnedSteps, PerChannel, WithZero, Activations<8>>>();
    check_law<Mps<Joined, LearnedSteps, PerChannel, WithZero, HardGumbel>>();
    check_law<Mps<Skip, LearnedSteps, Weights<4>, Activations<8>>>();
    check_law<Mps<Normed, LearnedSteps, KeepBatchNorm, PerChannel, WithZero, Activations<8>>>();
    check_law<Mps<Chain, LearnedSteps>>(at::kDouble, true, true);
    check_law<Mps<Chain, LearnedSteps, PerChannel>>(at::kFloat, true, true);
    check_law<Mps<Chain, LearnedSteps, PerChannel>>(at::kDouble, false);
}
TEST_CASE("Strides, holes, groups, and windows with more padding behind than before") {
    check_law<Mps<Windows>>();
}
TEST_CASE("One clip for all candidates, an input as it is") {
    check_law<Mps<Chain, SharedClip, FloatInput, Any>>();
}
TEST_CASE("1 bit and 16") { check_law<Mps<Joined, Weights<1, 16>, Activations<1, 16>, InputBits<16>>>(); }
TEST_CASE("One precision: biases lie on the grid of the sums") {
    check_law<Mps<Skip, Weights<8>, Activations<8>>>();
    check_law<Mps<Chain, Weights<4>, Activations<2>, InputBits<4>>>();
}

TEST_CASE("The gradient of a clip is that of step x (clipped + what rounding adds), by central differences") {
    constexpr std::array bits{2, 4, 8};
    constexpr std::array shares{0.2, 0.3, 0.5}, clips{0.8, 1.1, 1.4};
    at::manual_seed(3);
    const at::Tensor x = at::randn({500}, at::kDouble).requires_grad_(true);
    const at::Tensor upstream = at::randn({500}, at::kDouble);
    const auto grid_of = [](double clip, int b, bool is_signed) {
        return is_signed ? signed_grid(static_cast<float>(clip), b)
                         : unsigned_grid(static_cast<float>(clip), b);
    };
    for (const bool is_signed : {false, true}) {
        CAPTURE(is_signed);
        pliny::detail::ActivationCandidates<3> candidates;
        candidates.parameters = at::zeros({6}, at::TensorOptions(at::kDouble)).requires_grad_(true);
        for (std::size_t i = 0; i < 3; ++i) {
            candidates.mixture.grids[i] = grid_of(clips[i], bits[i], is_signed);
            candidates.mixture.share[i] = static_cast<float>(shares[i]);
            candidates.share_at[i] = static_cast<std::int64_t>(i);
            candidates.clip_at[i] = static_cast<std::int64_t>(3 + i);
        }
        for (const at::ScalarType precision : {at::kDouble, at::kFloat}) {
            const at::Tensor in = x.detach().to(precision).requires_grad_(true);
            candidates.parameters.mutable_grad() = at::Tensor{};
            pliny::detail::quantized(in, candidates).values.backward(upstream.to(precision));
            const at::Tensor found = candidates.parameters.grad();
            for (std::size_t i = 0; i < 3; ++i) {
                const Grid at_first = candidates.mixture.grids[i];
                const double lo = double{at_first.lo}, hi = double{at_first.hi},
                             first = double{at_first.step};
                const auto code = [&](double step) { return (x.detach() / step).clamp(lo, hi); };
                const at::Tensor added = at::round(code(first)) - code(first);
                const auto loss = [&](double step) {
                    return (upstream * step * (code(step) + added)).sum().item<double>() * shares[i];
                };
                constexpr double h = 1e-6;
                const double slope = (loss(first * std::exp(h)) - loss(first * std::exp(-h))) / (2 * h);
                CHECK(found[static_cast<std::int64_t>(3 + i)].item<double>() ==
                      doctest::Approx(slope).epsilon(1e-4));
                const at::Tensor value = at::round(code(first)) * first;
                CHECK(found[static_cast<std::int64_t>(i)].item<double>() ==
                      doctest::Approx((upstream * value).sum().item<double>()).epsilon(1e-4));
            }
        }
    }
}
