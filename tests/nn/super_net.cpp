// SPDX-License-Identifier: Apache-2.0
// The search model of choices: samples, costs, the penalty, what runs and what does not, errors.
#include <pliny/core.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

using namespace pliny;
using namespace pliny::testing;
using doctest::Contains;

namespace {

// clang-format off
struct Two : Network<Image<2, 6, 6>, Sequential<
    Choice<Sequential<Conv2d<4>, BatchNorm2d>, Sequential<Conv2d<4, Kernel<3>, Padding<1>>, BatchNorm2d>,
           Sequential<Conv2d<4, Kernel<5>, Padding<2>>, BatchNorm2d>>, ReLU,
    Choice<Conv2d<4, Kernel<3>, Padding<1>>, Identity>, Flatten, Linear<3>>> {};
/// Many parameters and few operations, or the other way round: 522 and 522, 26 and 4106.
struct Opposed : Network<Image<4, 16, 16>, Sequential<
    Choice<Sequential<AvgPool2d<16>, Conv2d<64, NoBias>, Conv2d<4, NoBias>>,
           Sequential<Conv2d<4, NoBias>, AvgPool2d<16>>>, Flatten, Linear<2>>> {};
// clang-format on

using Five = std::array<double, 5>; // of Two's alternatives: three of the first choice, two of the second
constexpr Five prices{12, 76, 204, 148, 0}; // parameters
constexpr double linear = 435;
constexpr Five uneven{0.5, -1, 2, 0.3, 0};

template <class... Parts>
using Of = SuperNet<Two, Cost<Params>, Parts...>;

/// A model with these alphas.
template <class Search>
struct With : Model<Search> {
    explicit With(const Five& alphas) {
        const at::NoGradGuard no_grad;
        this->alpha.copy_(at::tensor(at::ArrayRef<double>(alphas), at::kDouble));
    }
};
template <class Search>
Five shares_of(Model<Search>& model) {
    const auto thetas = model.thetas();
    return {thetas.at(0).at(0), thetas[0].at(1), thetas[0].at(2), thetas.at(1).at(0), thetas[1].at(1)};
}
Five softmax(Five alphas, double temperature = 1) {
    std::array<double, 2> sums{};
    for (std::size_t a = 0; a < 5; ++a)
        sums[a / 3] += alphas[a] = std::exp(alphas[a] / temperature);
    for (std::size_t a = 0; a < 5; ++a)
        alphas[a] /= sums[a / 3];
    return alphas;
}
double expected_cost(const Five& shares) {
    return std::inner_product(prices.begin(), prices.end(), shares.begin(), linear);
}
at::Tensor three_images() { return at::randn({3, 2, 6, 6}); }
std::int64_t batches_seen(const torch::nn::Module& model, const std::string& norm) {
    return model.named_buffers()[norm + ".num_batches_tracked"].item<std::int64_t>();
}

} // namespace

TEST_CASE("A cost before the first forward is right, and has a gradient") {
    Model<Of<Softmax>> model;
    CHECK(model.cost<Params>() == doctest::Approx(expected_cost({1 / 3., 1 / 3., 1 / 3., 0.5, 0.5})));
    model.cost_tensor<Params>().backward();
    CHECK(model.alpha.grad()[2].item<double>() ==
          doctest::Approx((prices[2] - (12 + 76 + 204) / 3.0) / 3).epsilon(1e-5));
    With<Of<Softmax>> other(uneven);
    CHECK(other.cost<Params>() == doctest::Approx(expected_cost(softmax(uneven))).epsilon(1e-6));
    other.eval();
    CHECK(other.cost<Params>() == expected_cost({0, 0, 1, 1, 0}));
}

TEST_CASE("Sampled once: forward, cost and penalty see the same shares") {
    at::manual_seed(1);
    Model<Of<Gumbel, Duccio<Limit<500>>>> model;
    const Five before = shares_of(model);
    model(three_images());
    const Five drawn = shares_of(model);
    CHECK(drawn != before);
    CHECK(model.cost<Params>() == doctest::Approx(expected_cost(drawn)));
    model.penalty(loss(2), 0, 1);
    CHECK(shares_of(model) == drawn);
    model(three_images());
    CHECK(shares_of(model) != drawn);
    model.eval(); // without noise
    CHECK(shares_of(model) == Five{1, 0, 0, 1, 0});
    model(three_images());
    CHECK(model.thetas() == std::vector<std::vector<double>>{{1, 0, 0}, {1, 0}});
}

TEST_CASE_TEMPLATE("Paths are drawn as often as softmax says", Sampling, HardGumbel, SinglePath) {
    at::manual_seed(2);
    const Five alphas{1, 0, -0.5, -0.4, 0.4};
    With<Of<Sampling>> model(alphas);
    const double temperature = 2;
    model.set_temperature(temperature);
    constexpr int draws = 3000;
    Five taken{};
    const at::Tensor x = at::randn({2, 2, 6, 6});
    const at::NoGradGuard no_grad;
    for (int i = 0; i < draws; ++i) {
        model(x);
        const Five shares = shares_of(model);
        for (std::size_t a = 0; a < 5; ++a)
            taken[a] += shares[a];
    }
    // Gumbel noise is added before alpha is divided by the temperature: the largest does not depend on it.
    const Five wanted = softmax(alphas, std::is_same_v<Sampling, SinglePath> ? temperature : 1);
    for (std::size_t a = 0; a < 5; ++a) {
        CAPTURE(a);
        CHECK(std::abs(taken[a] / draws - wanted[a]) < 0.03); // 3.3 standard deviations
    }
    for (std::size_t a = 0; a < 3; ++a) // only what was taken has run
        CHECK(batches_seen(model, joined("0.", a, ".1")) == taken[a]);
}

TEST_CASE("SinglePath: the gradient of alpha is that of the expected loss") {
    at::manual_seed(3);
    const Five alphas{0.2, -0.3, 0.5, 0, 0.6};
    With<Of<SinglePath>> model(alphas);
    const double temperature = 1.5;
    model.set_temperature(temperature);
    const std::array losses{1.0, 3.0, 2.0}; // of the alternatives of the first choice
    const Five p = softmax(alphas, temperature);
    const double mean = std::inner_product(losses.begin(), losses.end(), p.begin(), 0.0);
    at::Tensor sum = at::zeros({5});
    constexpr int draws = 4000;
    const at::Tensor x = at::randn({2, 2, 6, 6});
    for (int i = 0; i < draws; ++i) {
        {
            const at::NoGradGuard no_grad;
            model(x);
        }
        const Five shares = shares_of(model);
        const auto taken = std::ranges::find(shares, 1) - shares.begin();
        model.zero_grad();
        const at::Tensor penalty = model.penalty(loss(losses.at(static_cast<std::size_t>(taken))), 0, 1);
        CHECK(penalty.item<double>() == 0);
        penalty.backward();
        sum += model.alpha.grad();
    }
    sum /= draws;
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(std::abs(sum[static_cast<std::int64_t>(i)].item<double>() -
                       p[i] * (losses[i] - mean) / temperature) < 0.02);
    CHECK(std::abs(sum[3].item<double>()) < 0.02); // the second choice does not matter
}

TEST_CASE("The penalty of a limit has the gradient of central differences") {
    With<Of<Softmax, Duccio<Limit<480>>, Temperature<2>>> model(uneven);
    const auto value = [&] { return model.penalty(loss(1), 3, 4).item<double>(); };
    CHECK(value() > 0);
    model.penalty(loss(1), 3, 4).backward();
    const at::Tensor gradient = model.alpha.grad().clone();
    const at::NoGradGuard no_grad;
    for (std::int64_t i = 0; i < 5; ++i) {
        const float h = 1e-2f, at = model.alpha[i].item<float>();
        model.alpha[i] = at + h;
        const double more = value();
        model.alpha[i] = at - h;
        const double less = value();
        model.alpha[i] = at;
        CHECK(gradient[i].item<double>() == doctest::Approx((more - less) / (2 * h)).epsilon(1e-3));
    }
}

TEST_CASE("Entropy and InverseVariation are added to the penalty") {
    double entropy = 0;
    std::array<double, 2> squares{}; // of distances to equal shares
    for (std::size_t a = 0; const double share : softmax(uneven)) {
        entropy -= share * std::log(share);
        squares[a / 3] += std::pow(share - (a < 3 ? 1 / 3. : 1 / 2.), 2);
        ++a;
    }
    const double variation = 1 / 9. / (squares[0] / 2 + 1e-3) + 1 / 4. / (squares[1] + 1e-3);
    With<Of<Entropy<0.5>>> by_entropy(uneven);
    CHECK(by_entropy.penalty(loss(1), 0, 1).item<double>() == doctest::Approx(0.5 * entropy).epsilon(1e-5));
    by_entropy.penalty(loss(1), 0, 1).backward();
    CHECK(by_entropy.alpha.grad()[2].item<double>() < 0); // descent decides: the largest grows
    With<Of<InverseVariation<2>>> by_variation(uneven);
    CHECK(by_variation.penalty(loss(1), 0, 1).item<double>() == doctest::Approx(2 * variation).epsilon(1e-5));
}

TEST_CASE("The temperature follows its schedule, or what it is set to") {
    With<Of<Softmax, Temperature<5, 0.2>>> model({1, 2, 3, 0, 0});
    CHECK(model.temperature() == 5);
    model.penalty(loss(1), 0, 4);
    CHECK(model.temperature() == 5);
    model.penalty(loss(1), 2, 4);
    CHECK(model.temperature() == doctest::Approx(1));
    model.penalty(loss(1), 4, 4);
    CHECK(model.temperature() == doctest::Approx(0.2));
    CHECK(shares_of(model)[2] == doctest::Approx(softmax({1, 2, 3, 0, 0}, 0.2)[2]));
    model.set_temperature(3);
    model.penalty(loss(1), 2, 4);
    CHECK(model.temperature() == 3);
    CHECK_THROWS_WITH_AS(model.set_temperature(0), "set_temperature: found 0; expected a positive number",
                         ModelError);
}

TEST_CASE("What does not run cannot spoil the result; what does is named") {
    With<Of<Softmax>> model({1, 0, 0, 1, 0});
    const at::Tensor x = three_images();
    {
        const at::NoGradGuard no_grad;
        model.named_parameters()["0.1.0.weight"][0] = NAN;
    }
    model.eval();
    CHECK(model(x).isfinite().all().item<bool>());
    CHECK(nonfinite_layer(model, x).empty());
    model.train();
    CHECK(!model(x).isfinite().all().item<bool>());
    CHECK(nonfinite_layer(model, x) == "0.1.0 (Conv2d)");
}

TEST_CASE("Settled: the limit holds, one path runs, the state is saved") {
    With<Of<Softmax, Duccio<Limit<linear + 100>>>> model({0, 0, 3, 2, 1}); // 204 + 148 would be too much
    CHECK(!model.limits()[0].satisfied());
    CHECK(model.settle().rechosen == 2);
    CHECK(model.limits()[0].satisfied());
    // Of 12 and 76, a tie of likelihood, the one that uses more.
    CHECK(model.limits()[0].value == linear + prices[1]);
    CHECK(model.chosen() == std::array{1, 1});
    model.train();
    model(three_images());
    CHECK(batches_seen(model, "0.1.1") == 1);
    CHECK(batches_seen(model, "0.2.1") == 0);
    CHECK(shares_of(model) == Five{0, 1, 0, 0, 1});

    const TemporaryFolder folder;
    const auto file = folder / "search.safetensors";
    save(model, file);
    Model<Of<Softmax, Duccio<Limit<linear + 100>>>> again;
    load_into(again, file);
    again.train();
    CHECK(shares_of(again) == shares_of(model));
    model.eval();
    again.eval();
    const at::Tensor x = three_images();
    CHECK(at::equal(model(x), again(x)));
    Model<SuperNet<Opposed>> other;
    CHECK_THROWS_WITH_AS(load_into(other, file),
                         Contains("found a search model of the network Network<Image<2, 6, 6>"), FileError);
    CHECK_THROWS_WITH_AS(load<Two>(file), Contains("found the model of a search"), FileError);
}

TEST_CASE("Weights go from one way of searching to another; files tell who they are") {
    at::manual_seed(5);
    Model<Of<SinglePath>> warm;
    With<Of<Softmax>> model({0, 0, 1, 0, 1});
    randomize(warm, 4);
    model.load_weights(warm);
    CHECK(at::equal(model.named_parameters()["0.2.0.weight"], warm.named_parameters()["0.2.0.weight"]));
    CHECK(model.alpha[2].item<double>() == 1);
    Model<Pit<SuperNet<Two>, Cost<Params>>> pruned;
    pruned.load_weights(warm);
    CHECK(pruned.alpha.numel() == 5 + 4);

    const TemporaryFolder folder;
    const auto file = folder / "found.safetensors";
    save(model.exported(), file);
    const std::string bytes = read_file(file);
    const auto at = bytes.find("[2,1]");
    REQUIRE(at != std::string::npos);
    const auto refused = [&](const std::string& chosen, const char* reason) {
        write_file(file, std::string(bytes).replace(at, 5, chosen));
        CHECK_THROWS_WITH_AS(load<Two>(file), Contains(reason), FileError);
    };
    refused("[1,1]", "pliny.kept, pliny.chosen and pliny.found contradict each other");
    refused("[3,1]", "choice 0: found 3; expected a number below 3");
    refused("[2,x]", "expected a list of 2 numbers");
}

TEST_CASE("A path with fresh weights can be trained by itself") {
    at::manual_seed(6);
    Exported<Two> path(std::array{1, 1});
    CHECK(path.named_parameters().size() == 6);
    CHECK(path.cost<Params>() == prices[1] + linear);
    path(three_images()).sum().backward();
    for (const auto& item : path.named_parameters())
        CHECK(item.value().grad().defined());
}

TEST_CASE("Limits that cannot be met together are found before anything is trained") {
    using Impossible = Model<SuperNet<Opposed, Duccio<Limit<Params, 100>, Limit<Ops, 1'000>>>>;
    CHECK_THROWS_WITH_AS(Impossible(), Contains("no path through the network"), std::invalid_argument);
}
