// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/comparison.hpp>
#include <pliny/report/read_report.hpp>
#include <pliny/train/definitions/experiment.hpp>
#include <pliny/train/sweep.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

namespace pliny::detail {

/// A part of a sweep: a folder of its own, complete where its report is there and no checkpoint.
inline void run_part(const ExperimentSetup& whole, const std::string& name,
                     const std::function<void(ExperimentSetup& part, bool resume)>& run) {
    ExperimentSetup part = whole;
    part.recipe.out /= name;
    const bool started = std::filesystem::exists(part.recipe.out / CheckpointFiles::latest);
    if (whole.recipe.resume && !started && std::filesystem::exists(part.recipe.out / "report.json"))
        return;
    if (!whole.recipe.quiet)
        std::fprintf(stderr, "%s\n", name.c_str());
    run(part, whole.recipe.resume && started);
}

/// Trains the unpruned network: the warm-up that all searches share, then on, for comparison.
inline void run_unpruned(const ExperimentSubject& first, ExperimentSetup& setup, bool resume) {
    const Recipe& recipe = setup.recipe;
    if (!resume)
        check_start(first, setup);
    prepare_folder(recipe.out, resume);
    TrainingLoop loop(setup.train, setup.test, recipe.trainer());
    begin_run(loop, setup, {"warm-up", "baseline"}, resume);
    ExperimentPhases phases(first, setup, loop);
    phases.train_first("warm-up", recipe.warm_up, "warm-up.safetensors");
    phases.baseline("warm-up.safetensors", "model.safetensors");
    write_training_reports(first, setup, loop.state, "baseline");
    loop.remove_checkpoints();
}

/// The folders of a sweep: the unpruned network, then every search by its first limit.
inline std::vector<std::string> part_names(const std::vector<ExperimentSubject>& subjects) {
    std::vector<std::string> names{"0-unpruned"};
    for (const ExperimentSubject& subject : subjects)
        names.push_back(subject.limits.empty()
                            ? joined(names.size(), "-search")
                            : joined(names.size(), "-limit-", decimals(subject.limits[0], 0)));
    return names;
}

/// The settings of an unfinished sweep; FileError where it is another one.
inline nlohmann::ordered_json sweep_settings(const std::filesystem::path& file, const std::string& sweep) {
    std::ifstream stream(file);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const auto json = parse_json(file, "the whole", text);
    const JsonFields fields(file, json);
    if (const std::string found = fields.text("sweep"); found != sweep)
        file_error(file, "it belongs to another sweep: found " + found + "; expected " + sweep);
    return fields.object("settings").json();
}

inline void run_sweep(ExperimentSetup& whole, const std::string& sweep,
                      const std::vector<ExperimentSubject>& subjects) {
    const std::filesystem::path& out = whole.recipe.out;
    const std::vector<std::string> names = part_names(subjects);
    if (!whole.recipe.resume) {
        check_start(subjects[0], whole);
        for (const std::string& name : names)
            prepare_folder(out / name, false);
    }
    write_text(out / "sweep.json",
               nlohmann::ordered_json{{"sweep", sweep}, {"settings", whole.settings}}.dump(2) + "\n");
    run_part(whole, names[0],
             [&](ExperimentSetup& part, bool resume) { run_unpruned(subjects[0], part, resume); });
    whole.recipe.load = out / names[0] / "warm-up.safetensors";
    whole.recipe.warm_up = 0;
    whole.recipe.baseline = false;
    for (std::size_t i = 0; i < subjects.size(); ++i)
        run_part(whole, names[i + 1],
                 [&](ExperimentSetup& part, bool resume) { run_experiment(subjects[i], part, resume); });
    std::vector<nlohmann::ordered_json> reports;
    for (const std::string& name : names)
        reports.push_back(report::read_report(out / name));
    const report::Comparison comparison = report::comparison(reports);
    write_text(out / "comparison.md", comparison.markdown);
    write_text(out / "comparison.html", comparison.html);
    write_text(out / "pareto.svg", comparison.pareto_svg);
    std::fputs(comparison.markdown.c_str(), stdout);
    std::filesystem::remove(out / "sweep.json");
}

PLINY_INLINE int run_sweep_program(int argc, char** argv, const Recipe& defaults,
                                   const std::vector<DatasetEntry>& datasets, const std::string& sweep,
                                   const std::vector<ExperimentSubject>& subjects) {
    const ProgramEntry entry{
        .datasets = datasets,
        .searches = true,
        .about = joined("Searches ", subjects[0].network, " at ", subjects.size(), " limits"),
        .record = "sweep.json",
        .read_settings = [&](const std::filesystem::path& file) { return sweep_settings(file, sweep); },
        .input = subjects[0].input,
        .output = subjects[0].output};
    return run_program(argc, argv, {.network = subjects[0].network, .recipe = defaults}, entry,
                       [&](ExperimentSetup& whole) { run_sweep(whole, sweep, subjects); });
}

} // namespace pliny::detail
