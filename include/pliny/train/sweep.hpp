// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/sweep.hpp>
#include <pliny/report/comparison.hpp>
#include <pliny/report/read_report.hpp>
#include <pliny/train/experiment.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace pliny {
namespace detail {

/// A part of a sweep: a folder of its own, complete where its report is there and no checkpoint.
template <class Run>
void run_part(const ExperimentSetup& whole, const std::string& name,
              std::vector<std::filesystem::path>& folders, const Run& run) {
    ExperimentSetup part = whole;
    part.recipe.out /= name;
    folders.push_back(part.recipe.out);
    const bool started = std::filesystem::exists(part.recipe.out / CheckpointFiles::latest);
    if (whole.recipe.resume && !started && std::filesystem::exists(part.recipe.out / "report.json"))
        return;
    if (!whole.recipe.quiet)
        std::fprintf(stderr, "%s\n", name.c_str());
    run(part, whole.recipe.resume && started);
}

/// Trains the unpruned network: the warm-up that all searches share, then on, for comparison.
template <class First, class... Hooks>
void run_unpruned(ExperimentSetup& setup, bool resume, const Hooks&... hooks) {
    using Net = typename First::network;
    const Recipe& recipe = setup.recipe;
    if (!resume)
        check_start<WarmUpModel<First>>(setup);
    prepare_folder(recipe.out, resume);
    Trainer trainer(setup.train, setup.test, recipe.trainer(), hooks...);
    trainer.validation = setup.validation;
    trainer.keep_checkpoints({recipe.out, setup.owner()}, {"warm-up", "baseline"});
    if (resume)
        trainer.resume(CheckpointFiles::read(recipe.out / CheckpointFiles::latest));
    ExperimentPhases<Net, typename First::costs, Hooks...> phases(setup, trainer);
    phases.template warm_up<First>("warm-up.safetensors");
    phases.baseline("warm-up.safetensors", "model.safetensors");
    write_training_reports<Net>(setup, trainer.state, "baseline");
    trainer.remove_checkpoints();
}

/// The folders of a sweep: the unpruned network, then every search by its first limit.
template <class... Searches>
std::vector<std::string> part_names(List<Searches...>) {
    std::vector<std::string> names{"0-unpruned"};
    const auto add = [&]<class Search>(const Search*) {
        if constexpr (Search::limits.size() > 0)
            names.push_back(joined(names.size(), "-limit-", decimals(Search::limits[0], 0)));
        else
            names.push_back(joined(names.size(), "-search"));
    };
    (add(static_cast<const Searches*>(nullptr)), ...);
    return names;
}

} // namespace detail

/// The main function of a sweep: `sweep<Sweep<SearchAtHalf, SearchAtQuarter>, FashionMnist>(argc, argv)`
/// warms up once, runs every search from there, each in a folder of its own below --out, and compares them in
/// comparison.md, comparison.html and pareto.svg. Options, checkpoints and exit codes are those of
/// `experiment`.
template <class S, class Data, class... More, class... Hooks>
int sweep(int argc, char** argv, Recipe defaults, const Hooks&... hooks) {
    using Net = typename S::network;
    const detail::ProgramEntry entry{
        .datasets = {detail::DatasetEntry::of<Data>(), detail::DatasetEntry::of<More>()...},
        .searches = true,
        .about = joined("Searches ", type_name<Net>(), " at ", S::searches::size, " limits"),
        .record = "sweep.json",
        .read_settings =
            [](const std::filesystem::path& file) {
                std::ifstream stream(file);
                const std::string text{std::istreambuf_iterator<char>(stream), {}};
                const auto json = detail::parse_json(file, "the whole", text);
                const detail::JsonFields fields(file, json);
                if (const std::string found = fields.text("sweep"); found != spelled_type<S>())
                    detail::file_error(file, "it belongs to another sweep: found " + found + "; expected " +
                                                 spelled_type<S>());
                return fields.object("settings").json();
            },
        .input = Net::input_type::shape,
        .output = output_shape<Net>};
    const auto run = [&](detail::ExperimentSetup& whole) {
        const std::filesystem::path& out = whole.recipe.out;
        const std::vector<std::string> names = detail::part_names(typename S::searches{});
        if (!whole.recipe.resume) {
            detail::check_start<detail::WarmUpModel<ItemAt<0, typename S::searches>>>(whole);
            for (const std::string& name : names)
                detail::prepare_folder(out / name, false);
        }
        detail::write_text(
            out / "sweep.json",
            nlohmann::ordered_json{{"sweep", spelled_type<S>()}, {"settings", whole.settings}}.dump(2) +
                "\n");
        std::vector<std::filesystem::path> folders;
        detail::run_part(whole, names[0], folders, [&](detail::ExperimentSetup& part, bool resume) {
            detail::run_unpruned<ItemAt<0, typename S::searches>>(part, resume, hooks...);
        });
        whole.recipe.load = folders[0] / "warm-up.safetensors";
        whole.recipe.warm_up = 0;
        whole.recipe.baseline = false;
        std::size_t number = 0;
        [&]<class... Searches>(List<Searches...>) {
            (detail::run_part(whole, names[++number], folders,
                              [&](detail::ExperimentSetup& part, bool resume) {
                                  detail::run_experiment<Searches>(part, resume, hooks...);
                              }),
             ...);
        }(typename S::searches{});
        std::vector<nlohmann::ordered_json> reports;
        for (const std::filesystem::path& folder : folders)
            reports.push_back(report::read_report(folder));
        const report::Comparison comparison = report::comparison(reports);
        detail::write_text(out / "comparison.md", comparison.markdown);
        detail::write_text(out / "comparison.html", comparison.html);
        detail::write_text(out / "pareto.svg", comparison.pareto_svg);
        std::fputs(comparison.markdown.c_str(), stdout);
        std::filesystem::remove(out / "sweep.json");
    };
    return detail::run_program(argc, argv, {.network = std::string(type_name<Net>()), .recipe = defaults},
                               entry, run);
}
template <class S, class Data, class... More>
int sweep(int argc, char** argv) {
    return sweep<S, Data, More...>(argc, argv, Recipe{});
}

} // namespace pliny
