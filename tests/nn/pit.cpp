// SPDX-License-Identifier: Apache-2.0
// The search model: penalty, strengths, phases, settling, errors.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include <cmath>
#include <limits>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Net
    : Network<Image<1, 8, 8>, Sequential<Conv2d<8, Kernel<3>>, BatchNorm2d, ReLU, Conv2d<12, Kernel<3>>, ReLU,
                                         Flatten, Linear<20>, ReLU, Linear<3>>> {};
constexpr double full = cost_of<Net, Params>;

using Halved = Pit<Net, Cost<Params>, Duccio<Limit<Percent<50>>>>;
using Relaxed = Pit<Net, Cost<Params>, Duccio<Limit<Percent<50>>>, RelaxedCost>;
using TwoLimits =
    Pit<Net, Cost<Params, Ops>, Duccio<Limit<Params, Percent<30>>, Limit<Ops, Percent<60>>, Gain<2>>>;

template <class Search>
void fill(Model<Search>& model, double value) {
    const at::NoGradGuard no_grad;
    model.alpha.fill_(value);
}

template <class Search>
void random_alpha(Model<Search>& model, double largest) {
    const at::NoGradGuard no_grad;
    model.alpha.uniform_(-largest, largest);
}

at::Tensor loss(double value) { return at::scalar_tensor(value); }

template <class Search>
std::vector<double> strengths(const Model<Search>& model) {
    return pliny::detail::read(model.named_buffers()["regularizer_strengths"]);
}

/// Relative to 1e-6; 0 is 0.
doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-6).scale(1e-30); }

} // namespace

TEST_CASE("The penalty is DUCCIO's: strength x ramp x excess") {
    Model<Halved> model;
    const double limit = full / 2, excess = full - limit;
    CHECK(strengths(model) == std::vector<double>{0});
    const double strength = 4 * 0.7 / excess; // the gain is 4 unless said
    for (const auto& [epoch, ramp] :
         {std::pair{0.0, 0.01}, {1.0, 0.109}, {5.0, 0.505}, {9.5, 0.9505}, {10.0, 1.0}, {20.0, 1.0}}) {
        CAPTURE(epoch);
        CHECK(model.penalty(loss(0.7), epoch, 20).item<double>() == near(strength * ramp * excess));
    }
    CHECK(strengths(model)[0] == near(strength));

    // Another loss does not change it; another cost changes the excess only.
    at::manual_seed(1);
    random_alpha(model, 4);
    const double cost = model.cost<Params>();
    REQUIRE(cost > limit);
    REQUIRE(cost < full);
    CHECK(model.penalty(loss(123), 20, 20).item<double>() == near(strength * (cost - limit)));
    CHECK(strengths(model)[0] == near(strength));
}

TEST_CASE("Gradient of the penalty") {
    Model<Halved> model;
    model.penalty(loss(1), 20, 20).backward();
    const double slope = 4 / (full - full / 2);
    // One channel less in the first group: its 9 weights, its bias, and what reads it.
    const auto by_channel = [&](int group) {
        auto fewer = full_widths<double>(plan<Net>);
        fewer[static_cast<std::size_t>(group)] -= 1;
        return slope * (full - total_cost(Params, plan<Net>, std::span<const double>(fewer)));
    };
    const auto& offset = Halved::space::analysis.offset;
    for (const int group : {1, 2, 3}) {
        CAPTURE(group);
        const int width = plan<Net>.groups[static_cast<std::size_t>(group)].width;
        for (int c = 0; c < width; ++c) {
            const double expected = c + 1 == width ? 0 : by_channel(group);
            CHECK(model.alpha.grad()[offset[static_cast<std::size_t>(group)] + c].item<double>() ==
                  near(expected));
        }
    }

    // Straight through the threshold: alive or dead, the gradient is the sign of alpha times that of the
    // width.
    fill(model, 1);
    {
        const at::NoGradGuard no_grad;
        model.alpha[0] = -0.2;
        model.alpha[1] = -0.9;
        model.alpha[2] = 0.0;
    }
    model.zero_grad();
    model.penalty(loss(1), 20, 20).backward();
    auto now = full_widths<double>(plan<Net>);
    now[1] = 6;
    std::array<double, 5> by_width{};
    cost_gradient(Params, plan<Net>, std::span<const double>(now), std::span<double>(by_width));
    CHECK(model.alpha.grad()[0].item<double>() == near(-slope * by_width[1]));
    CHECK(model.alpha.grad()[1].item<double>() == near(-slope * by_width[1]));
    CHECK(model.alpha.grad()[2].item<double>() == 0);
    CHECK(model.alpha.grad()[3].item<double>() == near(slope * by_width[1]));
}

TEST_CASE("Gradient of the relaxed penalty by finite differences") {
    Model<Relaxed> model;
    model.to(at::kDouble);
    model.penalty(at::scalar_tensor(1.0, at::kDouble), 7, 10).backward(); // arms it
    random_alpha(model, 1.2);
    {
        const at::NoGradGuard no_grad;
        model.alpha.add_(at::sign(model.alpha) * 0.7);
    }
    model.zero_grad();
    const auto value = [&] { return model.penalty(at::scalar_tensor(1.0, at::kDouble), 7, 10); };
    REQUIRE(value().item<double>() > 0);
    value().backward();
    const at::NoGradGuard no_grad;
    for (std::int64_t i = 0; i < model.alpha.numel(); ++i) {
        CAPTURE(i);
        const double at = model.alpha[i].item<double>(), step = 1e-4;
        model.alpha[i] = at + step;
        const double above = value().item<double>();
        model.alpha[i] = at - step;
        const double below = value().item<double>();
        model.alpha[i] = at;
        CHECK(model.alpha.grad()[i].item<double>() ==
              doctest::Approx((above - below) / (2 * step)).epsilon(1e-7).scale(1));
    }
}

TEST_CASE("Below a limit there is no penalty; the first violation arms it, for good") {
    Model<Halved> model;
    fill(model, 0.1);
    const at::Tensor below = model.penalty(loss(2), 0, 10);
    CHECK(below.item<double>() == 0);
    below.backward();
    CHECK(model.alpha.grad().abs().max().item<double>() == 0);
    CHECK(strengths(model)[0] == 0);
    CHECK(model.penalty(loss(std::nan("")), 0, 10).item<double>() == 0); // not looked at

    fill(model, 1);
    CHECK(model.penalty(loss(2), 10, 10).item<double>() == near(8));
    CHECK(strengths(model)[0] == near(8 / (full / 2)));
    fill(model, 0.1);
    CHECK(model.penalty(loss(2), 10, 10).item<double>() == 0);
    fill(model, 1);
    CHECK(model.penalty(loss(99), 10, 10).item<double>() == near(8));
}

namespace {

// Exactly the cost of 7 channels instead of 8 in the first layer, and one parameter less.
constexpr int without_one = [] {
    auto fewer = full_widths<std::int64_t>(plan<Net>);
    fewer[1] = 7;
    return static_cast<int>(total_cost(Params, plan<Net>, std::span<const std::int64_t>(fewer)));
}();

} // namespace

TEST_CASE("At the limit: zero; one parameter above: a finite strength") {
    Model<Pit<Net, Cost<Params>, Duccio<Limit<without_one>>>> at_limit;
    {
        const at::NoGradGuard no_grad;
        at_limit.alpha[3] = 0.5; // dead: not above the threshold
    }
    CHECK(at_limit.cost<Params>() == without_one);
    const at::Tensor zero = at_limit.penalty(loss(1), 0, 1);
    CHECK(zero.item<double>() == 0);
    zero.backward();
    CHECK(at::equal(at_limit.alpha.grad(), at::zeros_like(at_limit.alpha)));
    CHECK(strengths(at_limit)[0] == 0);

    Model<Pit<Net, Cost<Params>, Duccio<Limit<without_one - 1>, Gain<1>>>> above;
    {
        const at::NoGradGuard no_grad;
        above.alpha[3] = 0.5;
    }
    // The excess counts as one per cent of the limit at least.
    CHECK(above.penalty(loss(1), 1, 1).item<double>() == near(1 / (0.01 * (without_one - 1))));
    CHECK(strengths(above)[0] == near(1 / (0.01 * (without_one - 1))));
}

TEST_CASE("Two limits: each has its strength, from the moment that it is violated") {
    Model<TwoLimits> model;
    {
        const at::NoGradGuard no_grad; // the linear layer pruned: parameters hold, operations do not
        model.alpha.narrow(0, 20, 20).fill_(0);
    }
    const double params = model.cost<Params>(), ops = model.cost<Ops>();
    const double params_limit = 0.3 * full, ops_limit = 0.6 * static_cast<double>(cost_of<Net, Ops>);
    REQUIRE(params < params_limit);
    REQUIRE(ops > ops_limit);
    CHECK(model.penalty(loss(0.5), 1, 1).item<double>() == near(1));
    CHECK(strengths(model)[0] == 0);
    CHECK(strengths(model)[1] == near(1 / (ops - ops_limit)));

    const auto report = model.limits();
    REQUIRE(report.size() == 2);
    CHECK(report[0].cost == "params");
    CHECK(report[0].limit == near(params_limit));
    CHECK(report[0].value == params);
    CHECK(report[0].satisfied());
    CHECK(report[1].cost == "ops");
    CHECK(report[1].value == ops);
    CHECK(!report[1].satisfied());

    fill(model, 1);
    const double full_ops = cost_of<Net, Ops>;
    CHECK(model.penalty(loss(3), 1, 1).item<double>() ==
          near(6 + (full_ops - ops_limit) / (ops - ops_limit)));
    CHECK(strengths(model)[0] == near(6 / (full - params_limit)));
}

TEST_CASE("Strengths and alphas survive saving; weights alone do not carry them") {
    const TemporaryFolder folder;
    auto model = std::make_shared<Model<Halved>>();
    (void)model->penalty(loss(0.7), 0, 1);
    random_alpha(*model, 1);
    torch::save(model, (folder / "search.pt").string());
    auto other = std::make_shared<Model<Halved>>();
    torch::load(other, (folder / "search.pt").string());
    CHECK(strengths(*other) == strengths(*model));
    CHECK(at::equal(other->alpha, model->alpha));
    CHECK(at::equal(other->weights()[0], model->weights()[0]));
    fill(*other, 1);
    CHECK(other->penalty(loss(55), 1, 1).item<double>() == near(2.8)); // not armed anew
    CHECK(at::equal(other->alpha, other->named_parameters()["alpha"]));

    Model<Halved> fresh;
    fresh.load_weights(*model);
    CHECK(strengths(fresh)[0] == 0);
    CHECK(at::equal(fresh.alpha, at::ones_like(fresh.alpha)));
    CHECK(at::equal(fresh.weights()[0], model->weights()[0]));
}

TEST_CASE("Impossible epochs and losses are refused") {
    Model<Halved> model;
    const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
    const auto text = [&](double task, double epoch, double epochs) {
        return error_of<ModelError>([&] { (void)model.penalty(loss(task), epoch, epochs); });
    };
    CHECK(text(1, -1, 10) == "penalty: epoch -1 of 10; expected 0 <= epoch and 0 < epochs");
    CHECK(text(1, 0, 0) == "penalty: epoch 0 of 0; expected 0 <= epoch and 0 < epochs");
    CHECK(text(1, nan, 10) == "penalty: epoch nan of 10; expected 0 <= epoch and 0 < epochs");
    CHECK(text(1, 1, nan) == "penalty: epoch 1 of nan; expected 0 <= epoch and 0 < epochs");
    CHECK(text(nan, 0, 10) == "penalty: the task loss is nan");
    CHECK(text(inf, 0, 10) == "penalty: the task loss is inf");
    CHECK(strengths(model)[0] == 0);
    CHECK(text(1, 0, 10) == "no error");
}

TEST_CASE("Strength and NoRegularizer") {
    Model<Pit<Net, Cost<Params, Ops>, Strength<0.25, Ops>>> model;
    const at::Tensor penalty = model.penalty(loss(1), 0, 1);
    CHECK(penalty.item<double>() == near(0.25 * static_cast<double>(cost_of<Net, Ops>)));
    penalty.backward();
    const at::Tensor by_penalty = model.alpha.grad().clone();
    model.zero_grad();
    model.cost_tensor<Ops>().backward();
    CHECK(at::equal(by_penalty, model.alpha.grad() * 0.25));
    CHECK(model.limits().empty());

    Model<Pit<Net, Cost<Params>>> free;
    const at::Tensor none = free.penalty(loss(1), 0, 1);
    CHECK(none.item<double>() == 0);
    CHECK(none.dim() == 0);
    CHECK(!none.requires_grad());
    CHECK(!free.named_buffers().contains("regularizer_strengths"));
    random_alpha(free, 0.4);
    const at::Tensor before = free.alpha.detach().clone();
    const Settled settled = free.settle();
    CHECK(settled.removed + settled.restored == 0);
    CHECK(at::equal(free.alpha, before));
}

TEST_CASE("Phases switch training; what the user froze stays frozen") {
    Model<Halved> model;
    at::Tensor frozen = model.named_parameters()["0.weight"];
    frozen.requires_grad_(false);
    const auto training = [&] {
        std::vector<bool> on{model.alpha.requires_grad(), frozen.requires_grad()};
        std::size_t weights = 0;
        for (const at::Tensor& weight : model.weights())
            weights += weight.requires_grad() ? 1 : 0;
        on.push_back(weights == model.weights().size() - 1);
        on.push_back(weights == 0);
        return on;
    };
    CHECK(model.weights().size() == 10);
    CHECK(model.architecture().size() == 1);
    model.train_weights_only();
    CHECK(training() == std::vector<bool>{false, false, true, false});
    model.train_weights_only();
    CHECK(training() == std::vector<bool>{false, false, true, false});
    const at::Tensor x = at::randn({2, 1, 8, 8});
    model(x).sum().backward();
    CHECK(!model.alpha.grad().defined());
    CHECK(!frozen.grad().defined());
    CHECK(model.named_parameters()["3.weight"].grad().abs().sum().item<double>() > 0);

    model.zero_grad();
    model.train_architecture_only();
    CHECK(training() == std::vector<bool>{true, false, false, true});
    (model(x).sum() + model.penalty(loss(1), 0, 1)).backward();
    CHECK(model.alpha.grad().abs().sum().item<double>() > 0);
    model.train_both();
    CHECK(training() == std::vector<bool>{true, false, true, false});

    Model<Halved> without_search;
    without_search.alpha.requires_grad_(false);
    without_search.train_architecture_only();
    without_search.train_both();
    CHECK(!without_search.alpha.requires_grad());
}

TEST_CASE("Settling meets every limit on the discrete network, and closely") {
    Model<TwoLimits> model;
    const double params_limit = 0.3 * full, ops_limit = 0.6 * static_cast<double>(cost_of<Net, Ops>);
    for (int seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        at::manual_seed(static_cast<std::uint64_t>(seed));
        random_alpha(model, seed % 2 ? 3 : 0.55); // heavy violation, heavy undershoot
        if (seed == 0)
            fill(model, 0.2);
        if (seed == 1)
            fill(model, 1);
        const at::Tensor before = model.alpha.detach().clone();
        const auto widths_before = model.widths();
        const bool held = model.limits()[0].satisfied() && model.limits()[1].satisfied();
        const Settled settled = model.settle();
        CHECK(model.cost<Params>() <= params_limit);
        CHECK(model.cost<Ops>() <= ops_limit);
        CHECK((settled.removed > 0) == !held);
        int changed = 0;
        const auto widths = model.widths();
        for (std::size_t g = 0; g < widths.size(); ++g)
            changed += static_cast<int>(widths_before[g] - widths[g]);
        CHECK(changed == settled.removed - settled.restored);

        // Closely: no group can get another channel.
        for (const std::size_t g : {1u, 2u, 3u}) {
            auto wider = widths;
            if (wider[g] == plan<Net>.groups[g].width)
                continue;
            ++wider[g];
            const std::span<const std::int64_t> more(wider);
            CHECK((static_cast<double>(total_cost(Params, plan<Net>, more)) > params_limit ||
                   static_cast<double>(total_cost(Ops, plan<Net>, more)) > ops_limit));
        }

        // Signs stay, and what was on its side of the threshold is as it was.
        CHECK(at::equal(at::sign(model.alpha), at::sign(before)));
        const at::Tensor same_side = (model.alpha.abs() > 0.5) == (before.abs() > 0.5);
        CHECK(at::equal(model.alpha.masked_select(same_side), before.masked_select(same_side)));

        const at::Tensor settled_alpha = model.alpha.detach().clone();
        const Settled again = model.settle();
        CHECK(again.removed + again.restored == 0);
        CHECK(at::equal(model.alpha, settled_alpha));
        CHECK(model.exported().cost<Params>() == model.cost<Params>());
    }
}

TEST_CASE("The weakest channels go first") {
    Model<Pit<Net, Cost<Params>, Duccio<Limit<without_one>>>> model;
    const at::NoGradGuard no_grad;
    model.alpha[5] = -0.6;
    model.alpha[2] = 0.7;
    const Settled settled = model.settle();
    CHECK(settled.removed == 1);
    CHECK(model.kept()[1] == std::vector<std::int64_t>{0, 1, 2, 3, 4, 6, 7});
    CHECK(model.alpha[5].item<float>() == -0.5f);
    CHECK(model.cost<Params>() == without_one);
}

TEST_CASE("Widths and kept channels") {
    Model<Halved> model;
    const at::NoGradGuard no_grad;
    CHECK(model.widths() == std::array<std::int64_t, 5>{1, 8, 12, 20, 3});
    model.alpha.fill_(0.5);
    CHECK(model.widths() == std::array<std::int64_t, 5>{1, 1, 1, 1, 3});
    model.alpha[8 + 3] = -0.51;
    CHECK(model.kept()[2] == std::vector<std::int64_t>{3, 11});
    CHECK(model.kept()[0] == std::vector<std::int64_t>{0});
    CHECK(model.cost<Params>() == 9 + 1 + 2 * 9 + 2 + 2 * 16 + 1 + 3 + 3);
    CHECK(model.summary() == "layer                    kind                  in             out\n"
                             "0                        Conv2d            1 of 1          1 of 8\n"
                             "3                        Conv2d            1 of 8         2 of 12\n"
                             "6                        Linear         32 of 192         1 of 20\n"
                             "8                        Linear           1 of 20          3 of 3\n");
    CHECK(model.cost<Ops>() == (9 + 1) * 36 + (2 * 9 + 2) * 16 + 2 * 16 + 1 + 3 + 3);
}

TEST_CASE("What does not fit is named") {
    Model<Halved> model;
    const auto text = [&](at::IntArrayRef sizes) {
        return error_of<ModelError>([&] { (void)model(at::zeros(sizes)); });
    };
    CHECK(text({2, 1, 8, 9}) == "input: found [2, 1, 8, 9], expected [N, 1, 8, 8]");
    CHECK(text({2, 3, 8, 8}) == "input: found [2, 3, 8, 8], expected [N, 1, 8, 8]");
    CHECK(text({1, 8, 8}) == "input: found [1, 8, 8], expected [N, 1, 8, 8]");
    CHECK(text({}) == "input: found [], expected [N, 1, 8, 8]");
    CHECK(text({2, 1, 8, 8}) == "no error");

    struct Color : Network<Image<3, 8, 8>, typename Net::body_type> {};
    Model<Color> color;
    const at::Tensor before = model.named_parameters()["3.weight"].detach().clone();
    CHECK(error_of<ModelError>([&] { model.load_weights(color); }) ==
          "load_weights: 0.weight: found [8, 3, 3, 3], expected [8, 1, 3, 3]");
    struct Short : Network<Image<1, 8, 8>, Sequential<Conv2d<8, Kernel<3>>, Flatten, Linear<3>>> {};
    Model<Short> shorter;
    CHECK(error_of<ModelError>([&] { model.load_weights(shorter); }) ==
          "load_weights: 1.weight: not in the source");
    CHECK(at::equal(model.named_parameters()["3.weight"], before));
    CHECK(!at::equal(model.named_parameters()["0.weight"], shorter.named_parameters()["0.weight"]));
}

TEST_CASE("Double precision") {
    Model<Halved> model;
    random_alpha(model, 1);
    Model<Halved> exact;
    exact.load_weights(model);
    {
        const at::NoGradGuard no_grad;
        exact.alpha.copy_(model.alpha);
    }
    exact.to(at::kDouble);
    const at::Tensor x = at::randn({3, 1, 8, 8});
    const at::Tensor y = model(x), y_exact = exact(x.to(at::kDouble));
    CHECK((y_exact.scalar_type() == at::kDouble));
    CHECK(difference(y.to(at::kDouble), y_exact) <= 1e-5);
    (y.sum() + model.penalty(loss(1), 1, 1)).backward();
    const at::Tensor penalty = exact.penalty(at::scalar_tensor(1.0, at::kDouble), 1, 1);
    CHECK((penalty.scalar_type() == at::kDouble));
    (y_exact.sum() + penalty).backward();
    CHECK(difference(model.alpha.grad().to(at::kDouble), exact.alpha.grad()) <= 1e-5);
    exact.eval();
    Exported<Net> found = exact.exported();
    found.eval();
    CHECK((found.named_parameters()["0.weight"].scalar_type() == at::kDouble));
    CHECK(difference(found(x.to(at::kDouble)), exact(x.to(at::kDouble))) <= 1e-14);
}

TEST_CASE("Without gradients: same output, nothing recorded, no change") {
    Model<Halved> model;
    random_alpha(model, 1);
    model.eval();
    const at::Tensor x = at::randn({3, 1, 8, 8});
    const at::Tensor recorded = model(x);
    CHECK(recorded.requires_grad());
    const at::NoGradGuard no_grad;
    const at::Tensor y = model(x);
    CHECK(!y.requires_grad());
    CHECK(at::equal(y, recorded));
    CHECK(!model.cost_tensor<Params>().requires_grad());
    CHECK(!model.penalty(loss(1), 0, 1).requires_grad());
}

TEST_CASE("A search meets its limit while it learns") {
    at::manual_seed(3);
    Model<Halved> model;
    const at::Tensor target = at::randint(0, 3, {32}, at::kLong); // the class is the brightness of the image
    const at::Tensor x = 0.5 * at::randn({32, 1, 8, 8}) + (target - 1).view({32, 1, 1, 1});
    torch::optim::SGD weights(model.weights(), 0.05), architecture(model.architecture(), 0.02);
    double first = 0, last = 0;
    for (int epoch = 0; epoch < 60; ++epoch) {
        weights.zero_grad();
        architecture.zero_grad();
        const at::Tensor task = at::cross_entropy_loss(model(x), target);
        (task + model.penalty(task, epoch, 60)).backward();
        weights.step();
        architecture.step();
        (epoch == 0 ? first : last) = task.item<double>();
    }
    CHECK(last < 0.5 * first);
    model.settle();
    CHECK(model.cost<Params>() <= full / 2);
    CHECK(model.cost<Params>() >= 0.4 * full);
    model.eval();
    Exported<Net> found = model.exported();
    found.eval();
    CHECK(difference(found(x), model(x)) <= 1e-5);
}
