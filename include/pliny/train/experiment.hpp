// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/type_name.hpp>
#include <pliny/train/memory.hpp>
#include <pliny/train/report.hpp>

#include <CLI/CLI.hpp>

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

namespace pliny {

/// How an experiment runs; the defaults are those that --help prints.
struct Recipe {
    int warm_up = 2;
    int search = 3;
    int fine_tune = 2;
    std::int64_t batch = 128;
    double lr = 1e-3;
    double lr_alpha = 1e-2;
    std::string optimizer = "adam";
    std::int64_t limit_train = 0; // images; 0: all
    std::int64_t limit_test = 0;
    std::uint64_t seed = 0;
    int threads = 0; // 0: LibTorch's default
    bool baseline = true;
    bool quiet = false;
    std::filesystem::path data;
    std::filesystem::path out = "out";

    /// The architecture settles after two thirds of the search; the last third trains the weights for it.
    int settled() const { return search / 3; }
};

namespace detail {

/// Adds the options of a recipe to a command line.
inline void add_options(CLI::App& app, Recipe& recipe) {
    app.option_defaults()->always_capture_default();
    app.add_option("--data", recipe.data, "Folder of the data set, if not where its package puts it");
    app.add_option("--warm-up", recipe.warm_up, "Epochs before the search")->check(CLI::NonNegativeNumber);
    app.add_option("--search", recipe.search, "Epochs of the search, the last third with its result")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--fine-tune", recipe.fine_tune, "Epochs after the export")->check(CLI::NonNegativeNumber);
    app.add_option("--batch", recipe.batch, "Images per step")->check(CLI::Range(1, 1'000'000));
    app.add_option("--lr", recipe.lr, "Learning rate of weights")->check(CLI::Range(1e-12, 1e3));
    app.add_option("--lr-alpha", recipe.lr_alpha, "Learning rate of architecture parameters")
        ->check(CLI::Range(1e-12, 1e3));
    app.add_option("--optimizer", recipe.optimizer, "adam or sgd")->check(CLI::IsMember({"adam", "sgd"}));
    app.add_option("--limit-train", recipe.limit_train, "Use the first N training images; 0: all")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--limit-test", recipe.limit_test, "Use the first N test images; 0: all")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--seed", recipe.seed, "Everything random follows from it");
    app.add_option("--threads", recipe.threads, "Threads; 0: LibTorch's default")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--out", recipe.out, "Folder for report.json, model.safetensors, found.hpp, summary.txt");
    app.add_flag("!--no-baseline", recipe.baseline, "Do not train the unpruned network on for comparison");
    app.add_flag("--quiet", recipe.quiet, "No progress");
}

template <class Optimizer, class Search, class Data>
void run_experiment(const std::string& program, const Recipe& recipe) {
    using Net = typename Search::network;
    std::filesystem::path folder = recipe.data;
    if constexpr (requires { Data::default_folder; })
        folder = folder.empty() ? std::filesystem::path(Data::default_folder) : folder;
    if (folder.empty())
        throw DatasetError(joined(Data::name, ": give the folder of its files as --data"));
    Images train = Data::train(folder), test = Data::test(folder);
    if (recipe.limit_train > 0)
        train = train.first(recipe.limit_train);
    if (recipe.limit_test > 0)
        test = test.first(recipe.limit_test);
    std::filesystem::create_directories(recipe.out);

    at::manual_seed(recipe.seed);
    Trainer trainer(train, test, recipe.batch, recipe.seed, recipe.quiet);
    Model<Search> model;
    model.train_weights_only();
    {
        Optimizer weights({{model.weights(), recipe.lr}});
        trainer.run("warm-up", recipe.warm_up, model, weights);
    }

    Model<Net> plain;
    plain.load_weights(model);

    model.train_both();
    {
        Optimizer both({{model.weights(), recipe.lr}, {model.architecture(), recipe.lr_alpha}});
        const int epochs = recipe.search - recipe.settled();
        trainer.run("search", epochs, model, both,
                    [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });
        const Settled settled = model.settle();
        if (!recipe.quiet)
            std::fprintf(stderr, "settled: %d channels removed, %d restored\n", settled.removed,
                         settled.restored);
        model.train_weights_only();
        trainer.run("settled", recipe.settled(), model, both);
    }
    const double search_accuracy = accuracy(model, test);
    const std::vector<LimitReport> limits = model.limits();
    Exported<Net> found = model.exported();
    const double exported_accuracy = accuracy(found, test);
    {
        Optimizer weights({{found.parameters(), recipe.lr}});
        trainer.run("fine-tune", recipe.fine_tune, found, weights);
    }
    if (recipe.baseline) {
        Optimizer weights({{plain.parameters(), recipe.lr}});
        trainer.run("baseline", recipe.search + recipe.fine_tune, plain, weights);
    }

    save(plain, recipe.out / "baseline.safetensors");
    Exported<Net> unpruned = load<Net>(recipe.out / "baseline.safetensors");
    const Figures before = measure(unpruned, recipe.out / "baseline.safetensors", test);
    const Figures after = measure(found, recipe.out / "model.safetensors", test);
    save_found_header(found, "Found", recipe.out / "found.hpp");

    nlohmann::ordered_json report{{"program", program},
                                  {"network", type_name<Net>()},
                                  {"method", "Pit"},
                                  {"dataset", Data::name},
                                  {"seed", recipe.seed},
                                  {"device", "cpu"},
                                  {"threads", at::get_num_threads()},
                                  {"versions", {{"libtorch", TORCH_VERSION}, {"compiler", __VERSION__}}}};
    nlohmann::ordered_json seconds{{"warm_up", 0.0}, {"search", 0.0}, {"fine_tune", 0.0}, {"baseline", 0.0}};
    for (const EpochResult& epoch : trainer.history) {
        report["epochs"].push_back(to_json(epoch));
        const std::string phase = epoch.phase == "warm-up"     ? "warm_up"
                                  : epoch.phase == "fine-tune" ? "fine_tune"
                                  : epoch.phase == "settled"   ? "search"
                                                               : epoch.phase;
        seconds[phase] = seconds[phase].get<double>() + epoch.seconds;
    }
    report["baseline"] = to_json(before);
    report["found"] = to_json(after);
    report["found"]["accuracy_of_search_model"] = search_accuracy;
    report["found"]["accuracy_right_after_export"] = exported_accuracy;
    report["found"]["layers"] = layers_json(found);
    for (const LimitReport& limit : limits)
        report["limits"].push_back(to_json(limit));
    report["seconds"] = seconds;

    const auto widths = found.widths();
    std::string summary = widths_table<Net>(widths) + "\n" + figures_table(before, after) + "\n";
    for (const LimitReport& limit : limits)
        summary += joined("limit ", limit.cost, ": ", decimals(limit.limit, 0), ", found ",
                          decimals(limit.value, 0), " (", decimals(100 * limit.value / limit.limit, 1),
                          " % of the limit): ", limit.satisfied() ? "satisfied" : "VIOLATED", "\n");
    summary += joined("accuracy of the search model ", decimals(search_accuracy, 2),
                      " %, right after export ", decimals(exported_accuracy, 2), " %, after fine-tuning ",
                      decimals(after.test_accuracy, 2), " %\n");
    const auto write = [&](const char* name, const std::string& text) {
        AtomicFile file(recipe.out / name);
        file.write(text);
        file.commit();
    };
    write("report.json", report.dump(2) + "\n");
    write("summary.txt", summary);
    std::fputs(summary.c_str(), stdout);
}

} // namespace detail

/// The main function of an experiment: warm-up, search, export, fine-tuning, report. Returns 0, 1 where
/// something failed, 2 for a wrong command line.
template <class Search, class Data>
int experiment(int argc, char** argv) {
    CLI::App app(std::string("Search ") + std::string(type_name<typename Search::network>()) + " on " +
                 std::string(Data::name));
    Recipe recipe;
    detail::add_options(app, recipe);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const std::string program = std::filesystem::path(argv[0]).stem().string();
    try {
        keep_freed_memory();
        if (recipe.threads > 0)
            at::set_num_threads(recipe.threads);
        if (recipe.optimizer == "adam")
            detail::run_experiment<Adam, Search, Data>(program, recipe);
        else
            detail::run_experiment<Sgd, Search, Data>(program, recipe);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), error.what());
        return 1;
    }
}

} // namespace pliny
