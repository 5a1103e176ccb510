// SPDX-License-Identifier: Apache-2.0
// The search model of choices: samples, costs, the penalty, what runs and what does not, errors.
#include <pliny/core.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <numeric>

using namespace pliny;
using namespace pliny::testing;

namespace {

// clang-format off
struct Two : Network<Image<2, 6, 6>, Sequential<
    Choice<Sequential<Conv2d<4>, BatchNorm2d>, Sequential<Conv2d<4, Kernel<3>, Padding<1>>, BatchNorm2d>,
           Sequential<Conv2d<4, Kernel<5>, Padding<2>>, BatchNorm2d>>, ReLU,
    Choice<Conv2d<4, Kernel<3>, Padding<1>>, Identity>, Flatten, Linear<3>>> {};
// clang-format on
constexpr std::array prices{12.0, 76.0, 204.0}; // parameters of the alternatives of the first choice
constexpr double second = 148, linear = 435;

template <class... Parts>
using Of = SuperNet<Two, Cost<Params>, Parts...>;

template <class Search>
void set(Model<Search>& model, std::initializer_list<double> alpha) {
    const at::NoGradGuard no_grad;
    model.alpha.copy_(at::tensor(std::vector<double>(alpha), at::kDouble));
}
at::Tensor loss(double value) { return at::scalar_tensor(value); }
at::Tensor input() { return at::randn({3, 2, 6, 6}); }
std::vector<double> softmax(std::vector<double> alpha, double temperature) {
    double sum = 0;
    for (double& a : alpha)
        sum += a = std::exp(a / temperature);
    for (double& a : alpha)
        a /= sum;
    return alpha;
}
double expected_cost(const std::vector<double>& first, double conv) {
    return first[0] * prices[0] + first[1] * prices[1] + first[2] * prices[2] + conv * second + linear;
}
std::int64_t batches_seen(const torch::nn::Module& model, const std::string& norm) {
    return model.named_buffers()[norm + ".num_batches_tracked"].item<std::int64_t>();
}

} // namespace

TEST_CASE("A cost before the first forward is right, and has a gradient") {
    Model<Of<Softmax>> model;
    CHECK(model.cost<Params>() == doctest::Approx(expected_cost({1 / 3., 1 / 3., 1 / 3.}, 0.5)));
    model.cost_tensor<Params>().backward();
    CHECK(model.alpha.grad()[2].item<double>() ==
          doctest::Approx((prices[2] - (12 + 76 + 204) / 3.0) / 3).epsilon(1e-5));
    set(model, {0.5, -1, 2, 0.3, 0});
    const auto p = softmax({0.5, -1, 2}, 1), q = softmax({0.3, 0}, 1);
    CHECK(model.cost<Params>() == doctest::Approx(expected_cost(p, q[0])).epsilon(1e-6));
    model.eval();
    CHECK(model.cost<Params>() == expected_cost({0, 0, 1}, 1));
}

TEST_CASE("Sampled once: forward, cost and penalty see the same shares") {
    at::manual_seed(1);
    Model<Of<Gumbel, Duccio<Limit<500>>>> model;
    const auto before = model.thetas();
    model(input());
    const auto drawn = model.thetas();
    CHECK(drawn != before);
    CHECK(model.cost<Params>() == doctest::Approx(expected_cost(drawn[0], drawn[1][0])));
    model.penalty(loss(2), 0, 1);
    CHECK(model.thetas() == drawn);
    model(input());
    CHECK(model.thetas() != drawn);
    model.eval(); // without noise
    const auto discrete = model.thetas();
    model(input());
    CHECK(model.thetas() == discrete);
    CHECK(discrete == std::vector<std::vector<double>>{{1, 0, 0}, {1, 0}});
}

TEST_CASE_TEMPLATE("Paths are drawn as often as softmax says", Sampling, HardGumbel, SinglePath) {
    at::manual_seed(2);
    Model<Of<Sampling>> model;
    set(model, {1, 0, -0.5, -0.4, 0.4});
    const double temperature = 2;
    model.set_temperature(temperature);
    constexpr int draws = 3000;
    std::array<int, 5> taken{};
    const at::Tensor x = at::randn({2, 2, 6, 6});
    const at::NoGradGuard no_grad;
    for (int i = 0; i < draws; ++i) {
        model(x);
        int a = 0;
        for (const auto& choice : model.thetas())
            for (double share : choice)
                taken[static_cast<std::size_t>(a++)] += static_cast<int>(share);
    }
    // Gumbel noise is added before alpha is divided by the temperature: the largest does not depend on it.
    const double t = std::is_same_v<Sampling, SinglePath> ? temperature : 1;
    std::vector<double> wanted = softmax({1, 0, -0.5}, t);
    for (double q : softmax({-0.4, 0.4}, t))
        wanted.push_back(q);
    for (std::size_t a = 0; a < taken.size(); ++a) {
        CAPTURE(a);
        CHECK(std::abs(taken[a] / double(draws) - wanted[a]) < 0.03); // 3.3 standard deviations
    }
    CHECK(batches_seen(model, "0.0.1") == taken[0]); // only what was taken has run
    CHECK(batches_seen(model, "0.1.1") == taken[1]);
    CHECK(batches_seen(model, "0.2.1") == taken[2]);
}

TEST_CASE("SinglePath: the gradient of alpha is that of the expected loss") {
    at::manual_seed(3);
    Model<Of<SinglePath>> model;
    set(model, {0.2, -0.3, 0.5, 0, 0.6});
    const double temperature = 1.5;
    model.set_temperature(temperature);
    const std::array losses{1.0, 3.0, 2.0}; // of the alternatives of the first choice
    const auto p = softmax({0.2, -0.3, 0.5}, temperature);
    const double mean = p[0] * losses[0] + p[1] * losses[1] + p[2] * losses[2];
    at::Tensor sum = at::zeros({5});
    constexpr int draws = 4000;
    const at::Tensor x = at::randn({2, 2, 6, 6});
    for (int i = 0; i < draws; ++i) {
        {
            const at::NoGradGuard no_grad;
            model(x);
        }
        const auto shares = model.thetas()[0];
        const auto taken =
            static_cast<std::size_t>(std::find(shares.begin(), shares.end(), 1) - shares.begin());
        model.zero_grad();
        const at::Tensor penalty = model.penalty(loss(losses[taken]), 0, 1);
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
    Model<Of<Softmax, Duccio<Limit<480>>, Temperature<2>>> model;
    set(model, {0.5, -1, 2, 0.3, 0});
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
    const std::vector<double> alpha{0.5, -1, 2, 0.3, 0};
    double entropy = 0, variation = 0;
    for (const auto& p : {softmax({0.5, -1, 2}, 1), softmax({0.3, 0}, 1)}) {
        const double n = static_cast<double>(p.size());
        double squares = 0;
        for (double share : p) {
            entropy -= share * std::log(share);
            squares += (share - 1 / n) * (share - 1 / n);
        }
        variation += 1 / n / n / (squares / (n - 1) + 1e-3);
    }
    Model<Of<Entropy<0.5>>> by_entropy;
    set(by_entropy, {0.5, -1, 2, 0.3, 0});
    CHECK(by_entropy.penalty(loss(1), 0, 1).item<double>() == doctest::Approx(0.5 * entropy).epsilon(1e-5));
    by_entropy.penalty(loss(1), 0, 1).backward();
    CHECK(by_entropy.alpha.grad()[2].item<double>() < 0); // descent decides: the largest grows
    Model<Of<InverseVariation<2>>> by_variation;
    set(by_variation, {0.5, -1, 2, 0.3, 0});
    CHECK(by_variation.penalty(loss(1), 0, 1).item<double>() == doctest::Approx(2 * variation).epsilon(1e-5));
}

TEST_CASE("The temperature follows its schedule, or what it is set to") {
    Model<Of<Softmax, Temperature<5, 0.2>>> model;
    CHECK(model.temperature() == 5);
    model.penalty(loss(1), 0, 4);
    CHECK(model.temperature() == 5);
    model.penalty(loss(1), 2, 4);
    CHECK(model.temperature() == doctest::Approx(1));
    model.penalty(loss(1), 4, 4);
    CHECK(model.temperature() == doctest::Approx(0.2));
    set(model, {1, 2, 3, 0, 0});
    CHECK(model.thetas()[0][2] == doctest::Approx(softmax({1, 2, 3}, 0.2)[2]));
    model.set_temperature(3);
    model.penalty(loss(1), 2, 4);
    CHECK(model.temperature() == 3);
    CHECK(error_of<ModelError>([&] { model.set_temperature(0); }) ==
          "set_temperature: found 0; expected a positive number");
    CHECK(error_of<ModelError>([&] { model.penalty(loss(NAN), -1, 4); }) ==
          "penalty: epoch -1 of 4; expected 0 <= epoch and 0 < epochs");
}

TEST_CASE("What does not run cannot spoil the result; what does is named") {
    Model<Of<Softmax>> model;
    set(model, {1, 0, 0, 1, 0});
    const at::Tensor x = input();
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
    Model<Of<Softmax, Duccio<Limit<linear + 100>>>> model;
    set(model, {0, 0, 3, 2, 1}); // 204 + 148 would be too much
    CHECK(!model.limits()[0].satisfied());
    const Settled settled = model.settle();
    CHECK(settled.rechosen == 2);
    CHECK(model.limits()[0].satisfied());
    CHECK(model.limits()[0].value ==
          linear + 76); // a tie of likelihood between 12 and 76: the one that uses more
    CHECK(model.chosen() == std::array{1, 1});
    model.train();
    model(input());
    CHECK(batches_seen(model, "0.1.1") == 1);
    CHECK(batches_seen(model, "0.2.1") == 0);
    CHECK(model.thetas() == std::vector<std::vector<double>>{{0, 1, 0}, {0, 1}});

    const TemporaryFolder folder;
    save(model, folder / "search.safetensors");
    Model<Of<Softmax, Duccio<Limit<linear + 100>>>> again;
    load_into(again, folder / "search.safetensors");
    again.train();
    CHECK(again.thetas() == model.thetas());
    model.eval();
    again.eval();
    const at::Tensor x = input();
    CHECK(at::equal(model(x), again(x)));
    struct Other
        : Network<Image<2, 6, 6>, Sequential<Choice<Conv2d<4>, Conv2d<4, NoBias>>, Flatten, Linear<3>>> {};
    Model<SuperNet<Other>> other;
    CHECK(error_of<FileError>([&] {
              load_into(other, folder / "search.safetensors");
          }).find("found a search model of the network Network<Image<2, 6, 6>") != std::string::npos);
    CHECK(error_of<FileError>([&] {
              load<Two>(folder / "search.safetensors");
          }).find("found no entry pliny.network") != std::string::npos);
}

TEST_CASE("A limit that holds changes no path that is decided") {
    Model<Of<Softmax, Duccio<Limit<linear + 300>>>> model;
    set(model, {0, 3, 0, 0, 2});
    CHECK(model.settle().rechosen == 0);
    CHECK(model.chosen() == std::array{1, 1});
    set(model, {0, 3, 2.5, 0, 2}); // 3 and 2.5 are not far apart
    CHECK(model.settle().rechosen == 1);
    CHECK(model.chosen() == std::array{2, 1});
    Model<Of<Softmax>> free; // nothing asks for anything
    set(free, {0, 3, 2.9, 0, 2});
    CHECK(free.settle().rechosen == 0);
}

TEST_CASE("Weights go from one way of searching to another; files tell who they are") {
    at::manual_seed(5);
    Model<Of<SinglePath>> warm;
    Model<Of<Softmax>> model;
    randomize(warm, 4);
    set(model, {0, 0, 1, 0, 1});
    model.load_weights(warm);
    CHECK(at::equal(model.named_parameters()["0.2.0.weight"], warm.named_parameters()["0.2.0.weight"]));
    CHECK(model.alpha[2].item<double>() == 1);
    Model<Pit<SuperNet<Two>, Cost<Params>>> pruned;
    pruned.load_weights(warm);
    CHECK(pruned.alpha.numel() == 5 + 4);

    const TemporaryFolder folder;
    save(model.exported(), folder / "found.safetensors");
    std::string bytes = read_file(folder / "found.safetensors");
    const auto lie = [&](const std::string& by) {
        std::string other = bytes;
        const auto at = other.find("[2,1]");
        REQUIRE(at != std::string::npos);
        other.replace(at, 5, by);
        write_file(folder / "lie.safetensors", other);
        return error_of<FileError>([&] { load<Two>(folder / "lie.safetensors"); });
    };
    CHECK(lie("[1,1]").find("pliny.kept, pliny.chosen and pliny.found contradict each other") !=
          std::string::npos);
    CHECK(lie("[3,1]").find("choice 0: found 3; expected a number below 3") != std::string::npos);
    CHECK(lie("[2,x]").find("expected a list of 2 numbers") != std::string::npos);
}

TEST_CASE("A path with fresh weights can be trained by itself") {
    at::manual_seed(6);
    Exported<Two> path(std::array{1, 1});
    CHECK(path.named_parameters().size() == 6);
    CHECK(path.cost<Params>() == prices[1] + linear);
    path(input()).sum().backward();
    for (const auto& item : path.named_parameters())
        CHECK(item.value().grad().defined());
}

TEST_CASE("Limits that cannot be met together are found before anything is trained") {
    // Many parameters and few operations, or the other way round: 522 and 522, 26 and 4106.
    struct Opposed
        : Network<Image<4, 16, 16>,
                  Sequential<Choice<Sequential<AvgPool2d<16>, Conv2d<64, NoBias>, Conv2d<4, NoBias>>,
                                    Sequential<Conv2d<4, NoBias>, AvgPool2d<16>>>,
                             Flatten, Linear<2>>> {};
    using Impossible = Model<SuperNet<Opposed, Duccio<Limit<Params, 100>, Limit<Ops, 1'000>>>>;
    CHECK(
        error_of<std::invalid_argument>([] { Impossible model; }).starts_with("no path through the network"));
    Model<SuperNet<Opposed, Duccio<Limit<Params, 100>, Limit<Ops, 4'106>>>> possible;
    CHECK(possible.settle().rechosen == 1);
    CHECK(possible.cost<Params>() == 26);
}
