// SPDX-License-Identifier: Apache-2.0
// Training with examples that are no images, with losses that have no accuracy, and what is refused; how
// latencies are taken.
#include <pliny/core.hpp>
#include <pliny/nn/model.hpp>
#include <pliny/train/trainer.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "train/striped_images.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Regressor : Network<Features<4>, Sequential<Linear<16>, ReLU, Linear<1>>> {};
struct Classifier : Network<Features<4>, Sequential<Linear<16>, ReLU, Linear<3>>> {};

/// Random vectors and the sum of each.
Examples sums(std::int64_t count, std::uint64_t seed) {
    at::manual_seed(seed);
    const at::Tensor x = at::randn({count, 4});
    return {x, x.sum(1), 0, "sums"};
}
/// Random vectors and the place of the largest of three.
Examples places(std::int64_t count, std::uint64_t seed) {
    at::manual_seed(seed);
    const at::Tensor x = at::randn({count, 4});
    return {x, x.narrow(1, 0, 3).argmax(1), 3, "places"};
}

TrainerSettings small_batches() {
    TrainerSettings settings = quiet;
    settings.batch = 8;
    return settings;
}

std::string error(const Examples& train, const Examples& test, const TrainerSettings& settings) {
    Model<Classifier> model;
    Adam optimizer({{model.parameters(), 1e-2}});
    return error_of<std::exception>([&] {
        Trainer trainer(train, test, settings);
        trainer.run("train", 1, model, optimizer);
    });
}

} // namespace

TEST_CASE("Trainer: vectors of numbers, a loss without accuracy, the epoch of the smallest one counts") {
    TrainerSettings settings = small_batches();
    settings.loss = Loss::mse();
    at::manual_seed(0);
    Model<Regressor> model;
    Adam optimizer({{model.parameters(), 3e-2}});
    std::vector<at::Tensor> weights;
    const Examples train = sums(128, 1), test = sums(50, 2), validation = sums(40, 3);
    Trainer trainer(train, test, settings, [&](const EpochDone&, Model<Regressor>& now) {
        weights.push_back(all_numbers(now));
        if (weights.size() == 6)
            optimizer.groups[0].lr = 2; // from here on it gets worse
    });
    trainer.validation = validation;
    trainer.run("train", 9, model, optimizer);
    REQUIRE(trainer.history().size() == 9);
    std::vector<double> scores;
    for (const EpochResult& epoch : trainer.history()) {
        scores.push_back(*epoch.validation_accuracy);
        CHECK(epoch.train_accuracy ==
              doctest::Approx(epoch.train_loss).epsilon(1e-6)); // both are the mean loss
    }
    const auto best = std::ranges::min_element(scores) - scores.begin();
    CHECK(scores[static_cast<std::size_t>(best)] < 0.2 * scores[0]);
    CHECK(scores.back() > 2 * scores[static_cast<std::size_t>(best)]);
    CHECK(at::equal(all_numbers(model), weights[static_cast<std::size_t>(best)]));
    CHECK(score(model, validation, Loss::mse()) == scores[static_cast<std::size_t>(best)]);
    model.eval();
    const at::NoGradGuard no_grad;
    CHECK(score(model, test, Loss::mse()) ==
          doctest::Approx((model(test.inputs).flatten() - test.targets).square().mean().item<double>())
              .epsilon(1e-6));
}

TEST_CASE("Trainer: vectors and classes, going on from a checkpoint gives the same bits") {
    const Examples train = places(96, 1), test = places(40, 2);
    const auto trained = [&](bool stopped) {
        const TemporaryFolder folder;
        for (bool again = false;; again = true) {
            at::manual_seed(0);
            Model<Classifier> model;
            Adam optimizer({{model.parameters(), 1e-2}});
            int steps = 0;
            Trainer trainer(train, test, small_batches(), [&](const BatchDone&) {
                if (stopped && !again && ++steps == 17)
                    throw Interrupted(2);
            });
            trainer.keep_checkpoints({folder.path(), {}}, {"train"});
            if (again)
                trainer.resume(CheckpointFiles::read(folder / "checkpoint.safetensors"));
            try {
                trainer.run("train", 3, model, optimizer);
            } catch (const Interrupted&) {
                continue;
            }
            CHECK(trainer.history().back().test_accuracy == accuracy(model, test));
            CHECK(trainer.history().back().test_accuracy > 50);
            return all_numbers(model);
        }
    };
    CHECK(at::equal(trained(true), trained(false)));
}

TEST_CASE("Trainer: what cannot be trained with is refused in a sentence") {
    const Examples good = places(32, 1);
    Examples bad = good;
    bad.targets = good.targets.clone();
    bad.targets[5] = 3;
    CHECK(error(bad, good, quiet) ==
          "examples: found label 3 at index 5; expected 0 to 2, as there are 3 classes");
    CHECK(error(good, bad, quiet) ==
          "examples: found label 3 at index 5; expected 0 to 2, as there are 3 classes");
    bad = good;
    bad.inputs = good.inputs.clone();
    bad.inputs[7][2] = std::numeric_limits<float>::quiet_NaN();
    CHECK(error(bad, good, quiet).find("nan") != std::string::npos);
    bad.inputs = good.inputs.to(at::kDouble);
    CHECK(error(bad, good, quiet).find("from_tensors() converts others") != std::string::npos);
    TrainerSettings settings = quiet;
    settings.loss = Loss::mse();
    CHECK(
        error(good, good, settings) ==
        "places: mse finds 3 classes; expected numbers, float32 [N] or [N, K], as targets, or another loss");
    Examples four = good;
    four.classes = 4;
    CHECK(error(four, four, quiet) ==
          "places: cross-entropy finds outputs of shape [3] for 4 classes; expected [4]");
    settings.batch = 0;
    CHECK(error(good, good, settings) == "batch size 0: expected at least 1");
}

TEST_CASE("latencies: in turn, until they are steady, and what is not steady says so") {
    std::vector<int> order;
    const auto fake = [&](int number, std::vector<double> seconds) {
        return [&order, number, seconds, next = std::size_t{0}]() mutable {
            order.push_back(number);
            return seconds[next++ % seconds.size()];
        };
    };
    const auto calm = pliny::detail::interleaved({fake(0, {0.010}), fake(1, {0.020})}, 0.5, 5);
    REQUIRE(calm.size() == 2);
    CHECK(calm[0].median_ms == doctest::Approx(10));
    CHECK(calm[1].median_ms == doctest::Approx(20));
    CHECK((calm[0].steady && calm[1].steady));
    CHECK(calm[0].rounds == 21);         // 21 rounds take 0.63 s
    CHECK(order.size() == 2 * (1 + 21)); // and one before, which does not count
    for (std::size_t i = 0; i < order.size(); ++i)
        CHECK(order[i] == static_cast<int>(i % 2));

    const auto loud = pliny::detail::interleaved({fake(0, {0.010, 0.030, 0.010, 0.050})}, 0.5, 3);
    CHECK_FALSE(loud[0].steady);
    CHECK(loud[0].minimum_ms == doctest::Approx(10));
    CHECK(loud[0].spread > 0.1);

    const auto slow = pliny::detail::interleaved({fake(0, {9.0})}, 0.5, 5);
    CHECK(slow[0].rounds == 1);
    CHECK(slow[0].median_ms == doctest::Approx(9000));
    CHECK_FALSE(slow[0].steady);
}
