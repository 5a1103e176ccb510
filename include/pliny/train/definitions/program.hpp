// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/classic_locale.hpp>
#include <pliny/meta/version.hpp>
#include <pliny/report/command.hpp>
#include <pliny/train/checkpoint.hpp>
#include <pliny/train/definitions/experiment_setup.hpp>
#include <pliny/train/definitions/recipe_options.hpp>
#include <pliny/train/folder_lock.hpp>
#include <pliny/train/interrupt.hpp>
#include <pliny/train/memory.hpp>

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny::detail {

/// What a program knows before its command line is read.
struct ProgramEntry {
    std::vector<DatasetEntry> datasets;
    bool searches;
    std::string about;
    std::string_view record; // the file in --out that shows an unfinished run
    std::function<nlohmann::ordered_json(const std::filesystem::path& record)> read_settings;
    Shape input, output;
};

/// Checks that --out, --resume and --restart do not contradict each other, or throws TrainingError; with
/// --resume, options that are not given become those of the run that is gone on with.
inline void take_up(CLI::App& app, const Recipe& recipe, const ProgramEntry& entry,
                    const std::vector<std::string>& arguments) {
    FolderLock::check_free(recipe.out);
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
inline int run_program(int argc, char** argv, ExperimentSetup setup, const ProgramEntry& entry,
                       const std::function<void(ExperimentSetup&)>& run) {
    setup.program = std::filesystem::path(argv[0]).filename().string();
    Recipe& recipe = setup.recipe;
    std::vector<std::string> names;
    for (const DatasetEntry& dataset : entry.datasets)
        names.emplace_back(dataset.name);
    recipe.dataset = names[0];
    const ClassicLocale classic; // CLI11 reads numbers as the locale writes them
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
        setup.defaults = defaults(app);
        setup.command =
            report::command_line(setup.program, setup.settings, setup.defaults, recipe.out.string());
        setup.device = device_named(recipe.device);
        load_examples(setup, entry.datasets, entry.input, entry.output);
        std::filesystem::create_directories(recipe.out);
        const FolderLock lock(recipe.out);
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

} // namespace pliny::detail
