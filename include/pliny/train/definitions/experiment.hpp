// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/definitions/experiment_phases.hpp>
#include <pliny/train/definitions/experiment_report.hpp>
#include <pliny/train/definitions/program.hpp>
#include <pliny/train/experiment.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace pliny::detail {

/// Throws what would go wrong with --load, --crop and --flip, before anything is written.
inline void check_start(const ExperimentSubject& subject, const ExperimentSetup& setup) {
    const Recipe& recipe = setup.recipe;
    if (!recipe.load.empty())
        load_asked(*first_network(subject), recipe.load);
    at::Tensor x, y;
    auto generator = at::make_generator<at::CPUGeneratorImpl>();
    setup.train.gather_into(x, y, at::zeros({1}, at::TensorOptions(at::kLong).device(setup.device)),
                            recipe.trainer().augmentation, generator);
}

/// Makes a folder ready for a run. A new run takes away what would show an older one there as unfinished or
/// complete; every run takes away what a killed one has left half-written.
inline void prepare_folder(const std::filesystem::path& folder, bool resume) {
    namespace fs = std::filesystem;
    fs::create_directories(folder);
    std::error_code ignored;
    if (!resume)
        for (const char* name : {"report.json", "checkpoint.safetensors", "checkpoint.previous.safetensors"})
            fs::remove(folder / name, ignored);
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(".pliny-") && name.ends_with(".tmp"))
            fs::remove(entry.path(), ignored);
    }
}

/// The loop of a run in the folder of its recipe, with the phases that it will have; with `resume`, it goes
/// on from the checkpoint there.
inline void begin_run(TrainingLoop& loop, const ExperimentSetup& setup, std::vector<std::string> phases,
                      bool resume) {
    const std::filesystem::path& out = setup.recipe.out;
    loop.validation = setup.validation;
    loop.held_out = setup.held_out;
    loop.keep_checkpoints({out, setup.owner()}, std::move(phases));
    if (resume)
        loop.resume(CheckpointFiles::read(out / CheckpointFiles::latest));
}

/// Runs all phases in the folder of the recipe and writes the reports.
inline void run_experiment(const ExperimentSubject& subject, ExperimentSetup& setup, bool resume) {
    const Recipe& recipe = setup.recipe;
    setup.search = subject.search;
    if (!resume)
        check_start(subject, setup);
    prepare_folder(recipe.out, resume);
    TrainingLoop loop(setup.train, setup.test, recipe.trainer());
    ExperimentPhases phases(subject, setup, loop);
    if (subject.searches()) {
        begin_run(loop, setup, {"warm-up", "search", "settled", "fine-tune", "baseline"}, resume);
        phases.train_first("warm-up", recipe.warm_up, "warm-up.safetensors");
        phases.search("warm-up.safetensors", "exported.safetensors");
        phases.fine_tune("exported.safetensors", "model.safetensors");
        if (recipe.baseline || subject.has_choices)
            phases.baseline("warm-up.safetensors", "baseline.safetensors");
        write_search_reports(subject, setup, loop.state);
    } else {
        begin_run(loop, setup, {"train"}, resume);
        phases.train_first("train", recipe.epochs, "model.safetensors");
        write_training_reports(subject, setup, loop.state);
    }
    loop.remove_checkpoints();
}

PLINY_INLINE int run_experiment_program(int argc, char** argv, const Recipe& defaults,
                                        const std::vector<DatasetEntry>& datasets,
                                        const ExperimentSubject& subject) {
    const ProgramEntry entry{
        .datasets = datasets,
        .searches = subject.searches(),
        .about = subject.searches() ? "Searches " + subject.search : "Trains " + subject.network,
        .record = CheckpointFiles::latest,
        .read_settings =
            [](const std::filesystem::path& file) { return CheckpointFiles::read(file).owner.settings; },
        .input = subject.input,
        .output = subject.output};
    return run_program(argc, argv, {.network = subject.network, .recipe = defaults}, entry,
                       [&](ExperimentSetup& setup) { run_experiment(subject, setup, setup.recipe.resume); });
}

} // namespace pliny::detail
