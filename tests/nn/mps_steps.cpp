// SPDX-License-Identifier: Apache-2.0
// Steps of a search for bits: samples, costs, penalties, settling; the same numbers however often, in
// whatever order and on however many threads they are computed.
#include <pliny/core.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/quantized_networks.hpp"
#include "support/tensors.hpp"

#include <ATen/Parallel.h>
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

constexpr double all_8_bits = 8 * (6 * 18 + 5 * 6 + 4 * 45);
using NoisySearch =
    Mps<Chain, PerChannel, Weights<0, 2, 4, 8>, Gumbel, Temperature<5, 0.2>, Duccio<Limit<Percent<30>>>>;
using Noiseless = Mps<Chain, PerChannel, Weights<0, 2, 4, 8>, Duccio<Limit<Percent<30>>>>;

at::Tensor chain_input(std::int64_t samples = 3) { return at::randn({samples, 2, 6, 6}); }
template <class S>
void scatter(Model<S>& model, std::uint64_t seed) {
    randomize(model, seed);
    const at::NoGradGuard no_grad;
    model.alpha.normal_().mul_(0.7);
    model.calibrate({chain_input(16).to(model.alpha.scalar_type())});
}

/// The gradient of a value by some entries of alpha, against central differences.
template <class S, class Value>
void check_gradient(Model<S>& model, const Value& value) {
    model.zero_grad();
    value().backward();
    const at::Tensor gradient = model.alpha.grad().clone();
    const double scale = gradient.abs().max().template item<double>();
    REQUIRE(scale > 0);
    const at::NoGradGuard no_grad;
    for (std::int64_t i = 0; i < model.alpha.numel(); i += 5) {
        CAPTURE(i);
        const float h = 1e-2f, at = model.alpha[i].template item<float>();
        model.alpha[i] = at + h;
        const double more = value().template item<double>();
        model.alpha[i] = at - h;
        const double less = value().template item<double>();
        model.alpha[i] = at;
        CHECK(std::abs(gradient[i].template item<double>() - (more - less) / (2 * h)) <= 1e-3 * scale);
    }
}

std::vector<at::Tensor> gradients(const torch::nn::Module& model) {
    std::vector<at::Tensor> all;
    for (const at::Tensor& parameter : model.parameters())
        all.push_back(parameter.grad().detach().clone());
    return all;
}
/// The gradients of the parameters by the formulas, for the shares that the last forward drew.
std::vector<at::Tensor> by_hand(Model<NoisySearch>& model, const at::Tensor& x) {
    MpsReference reference(model, bit_options<NoisySearch>(), Chain::components);
    const at::Tensor y = Chain::by_hand(reference, x.to(at::kDouble));
    y.square().sum().backward();
    std::vector<at::Tensor> all;
    for (const auto& item : model.named_parameters())
        all.push_back(reference.tensors[item.key()].grad());
    return all;
}
void check_sum(const std::vector<at::Tensor>& found, const std::vector<at::Tensor>& a,
               const std::vector<at::Tensor>& b, double tolerance) {
    REQUIRE(found.size() == a.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        CHECK(difference(found[i].to(at::kDouble), b.empty() ? a[i] : a[i] + b[i]) <= tolerance);
}

} // namespace

TEST_CASE("Costs and penalties have the gradient of central differences; a limit is armed once") {
    Model<Noiseless> model;
    scatter(model, 1);
    check_gradient(model, [&] { return model.cost_tensor<ParamsBit>(); });
    CHECK(model.cost_tensor<ParamsBit>().item<double>() == doctest::Approx(model.cost<ParamsBit>()));
    const at::Tensor strength = model.named_buffers()["regularizer_strengths"];
    CHECK(strength.item<double>() == 0);
    const double cost = model.cost<ParamsBit>(), limit = 0.3 * all_8_bits;
    CHECK(Noiseless::limits[0] == doctest::Approx(limit));
    REQUIRE(cost > limit);
    CHECK(error_of<ModelError>([&] { model.penalty(loss(NAN), 0, 4); }) == "penalty: the task loss is nan");
    CHECK(strength.item<double>() == 0);
    model.penalty(loss(2), 1, 4);
    const double armed = strength.item<double>();
    CHECK(armed > 0);
    CHECK(armed * (cost - limit) == doctest::Approx(Noiseless::regularizer::gain * 2).epsilon(1e-4));
    model.penalty(loss(200), 1, 4);
    CHECK(strength.item<double>() == armed);
    check_gradient(model, [&] { return model.penalty(loss(2), 3, 4); });
    const auto reports = model.limits();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].cost == "params_bit");
    CHECK(reports[0].limit == doctest::Approx(limit));
}

TEST_CASE("Shares: drawn once a step while training, 0 and 1 in evaluation and once settled; temperature") {
    Model<NoisySearch> model;
    scatter(model, 2);
    CHECK(model.temperature() == 5);
    model(chain_input());
    const auto drawn = model.thetas();
    CHECK(model.thetas() == drawn);
    const double cost = model.cost<ParamsBit>();
    CHECK(model.penalty(loss(1), 0, 4).item<double>() >= 0);
    CHECK(model.cost<ParamsBit>() == cost);
    for (const auto& lot : drawn)
        CHECK(std::accumulate(lot.begin(), lot.end(), 0.0) == doctest::Approx(1));
    model(chain_input());
    CHECK(model.thetas() != drawn);
    model.penalty(loss(1), 2, 4);
    CHECK(model.temperature() == doctest::Approx(1));
    model.penalty(loss(1), 4, 4);
    CHECK(model.temperature() == doctest::Approx(0.2));
    model.set_temperature(3);
    model.penalty(loss(1), 2, 4);
    CHECK(model.temperature() == 3);
    const auto discrete = [&] {
        for (const auto& lot : model.thetas())
            for (double share : lot)
                if (share != 0 && share != 1)
                    return false;
        return true;
    };
    CHECK(!discrete());
    model.eval();
    CHECK(discrete());
    model.train();
    REQUIRE(!model.limits()[0].satisfied());
    const SettledBits settled = model.settle();
    CHECK(settled.lowered > 0);
    CHECK(model.limits()[0].satisfied());
    CHECK(model.cost<ParamsBit>() <= 0.3 * all_8_bits);
    CHECK(model.cost<ParamsBit>() >= 0.25 * all_8_bits);
    CHECK(model.is_training());
    CHECK(discrete());
    model(chain_input()).sum().backward();
    CHECK((!model.alpha.grad().defined() || model.alpha.grad().abs().max().item<double>() == 0));
    CHECK(model.exported().cost<ParamsBit>() == model.cost<ParamsBit>());
    CHECK(model.settle().lowered == 0);
}

TEST_CASE("The same seed gives the same bits") {
    const auto trained = [] {
        at::manual_seed(11);
        Model<NoisySearch> model;
        const at::Tensor x = chain_input(8), target = at::randn({8, 4});
        for (int i = 0; i < 5; ++i) {
            model.zero_grad();
            const at::Tensor task = (model(x) - target).square().mean();
            (task + model.penalty(task, i, 5)).backward();
            const at::NoGradGuard no_grad;
            for (at::Tensor parameter : model.parameters())
                parameter.sub_(parameter.grad(), 0.05);
        }
        std::vector<at::Tensor> end;
        for (const at::Tensor& parameter : model.parameters())
            end.push_back(parameter.detach().clone());
        return end;
    };
    const auto first = trained(), second = trained();
    for (std::size_t i = 0; i < first.size(); ++i) {
        CHECK(at::equal(first[i], second[i]));
        CHECK(first[i].isfinite().all().item<bool>());
    }
}

TEST_CASE("One thread and two give the same bits") {
    at::manual_seed(12);
    const at::Tensor x = at::randn({200'003}), up = at::randn({200'003});
    const at::Tensor w = at::randn({64, 1001}), up_w = at::randn({64, 1001});
    const auto compute = [&](int threads) {
        const int before = at::get_num_threads();
        at::set_num_threads(threads);
        const at::Tensor in = x.clone().requires_grad_(true), weight = w.clone().requires_grad_(true),
                         shares = at::zeros({64 * 3}).requires_grad_(true);
        pliny::detail::ActivationCandidates<2> candidates{
            {{unsigned_grid(1, 2), unsigned_grid(2, 8)}, {0.25f, 0.75f}},
            at::zeros({4}).requires_grad_(true),
            {0, 1},
            {2, 3}};
        const at::Tensor y = pliny::detail::quantized(in, candidates).values;
        y.backward(up);
        pliny::detail::RowWeights row{.weight = weight,
                                      .bias = {},
                                      .shares = std::vector<float>(64 * 3, 0.3f),
                                      .alive = std::vector<float>(64, 0.9f),
                                      .all_alive = false};
        std::vector<at::Tensor> buffers;
        const auto to_alpha = [&](const pliny::detail::ShareGradients& by_share) {
            return pliny::detail::write(by_share[0], shares.detach());
        };
        const auto made = pliny::detail::quantized_weights<UniformGrid, 2, 4, 8>(
            {row}, buffers, {.alpha = shares, .to_alpha = to_alpha});
        made[0].backward(up_w);
        at::set_num_threads(before);
        return std::vector<at::Tensor>{y.detach(),       in.grad(),     candidates.parameters.grad(),
                                       made[0].detach(), weight.grad(), shares.grad()};
    };
    const auto one = compute(1), two = compute(2);
    for (std::size_t i = 0; i < one.size(); ++i) {
        CAPTURE(i);
        CHECK(one[i].abs().max().item<double>() > 0);
        CHECK(at::equal(one[i], two[i]));
    }
}

TEST_CASE("Two forwards before one backward, and an evaluation between, keep what they need") {
    for (const at::ScalarType precision : {at::kDouble, at::kFloat}) {
        CAPTURE(precision);
        Model<NoisySearch> model;
        model.to(precision);
        scatter(model, 6);
        const at::Tensor a = chain_input().to(precision), b = chain_input().to(precision);
        const double tolerance = precision == at::kFloat ? 1e-3 : 1e-6;
        for (int round = 0; round < 2; ++round) { // in the second, memory of the first is at hand
            model.zero_grad();
            const at::Tensor first = model(a);
            const auto expected_a = by_hand(model, a);
            const at::Tensor second = model(b); // other noise, other weights
            const auto expected_b = by_hand(model, b);
            (first.square().sum() + second.square().sum()).backward();
            check_sum(gradients(model), expected_a, expected_b, tolerance);

            model.zero_grad();
            const at::Tensor y = model(a);
            const auto expected = by_hand(model, a);
            {
                const at::NoGradGuard no_grad;
                model(b);
                model.eval();
                model(b);
                model.train();
            }
            y.square().sum().backward();
            check_sum(gradients(model), expected, {}, tolerance);
        }
    }
}
