// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/type_name.hpp>
#include <pliny/train/experiment_phases.hpp>
#include <pliny/train/experiment_report.hpp>
#include <pliny/train/memory.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

namespace pliny {
namespace detail {

/// What a program trains: a network, or what a search has for one.
template <class X>
struct Subject {
    using network = typename X::network;
    using costs = typename X::costs;
    using start = WarmUpModel<X>;
    static constexpr bool searches = true;
};
template <DescribedNetwork Net>
struct Subject<Net> {
    using network = Net;
    using costs = Cost<Params, Ops>;
    using start = Model<Net>;
    static constexpr bool searches = false;
};

/// Throws what would go wrong with --load, --crop and --flip, before anything is written.
template <class M>
void check_start(const ExperimentSetup& setup) {
    const Recipe& recipe = setup.recipe;
    if (!recipe.load.empty()) {
        M model;
        load_asked(model, recipe.load);
    }
    at::Tensor x, y;
    auto generator = at::make_generator<at::CPUGeneratorImpl>();
    setup.train.gather_into(x, y, at::zeros({1}, setup.train.labels.options()), recipe.trainer().augmentation,
                            generator);
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

/// Runs all phases of X in the folder of the recipe and writes the reports; with `resume`, goes on from the
/// checkpoint there.
template <class X, class... Hooks>
void run_experiment(ExperimentSetup& setup, bool resume, const Hooks&... hooks) {
    using Net = typename Subject<X>::network;
    const Recipe& recipe = setup.recipe;
    if constexpr (Subject<X>::searches)
        setup.search = spelled_type<X>();
    if (!resume)
        check_start<typename Subject<X>::start>(setup);
    prepare_folder(recipe.out, resume);
    Trainer trainer(setup.train, setup.test, recipe.trainer(), hooks...);
    trainer.validation = setup.validation;
    trainer.held_out = setup.held_out;
    std::vector<std::string> order{"train"};
    if constexpr (Subject<X>::searches)
        order = {"warm-up", "search", "settled", "fine-tune", "baseline"};
    trainer.keep_checkpoints({recipe.out, setup.owner()}, order);
    if (resume)
        trainer.resume(CheckpointFiles::read(recipe.out / CheckpointFiles::latest));
    ExperimentPhases<Net, typename Subject<X>::costs, Hooks...> phases(setup, trainer);
    if constexpr (Subject<X>::searches) {
        phases.template warm_up<X>("warm-up.safetensors");
        phases.template search<X>("warm-up.safetensors", "exported.safetensors");
        phases.template fine_tune<X>("exported.safetensors", "model.safetensors");
        if (recipe.baseline || has_choices<Net>())
            phases.baseline("warm-up.safetensors", "baseline.safetensors");
        write_search_reports<X>(setup, trainer.state);
    } else {
        phases.train("train", recipe.epochs, "model.safetensors");
        write_training_reports<Net>(setup, trainer.state);
    }
    trainer.remove_checkpoints();
}

/// What a program knows before its command line is read.
struct ProgramEntry {
    std::vector<DatasetEntry> datasets;
    bool searches;
    std::string about;
    std::string_view record; // the file in --out that shows an unfinished run
    nlohmann::ordered_json (*read_settings)(const std::filesystem::path& record);
    Shape input, output;
};

/// Throws TrainingError where --out, --resume and --restart contradict each other; with --resume, options
/// that are not given become those of the run that is gone on with.
inline void take_up(CLI::App& app, const Recipe& recipe, const ProgramEntry& entry,
                    const std::vector<std::string>& arguments) {
    const std::filesystem::path record = recipe.out / entry.record;
    const bool exists = std::filesystem::exists(record);
    if (exists && !recipe.resume && !recipe.restart)
        throw TrainingError(record.string() +
                            ": an unfinished run; --resume goes on with it, --restart starts anew");
    if (!recipe.resume)
        return;
    if (!exists)
        throw TrainingError(record.string() + ": not there; there is nothing to resume");
    std::vector<std::string> again = resumed_arguments(app, arguments, entry.read_settings(record), record);
    std::ranges::reverse(again); // as CLI11 wants them
    app.parse(again);
}

/// The main function of a program: command line, data, `run(setup)`, exit code.
template <class Run>
int run_program(int argc, char** argv, ExperimentSetup setup, const ProgramEntry& entry, const Run& run) {
    setup.program = std::filesystem::path(argv[0]).filename().string();
    Recipe& recipe = setup.recipe;
    std::vector<std::string> names;
    for (const DatasetEntry& dataset : entry.datasets)
        names.emplace_back(dataset.name);
    recipe.dataset = names[0];
    CLI::App app(entry.about, setup.program);
    add_options(app, recipe, names, entry.searches);
    app.set_version_flag("--version",
                         joined(setup.program, ", pliny ", version, ", LibTorch ", TORCH_VERSION));
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        take_up(app, recipe, entry, arguments);
        if (recipe.patience > 0 && recipe.validation == 0) {
            std::fprintf(stderr, "%s: --patience needs --validation\n", setup.program.c_str());
            return 2;
        }
        const InterruptHandler handler;
        keep_freed_memory();
        if (recipe.threads > 0)
            at::set_num_threads(recipe.threads);
        setup.settings = settings(app);
        setup.command = setup.program;
        for (const std::string& argument : arguments)
            setup.command += " " + argument;
        setup.device = device_named(recipe.device);
        load_images(setup, entry.datasets, entry.input, entry.output);
        std::filesystem::create_directories(recipe.out);
        run(setup);
        return 0;
    } catch (const Interrupted& interrupted) {
        std::fprintf(stderr, "%s: stopped; the same command with --resume goes on\n", setup.program.c_str());
        return 128 + interrupted.signal;
    } catch (const CLI::ParseError& error) {
        std::fprintf(stderr, "%s: the settings of the checkpoint: %s\n", setup.program.c_str(), error.what());
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", setup.program.c_str(), error.what());
        return 1;
    }
}

} // namespace detail

/// The main function of an experiment: `experiment<Search, FashionMnist, Mnist>(argc, argv)` searches in
/// phases warm-up, search, fine-tuning and, for comparison, training of the unpruned network on;
/// `experiment<Net,
/// ...>` trains Net. --dataset chooses among the data sets, the first is the default.
///
/// Writes reports, networks and, on the way, checkpoints into --out (docs/experiments.md). `defaults`: those
/// of the options. `hooks` are called with the events that they take (events.hpp). Returns 0; 1 where
/// something failed; 2 for a wrong command line; 130 after Ctrl-C, 143 after SIGTERM, when all is saved for
/// --resume.
template <class X, class Data, class... More, class... Hooks>
int experiment(int argc, char** argv, Recipe defaults, const Hooks&... hooks) {
    using Subject = detail::Subject<X>;
    using Net = typename Subject::network;
    const detail::ProgramEntry entry{
        .datasets = {detail::DatasetEntry::of<Data>(), detail::DatasetEntry::of<More>()...},
        .searches = Subject::searches,
        .about = (Subject::searches ? "Searches " : "Trains ") + spelled_type<X>(),
        .record = CheckpointFiles::latest,
        .read_settings =
            [](const std::filesystem::path& file) { return CheckpointFiles::read(file).owner.settings; },
        .input = Net::input_type::shape,
        .output = output_shape<Net>};
    return detail::run_program(argc, argv, {.network = std::string(type_name<Net>()), .recipe = defaults},
                               entry, [&](detail::ExperimentSetup& setup) {
                                   detail::run_experiment<X>(setup, setup.recipe.resume, hooks...);
                               });
}
template <class X, class Data, class... More>
int experiment(int argc, char** argv) {
    return experiment<X, Data, More...>(argc, argv, Recipe{});
}

} // namespace pliny
