// SPDX-License-Identifier: Apache-2.0
// The search model: phases, settling, widths, errors.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "support/small_search.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include <cmath>
#include <limits>

using namespace pliny;
using namespace pliny::testing;

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
    CHECK(model.summary() == "layer                    kind                    in             out\n"
                             "0                        Conv2d 3x3          1 of 1          1 of 8\n"
                             "3                        Conv2d 3x3          1 of 8         2 of 12\n"
                             "6                        Linear           32 of 192         1 of 20\n"
                             "8                        Linear             1 of 20          3 of 3\n");
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
