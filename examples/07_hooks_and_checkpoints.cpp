// SPDX-License-Identifier: Apache-2.0
//
// 07. Looking in, and going on after an interruption.
//
// A Trainer calls hooks: any callables that take one of its events, or an event and the model. Which hook
// takes what is known when compiling; events that nobody takes cost nothing. It also writes checkpoints,
// after every epoch and when it is interrupted (Ctrl-C); a program that goes on from one ends with the same
// weights, bit for bit, as one that was left alone. This program interrupts itself, starts again, and
// compares. `07_hooks_and_checkpoints --small` does little of everything.

#include <pliny/pliny.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string_view>

using namespace pliny;

namespace {

/// Trains for two epochs in the folder of its checkpoints; `stop_at`: the step at which Ctrl-C is pressed.
at::Tensor train(const Images& images, const Images& test, const std::filesystem::path& folder, int stop_at) {
    at::manual_seed(0);
    Model<Cnn> model;
    Adam optimizer({{model.parameters(), 1e-3}});

    int steps = 0;
    const auto on_batch = [&](const BatchDone&) {
        if (++steps == stop_at)
            std::raise(SIGINT);
    };
    const auto on_epoch = [](const EpochDone& event, Model<Cnn>& now) {
        const double norm = now.named_parameters()["9.weight"].norm().item<double>();
        std::printf("epoch %d: loss %.4f, |9.weight| = %.3f\n", event.result.epoch + 1,
                    event.result.train_loss, norm);
    };

    // The last 500 images are held out: the epoch that does best on them counts.
    const Images part = images.first(images.size() - 500);
    Trainer trainer(part, test, {.batch = 64, .seed = 1, .quiet = true}, on_batch, on_epoch);
    trainer.validation = images.slice(images.size() - 500, 500);

    // Checkpoints belong to someone: whatever is written here must be the same to go on.
    const CheckpointFiles files(folder, {.identity = {{"program", "07"}, {"network", "Cnn"}}});
    trainer.keep_checkpoints(files, {"training"});
    if (std::filesystem::exists(files.path))
        trainer.resume(CheckpointFiles::read(files.path));

    const InterruptHandler handler; // without it, Ctrl-C ends the program at once
    trainer.run("training", 2, model, optimizer);
    trainer.remove_checkpoints();
    return torch::cat({model.named_parameters()["0.weight"].flatten(), model.named_parameters()["11.bias"]});
}

} // namespace

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    const Images images = FashionMnist::train().first(small ? 1'500 : 10'000),
                 test = FashionMnist::test().first(500);
    const auto folder = std::filesystem::temp_directory_path() / "pliny_07";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);

    const at::Tensor alone = train(images, test, folder, 0);
    try {
        train(images, test, folder, 20);
    } catch (const Interrupted&) {
        std::printf("interrupted; once more\n");
    }
    const at::Tensor resumed = train(images, test, folder, 0);
    std::filesystem::remove_all(folder);

    const bool same = at::equal(alone, resumed);
    std::printf("interrupted and gone on, the weights are %s\n",
                same ? "the same, bit for bit" : "DIFFERENT");
    return same ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "07_hooks_and_checkpoints: %s\n", error.what());
    return 1;
}
