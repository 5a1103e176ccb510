// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/meta/is_finite.hpp>
#include <pliny/train/recipe.hpp>

#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace pliny {
namespace detail {

/// That a text is a finite number; what is no number at all is found by others.
inline const CLI::Validator finite(
    [](const std::string& text) -> std::string {
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = error == std::errc() && end == text.data() + text.size();
        return is_number && !is_finite(number) ? "found " + text + "; expected a finite number" : "";
    },
    "");

/// Adds the options of a recipe to a command line; `searches` where there is something to search.
inline void add_options(CLI::App& app, Recipe& r, const std::vector<std::string>& datasets, bool searches) {
    const auto positive = CLI::Range(1, 1'000'000);
    const auto rate = finite & CLI::Range(1e-12, 1e3); // NaN is in every range
    const auto any = finite & CLI::NonNegativeNumber;
    const auto share = finite & CLI::Range(0.0, 1.0);
    app.option_defaults()->always_capture_default()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    app.get_formatter()->column_width(34);
    app.add_option("--dataset", r.dataset, "Data set")->check(CLI::IsMember(datasets, CLI::ignore_case));
    app.add_option("--data", r.data, "Folder of its files, if not where its package puts them");
    if (searches) {
        app.add_option("--warm-up", r.warm_up, "Epochs before the search")->check(any);
        app.add_option("--search", r.search, "Epochs of the search, the last third with its result")
            ->check(positive);
        app.add_option("--fine-tune", r.fine_tune, "Epochs after the export")->check(any);
        app.add_option("--lr-alpha", r.lr_alpha, "Learning rate of architecture parameters")->check(rate);
        app.add_option("--bilevel", r.bilevel,
                       "Hold out N training images on which alone the architecture learns; 0: none")
            ->check(any);
        app.add_flag("!--no-baseline", r.baseline, "Do not train the unpruned network on for comparison")
            ->disable_flag_override();
    } else {
        app.add_option("--epochs", r.epochs, "Epochs")->check(any);
    }
    app.add_option("--batch", r.batch, "Images per step")->check(positive);
    app.add_option("--optimizer", r.optimizer, "Optimiser")->check(CLI::IsMember({"adam", "adamw", "sgd"}));
    app.add_option("--lr", r.lr, "Learning rate of weights")->check(rate);
    app.add_option("--momentum", r.momentum, "Momentum of sgd")->check(share);
    app.add_option("--weight-decay", r.weight_decay, "Weight decay of weights")->check(any);
    app.add_option("--schedule", r.schedule, "Learning rate within a phase")
        ->check(CLI::IsMember({"constant", "cosine", "step"}));
    app.add_option("--lr-step", r.lr_step, "Schedule step: epochs between changes")->check(positive);
    app.add_option("--lr-gamma", r.lr_gamma, "Schedule step: factor of a change")->check(share);
    app.add_option("--clip-grad-norm", r.clip_grad_norm, "Largest norm of the gradients; 0: any")->check(any);
    app.add_option("--validation", r.validation,
                   "Hold out the last N training images; the best epoch on them counts")
        ->check(any);
    app.add_option("--patience", r.patience,
                   "Epochs without a better validation accuracy before a phase ends; 0: never")
        ->check(any);
    app.add_option("--crop", r.crop, "Augmentation: random crop after padding by N pixels")->check(any);
    app.add_flag("--flip", r.flip, "Augmentation: random horizontal flip")->disable_flag_override();
    app.add_option("--limit-train", r.limit_train, "Use the first N training images; 0: all")->check(any);
    app.add_option("--limit-test", r.limit_test, "Use the first N test images; 0: all")->check(any);
    app.add_option("--seed", r.seed, "Everything random follows from it");
    app.add_option("--threads", r.threads, "Threads; 0: LibTorch's default")->check(any);
    app.add_option("--device", r.device, "Where to train")->check(CLI::IsMember({"cpu", "cuda"}));
    app.add_option("--load", r.load, "Start from the weights of this file instead of random ones");
    app.add_option("--out", r.out, "Folder for reports, networks and checkpoints");
    auto* resume = app.add_flag("--resume", r.resume, "Go on from the checkpoint in --out");
    app.add_flag("--restart", r.restart, "Start anew although --out holds a checkpoint")->excludes(resume);
    app.add_flag("--quiet", r.quiet, "No progress");
}

/// Whether an option says nothing of what is trained.
inline bool is_about_the_run(const std::string& option) {
    constexpr std::string_view names[] = {"--help", "--version", "--out", "--resume", "--restart", "--quiet"};
    return std::ranges::find(names, option) != std::end(names);
}

/// What was asked for, by option: the settings of a report and of a checkpoint.
inline nlohmann::ordered_json settings(const CLI::App& app) {
    auto settings = nlohmann::ordered_json::object();
    for (const CLI::Option* option : app.get_options()) {
        const std::string name = option->get_name();
        if (is_about_the_run(name))
            continue;
        const bool flag = option->get_expected_max() == 0;
        if (flag && option->count() > 0)
            settings[name] = "yes";
        else if (!flag)
            settings[name] = option->count() > 0 ? option->as<std::string>() : option->get_default_str();
    }
    return settings;
}

/// What every option is where nobody gives it: a flag "no".
inline nlohmann::ordered_json defaults(const CLI::App& app) {
    auto defaults = nlohmann::ordered_json::object();
    for (const CLI::Option* option : app.get_options())
        if (const std::string name = option->get_name(); !is_about_the_run(name))
            defaults[name] = option->get_expected_max() == 0 ? "no" : option->get_default_str();
    return defaults;
}

/// The command line for going on: that of now and, where it says nothing, that of the checkpoint. Throws
/// FileError where an option that decides on data or their order differs.
inline std::vector<std::string> resumed_arguments(const CLI::App& app, std::vector<std::string> arguments,
                                                  const nlohmann::ordered_json& recorded,
                                                  const std::filesystem::path& checkpoint) {
    constexpr std::string_view fixed[] = {"--dataset",    "--batch",   "--seed",        "--optimizer",
                                          "--validation", "--bilevel", "--limit-train", "--load"};
    const auto now = settings(app);
    for (const auto& [name, value] : recorded.items()) {
        const std::string text = value.get<std::string>();
        const CLI::Option* option = app.get_option_no_throw(name);
        if (!option)
            file_error(checkpoint,
                       "field settings: found " + in_quotes(name) + "; expected options of this program");
        const bool given = option->count() > 0;
        if (given && now[name] != text && std::ranges::find(fixed, name) != std::end(fixed))
            file_error(checkpoint, "it belongs to another run: " + name + ": found " + in_quotes(text) +
                                       "; expected " + now[name].dump());
        if (!given && option->get_expected_max() == 0)
            arguments.push_back(name);
        else if (!given && !text.empty() && text != option->get_default_str())
            arguments.push_back(name + "=" + text);
    }
    return arguments;
}

} // namespace detail
} // namespace pliny
