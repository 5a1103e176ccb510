// SPDX-License-Identifier: Apache-2.0
// Bilevel phases: what the architecture learns from and what the weights learn from, and going on with them.
#include <pliny/deploy/exported.hpp>
#include <pliny/train/trainer.hpp>

#include "support/small_search.hpp"
#include "support/temporary_folder.hpp"
#include "train/striped_images.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <map>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

constexpr Phase search(int epochs) {
    return {.name = "search", .epochs = epochs, .may_stop = false, .bilevel = true};
}
const auto no_costs = [] { return CostValues{}; };

/// Weights and architecture parameters after one step on these images, and the penalty of that step.
struct BilevelLearned {
    at::Tensor weights, alpha;
    double penalty;
};
BilevelLearned learned(const Images& train, const Images& held_out, bool bilevel = true) {
    at::manual_seed(4);
    Model<Halved> model;
    Sgd optimizer({{model.weights(), 1e-2}, {model.architecture(), 1e-2}});
    Trainer trainer(train, train, quiet);
    trainer.held_out = held_out;
    Phase phase = search(1);
    phase.bilevel = bilevel;
    trainer.run(
        phase, model, optimizer,
        [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, 1); }, no_costs);
    std::vector<at::Tensor> weights;
    for (const at::Tensor& weight : model.weights())
        weights.push_back(weight.detach().flatten());
    return {at::cat(weights), model.alpha.detach().clone(), trainer.history()[0].penalty};
}

Images relabelled(Images images) {
    images.labels = (images.labels + 1) % 3;
    return images;
}

/// A search model that notes which images it sees while it trains, by the brightness of each.
struct Watched : Model<Halved> {
    struct Seen {
        std::vector<std::int64_t> images;
        bool weights, architecture;
    };
    std::vector<Seen> seen;

    at::Tensor operator()(const at::Tensor& x) {
        if (is_training()) {
            const at::Tensor bytes = x.select(1, 0).select(1, 0).select(1, 0).mul(255).round().to(at::kLong);
            const auto* first = bytes.const_data_ptr<std::int64_t>();
            seen.push_back(
                {{first, first + bytes.size(0)}, weights()[0].requires_grad(), alpha.requires_grad()});
        }
        return forward(x);
    }
};

/// `count` images, each of one brightness, from `first` on.
Images numbered(std::int64_t first, std::int64_t count) {
    const at::Tensor numbers = at::arange(first, first + count, at::kLong);
    return {numbers.to(at::kByte).view({count, 1, 1, 1}).expand({count, 1, 8, 8}).contiguous(), numbers % 3,
            3};
}

} // namespace

TEST_CASE("bilevel: the architecture learns from images held out, the weights from the others") {
    const Images train = striped(32, 1), held_out = striped(32, 2); // one batch each
    const BilevelLearned one = learned(train, held_out);
    CHECK(one.penalty > 0);

    const BilevelLearned other_train = learned(relabelled(train), held_out);
    CHECK(at::equal(other_train.alpha, one.alpha));
    CHECK_FALSE(at::equal(other_train.weights, one.weights));
    CHECK(other_train.penalty == one.penalty);

    const BilevelLearned other_held_out = learned(train, relabelled(held_out));
    CHECK_FALSE(at::equal(other_held_out.alpha, one.alpha));
    CHECK(at::equal(other_held_out.weights, one.weights)); // no mask has changed in one step

    const BilevelLearned together = learned(train, held_out, false);
    CHECK_FALSE(at::equal(together.alpha, one.alpha));
    CHECK(at::equal(together.weights, one.weights));
    CHECK(at::equal(learned(train, relabelled(held_out), false).alpha, together.alpha));
}

TEST_CASE("bilevel: two steps a batch, images held out come again in turn") {
    const Images train = numbered(0, 70), held_out = numbered(100, 20);
    Watched model;
    Adam optimizer({{model.weights(), 1e-3}, {model.architecture(), 1e-3}});
    Trainer trainer(train, train, quiet); // batches of 32, 32 and 6
    trainer.held_out = held_out;
    trainer.run(
        search(2), model, optimizer, [](const at::Tensor&, double) { return at::Tensor{}; }, no_costs);

    REQUIRE(model.seen.size() == 2 * 2 * 3);
    std::map<std::int64_t, int> times;
    for (std::size_t i = 0; i < model.seen.size(); ++i) {
        const Watched::Seen& step = model.seen[i];
        const bool of_architecture = i % 2 == 0;
        CHECK(step.architecture == of_architecture);
        CHECK(step.weights == !of_architecture);
        CHECK(step.images.size() == (i % 6 < 4 ? 32 : 6));
        for (const std::int64_t image : step.images) {
            CHECK((image >= 100) == of_architecture);
            ++times[image];
        }
    }
    CHECK(times.size() == 70 + 20);
    for (const auto& [image, count] : times) {
        CAPTURE(image);
        if (image < 100)
            CHECK(count == 2); // once an epoch
        else
            CHECK((count >= 6 && count <= 8)); // 70 of 20 are 3 or 4 times an epoch
    }
    CHECK(model.seen[0].images != model.seen[6].images); // another order in every epoch
}

TEST_CASE("bilevel: interrupted at any batch and gone on, everything is as if nothing had happened") {
    const Images train = striped(100, 1), test = striped(40, 2), held_out = striped(50, 3);
    TrainerSettings settings = quiet;
    settings.batch = 30; // 4 batches, the last one smaller
    settings.augmentation = {.crop = 1, .flip = true};
    settings.schedule.kind = Schedule::Kind::Cosine;
    settings.clip_grad_norm = 1;
    const auto numbers_after = [&](int stop_at) {
        const TemporaryFolder folder;
        int steps = 0;
        while (true) {
            const InterruptHandler handler;
            Trainer trainer(train, test, settings, [&](const BatchDone&) {
                if (++steps == stop_at)
                    std::raise(SIGINT);
            });
            trainer.held_out = held_out;
            trainer.keep_checkpoints({folder.path(), {}}, {"search"});
            if (steps > 0)
                trainer.resume(CheckpointFiles::read(folder / "checkpoint.safetensors"));
            at::manual_seed(9);
            Model<Halved> model;
            Adam optimizer({{model.weights(), 1e-2}, {model.architecture(), 0.1}});
            try {
                trainer.run(
                    search(3), model, optimizer,
                    [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, 3); },
                    [&] {
                        return CostValues{{"params", model.cost<Params>()}};
                    });
            } catch (const Interrupted&) {
                continue;
            }
            CHECK(steps == 12);
            CHECK(trainer.state.curve.back().cost[0].second < full); // it does search
            std::vector<double> more;
            for (const EpochResult& epoch : trainer.history())
                more.insert(more.end(), {epoch.train_loss, epoch.train_accuracy, epoch.penalty});
            return at::cat({all_numbers(model), at::tensor(more, at::kDouble)});
        }
    };
    const at::Tensor expected = numbers_after(0);
    for (int stop_at = 1; stop_at < 12; ++stop_at) {
        CAPTURE(stop_at);
        CHECK(at::equal(numbers_after(stop_at), expected));
    }
}

TEST_CASE("bilevel: a model without an architecture trains as ever") {
    const Images train = striped(64, 1);
    const auto after = [&](bool bilevel) {
        at::manual_seed(0);
        Model<Net> model;
        Adam optimizer({{model.parameters(), 1e-2}});
        Trainer trainer(train, train, quiet);
        trainer.held_out = striped(32, 2);
        trainer.run(
            Phase{.name = "train", .epochs = 2, .bilevel = bilevel}, model, optimizer,
            [](const at::Tensor&, double) { return at::Tensor{}; }, no_costs);
        return all_numbers(model);
    };
    CHECK(at::equal(after(true), after(false)));
}
