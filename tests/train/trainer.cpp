// SPDX-License-Identifier: Apache-2.0
// The training loop: hooks, best epochs, early stopping, clipping, errors, going on after an interruption.
#include <pliny/deploy/exported.hpp>
#include <pliny/train/trainer.hpp>

#include "support/contains.hpp"
#include "support/small_search.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "train/striped_images.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct DropoutNet
    : Network<Image<1, 8, 8>,
              Sequential<Conv2d<6, Kernel<3>>, BatchNorm2d, ReLU, Flatten, Dropout, Linear<3>>> {};

} // namespace

TEST_CASE("Trainer: it learns, counts and tells its hooks") {
    const Images train = striped(320, 1), test = striped(100, 2);
    int phases = 0, batches = 0, epochs = 0, ends = 0;
    double loss_sum = 0;
    Trainer trainer(
        train, test, quiet, [&](const PhaseStarted& event) { phases += event.epochs; },
        [&](const BatchDone& event, Model<Net>& model) {
            CHECK(model.is_training());
            CHECK(event.batches == 10);
            ++batches;
            if (event.epoch == 2)
                loss_sum += event.loss.item<double>();
        },
        [&](const EpochDone& event) { epochs += event.result.epoch; }, [&](const PhaseDone&) { ++ends; });
    at::manual_seed(0);
    Model<Net> model;
    Adam optimizer({{model.parameters(), 1e-2}});
    trainer.run("train", 3, model, optimizer);
    CHECK(phases == 3);
    CHECK(batches == 30);
    CHECK(epochs == 0 + 1 + 2);
    CHECK(ends == 1);
    REQUIRE(trainer.history().size() == 3);
    CHECK(trainer.history()[2].train_loss == doctest::Approx(loss_sum / 10));
    CHECK(trainer.history()[2].test_accuracy > 90);
    CHECK(trainer.history()[2].test_accuracy == accuracy(model, test));
    CHECK(trainer.history()[2].learning_rate == 1e-2);
    CHECK_FALSE(trainer.history()[2].validation_accuracy.has_value());
    CHECK(trainer.state.curve.size() == 30); // every step, as there are fewer than 100
}

TEST_CASE("Trainer: the curve has the shares of alternatives where a model has choices") {
    struct Choosing : Model<Net> {
        int asked = 0;
        std::array<int, 2> chosen() const { return {1, 1}; }
        Thetas thetas() { return {{0.25, 0.75}, {1.0, ++asked + 0.5}}; }
    };
    const Images data = striped(64, 1);
    Choosing model;
    Adam optimizer({{model.parameters(), 1e-3}});
    Trainer trainer(data, data, quiet);
    trainer.run("search", 1, model, optimizer);
    REQUIRE(trainer.state.curve.size() == 2);
    CHECK(trainer.state.curve[0].theta == Thetas{{0.25, 0.75}, {1.0, 1.5}});
    CHECK(trainer.state.curve[1].theta == Thetas{{0.25, 0.75}, {1.0, 2.5}});

    Model<Net> plain;
    Adam its_own({{plain.parameters(), 1e-3}});
    trainer.run("train", 1, plain, its_own);
    CHECK(trainer.state.curve.back().theta.empty());
}

TEST_CASE("Trainer: the schedule counts epochs across phases that share it") {
    const Images data = striped(64, 1);
    std::vector<double> factors;
    Model<Net> model;
    Adam optimizer({{model.parameters(), 1e-3}});
    TrainerSettings settings = quiet;
    settings.schedule.kind = Schedule::Kind::Cosine;
    Trainer trainer(data, data, settings, [&](const BatchDone&) { factors.push_back(optimizer.lr_factor); });
    const auto nothing = [](const at::Tensor&, double) { return at::Tensor{}; };
    const auto no_costs = [] { return CostValues{}; };
    trainer.run(Phase{"a", 1, 0, 2}, model, optimizer, nothing, no_costs);
    trainer.run(Phase{"b", 1, 1, 2}, model, optimizer, nothing, no_costs);
    REQUIRE(factors.size() == 4);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(factors[i] ==
              doctest::Approx(0.5 * (1 + std::cos(3.14159265358979 * static_cast<double>(i) / 4))));
}

TEST_CASE("Trainer: gradients are clipped to a common norm") {
    const Images data = striped(32, 1);
    for (const double limit : {1e-3, 1e3}) {
        at::manual_seed(0);
        Model<Net> model;
        double norm = 0;
        TrainerSettings settings = quiet;
        settings.clip_grad_norm = limit;
        Trainer trainer(data, data, settings, [&](const BatchDone&) {
            for (const at::Tensor& p : model.parameters())
                norm += p.grad().pow(2).sum().item<double>();
        });
        Sgd optimizer({{model.parameters(), 1e-3}});
        trainer.run("train", 1, model, optimizer);
        norm = std::sqrt(norm);
        CHECK(norm > 0);
        if (limit < 1)
            CHECK(norm == doctest::Approx(limit).epsilon(1e-3));
        else
            CHECK(norm < limit);
    }
}

TEST_CASE("Trainer: with validation images the best epoch counts, and patience ends a phase") {
    const Images train = striped(96, 1), test = striped(50, 2);
    at::manual_seed(0);
    Model<Net> model;
    TrainerSettings settings = quiet;
    settings.patience = 2;
    std::vector<at::Tensor> weights;
    std::vector<double> scores;
    Adam optimizer({{model.parameters(), 3e-3}});
    Trainer trainer(train, test, settings, [&](const EpochDone& event, Model<Net>& now) {
        weights.push_back(all_numbers(now));
        scores.push_back(*event.result.validation_accuracy);
        if (scores.size() >= 3) // from here on it cannot learn, but move
            optimizer.groups[0].lr = 1;
    });
    trainer.validation = striped(60, 3);
    trainer.run("train", 40, model, optimizer);
    const auto best = std::ranges::max_element(scores) - scores.begin();
    CHECK(scores.size() ==
          static_cast<std::size_t>(best) + 3); // two epochs that were not better, and it ends
    CHECK(scores.size() < 40);
    CHECK(at::equal(all_numbers(model), weights[static_cast<std::size_t>(best)]));
    CHECK(accuracy(model, trainer.validation) == scores[static_cast<std::size_t>(best)]);
}

TEST_CASE("Trainer: in a search only epochs that satisfy the limits can be the best") {
    const Images train = striped(64, 1);
    for (const bool satisfied : {false, true}) {
        at::manual_seed(0);
        Model<Halved> model;
        fill(model, satisfied ? 0.1 : 1.0); // one channel a layer, or all
        Adam optimizer({{model.weights(), 1e-2}});
        Trainer trainer(train, train, quiet);
        trainer.validation = train;
        trainer.run(
            Phase{.name = "search", .epochs = 2, .may_stop = false}, model, optimizer,
            [](const at::Tensor&, double) { return at::Tensor{}; }, [] { return CostValues{}; });
        CHECK((trainer.state.position.best_epoch >= 0) == satisfied);
    }
}

TEST_CASE("Trainer: a loss that is not finite stops it and names batch and layer") {
    const Images data = striped(96, 1);
    Model<Net> model;
    Sgd optimizer({{model.parameters(), 1e-3}});
    Trainer trainer(data, data, quiet, [&](const BatchDone& event, Model<Net>& now) {
        if (event.epoch == 1 && event.batch == 1) {
            const at::NoGradGuard no_grad;
            now.named_parameters()["3.weight"].fill_(std::numeric_limits<float>::quiet_NaN());
        }
    });
    const std::string error = error_of<std::exception>([&] { trainer.run("search", 3, model, optimizer); });
    CHECK(contains(error, "search epoch 2, batch 3: the loss is nan"));
    CHECK(contains(error, "the first layer whose output is not finite is 3 (Conv2d)"));
    CHECK(contains(error, "no checkpoint was kept"));
    CHECK(trainer.history().size() == 1);
}

TEST_CASE("Trainer: what is not finite never becomes a checkpoint") {
    const TemporaryFolder folder;
    const Images data = striped(64, 1);
    Model<Net> model;
    Sgd optimizer({{model.parameters(), 1e-3}});
    Trainer trainer(data, data, quiet, [&](const BatchDone& event, Model<Net>& now) {
        if (event.epoch == 1 && event.batch == event.batches - 1) {
            const at::NoGradGuard no_grad;
            now.named_parameters()["8.bias"].fill_(std::numeric_limits<float>::infinity());
        }
    });
    trainer.keep_checkpoints({folder.path(), {}}, {"train"});
    const std::string error = error_of<std::exception>([&] { trainer.run("train", 3, model, optimizer); });
    CHECK(contains(error, "8.bias is not finite"));
    CHECK(contains(error, (folder / "checkpoint.safetensors").string()));
    CHECK(CheckpointFiles::read(folder / "checkpoint.safetensors").state.position.epoch == 1);
}

TEST_CASE("Trainer: interrupted at any batch and gone on, everything is as if nothing had happened") {
    const Images train = striped(100, 1), test = striped(40, 2);
    TrainerSettings settings = quiet;
    settings.batch = 30; // 4 batches, the last one smaller
    settings.augmentation = {.crop = 1, .flip = true};
    settings.schedule.kind = Schedule::Kind::Cosine;
    // Trains in two phases. At step `stop_at` someone presses Ctrl-C; then a new process goes on.
    const auto numbers_after = [&](auto network, auto optimizer_of, int stop_at, bool validate) {
        using M = decltype(network);
        const TemporaryFolder folder;
        TrainingState state;
        at::Tensor numbers;
        int steps = 0;
        for (bool again = true; again;) {
            at::manual_seed(static_cast<std::uint64_t>(steps)); // first 0; must not matter when it goes on
            const InterruptHandler handler;
            Trainer trainer(train, test, settings, [&](const BatchDone&) {
                if (++steps == stop_at)
                    std::raise(SIGINT);
            });
            if (validate)
                trainer.validation = test;
            trainer.keep_checkpoints({folder.path(), {}}, {"first", "second"});
            if (steps > 0)
                trainer.resume(CheckpointFiles::read(folder / "checkpoint.safetensors"));
            try {
                M model;
                auto optimizer = optimizer_of(model);
                if (trainer.reaches("first"))
                    trainer.run("first", 2, model, optimizer);
                trainer.run("second", 2, model, optimizer);
                numbers = all_numbers(model);
                state = trainer.state;
                again = false;
            } catch (const Interrupted& interrupted) {
                CHECK(interrupted.signal == SIGINT);
            }
        }
        CHECK(steps == 16);
        CHECK(state.resumed == (stop_at > 0 ? 1 : 0));
        for (const EpochResult& epoch : state.history)
            numbers =
                at::cat({numbers, at::tensor({epoch.train_loss, epoch.train_accuracy, epoch.test_accuracy,
                                              epoch.validation_accuracy.value_or(0)},
                                             at::kDouble)});
        CHECK(state.history.size() == 4);
        CHECK(state.curve.size() == 16);
        return numbers;
    };
    const auto adam = [](auto& model) { return Adam({{model.parameters(), 1e-2}}); };
    const auto momentum = [](auto& model) { return Sgd({{model.parameters(), 1e-2}}, 0.9); };
    for (const bool validate : {false, true}) {
        const at::Tensor expected = numbers_after(Model<DropoutNet>(), adam, 0, validate);
        for (int stop_at = 1; stop_at < 16; ++stop_at) {
            CAPTURE(stop_at);
            CHECK(at::equal(numbers_after(Model<DropoutNet>(), adam, stop_at, validate), expected));
        }
    }
    const at::Tensor expected = numbers_after(Model<DropoutNet>(), momentum, 0, false);
    CHECK(at::equal(numbers_after(Model<DropoutNet>(), momentum, 7, false), expected));
    CHECK_FALSE(at::equal(numbers_after(Model<DropoutNet>(), adam, 0, false), expected));
}

TEST_CASE("Trainer: a checkpoint whose tensors do not fit the model is refused by name") {
    const TemporaryFolder folder;
    const Images data = striped(64, 1);
    {
        Trainer trainer(data, data, quiet);
        trainer.keep_checkpoints({folder.path(), {}}, {"train"});
        Model<DropoutNet> model;
        Adam optimizer({{model.parameters(), 1e-2}});
        trainer.run("train", 1, model, optimizer);
    }
    Trainer trainer(data, data, quiet);
    trainer.keep_checkpoints({folder.path(), {}}, {"train"});
    trainer.resume(CheckpointFiles::read(folder / "checkpoint.safetensors"));
    Model<Net> other;
    Adam optimizer({{other.parameters(), 1e-2}});
    const std::string error = error_of<std::exception>([&] { trainer.run("train", 2, other, optimizer); });
    CHECK(contains(error, "tensor model.0.weight: found F32 [6, 1, 3, 3]; expected F32 [8, 1, 3, 3]"));

    Trainer third(data, data, quiet);
    third.keep_checkpoints({folder.path(), {}}, {"warm-up"});
    CHECK(contains(error_of<std::exception>(
                       [&] { third.resume(CheckpointFiles::read(folder / "checkpoint.safetensors")); }),
                   "found 'train'; expected one of this program's phases"));
}
