// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/found_header.hpp>
#include <pliny/train/experiment_setup.hpp>
#include <pliny/train/report.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace pliny::detail {

inline constexpr auto no_penalty = [](const at::Tensor&, double) { return at::Tensor{}; };

/// `cost<C>()` of a model, for all costs of a list.
template <class M, auto... C>
CostValues cost_values(const M& model, Cost<C...>) {
    return {{std::string(std::remove_cvref_t<decltype(C)>::name), model.template cost<C>()}...};
}

/// Gives a model the weights of a file. TrainingError where that holds another network or another width.
template <class Net>
void load_start(Model<Net>& model, const std::filesystem::path& file) {
    try {
        model.load_weights(load<Net>(file));
    } catch (const ModelError& error) {
        throw TrainingError(joined("--load ", file.string(), ": ", error.what()));
    }
}

/// The phases of an experiment. Each starts from the file that the one before it has left, so that a run
/// that goes on from a checkpoint does what the others do.
template <class Net, class Costs, class... Hooks>
class ExperimentPhases {
public:
    ExperimentPhases(const ExperimentSetup& the_setup, Trainer<Hooks...>& the_trainer)
        : setup(the_setup), recipe(the_setup.recipe), trainer(the_trainer),
          folder(recipe.out, the_trainer.state.results) {}

    /// Trains the unpruned network, from random weights or those of --load.
    void train(std::string_view phase, int epochs, const std::string& file) {
        if (!trainer.reaches(phase))
            return;
        at::manual_seed(recipe.seed);
        Model<Net> model;
        if (!recipe.load.empty())
            load_start(model, recipe.load);
        train_plain(phase, epochs, model, file);
    }

    /// Trains the network of a file on.
    void train_on(std::string_view phase, int epochs, const std::string& from, const std::string& file) {
        if (!trainer.reaches(phase))
            return;
        Model<Net> model;
        model.load_weights(load<Net>(folder.enter(from)));
        train_plain(phase, epochs, model, file);
    }

    /// Searches, settles, trains the weights for what was found, exports.
    template <class Search>
    void search(const std::string& from, const std::string& file) {
        if (!trainer.reaches("settled"))
            return;
        Model<Search> model;
        model.load_weights(load<Net>(folder.enter(from)));
        model.to(setup.device);
        AnyOptimizer optimizer = recipe.make_optimizer(model.weights(), model.architecture());
        const auto costs = [&] { return cost_values(model, Costs{}); };
        const int epochs = recipe.search - recipe.settled();
        auto& results = trainer.state.results;
        if (trainer.reaches("search")) {
            model.train_both();
            trainer.run(
                Phase{"search", epochs, 0, recipe.search, false}, model, optimizer,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); },
                costs);
            const Settled settled = model.settle();
            results["settled"] = {{"removed", settled.removed}, {"restored", settled.restored}};
            if (!recipe.quiet)
                std::fprintf(stderr, "settled: %d channels removed, %d restored\n", settled.removed,
                             settled.restored);
        }
        model.train_weights_only();
        trainer.run(Phase{"settled", recipe.settled(), epochs, recipe.search}, model, optimizer, no_penalty,
                    costs);
        results["accuracy_of_search_model"] = accuracy(model, setup.test);
        results["limits"] = nlohmann::ordered_json::array();
        for (const LimitReport& limit : model.limits())
            results["limits"].push_back(to_json(limit));
        auto found = model.exported();
        results["accuracy_right_after_export"] = accuracy(found, setup.test);
        folder.leave(file, found);
    }

    /// Trains a found network further.
    void fine_tune(const std::string& from, const std::string& file) {
        if (!trainer.reaches("fine-tune"))
            return;
        Exported<Net> found = load<Net>(folder.enter(from));
        found.to(setup.device);
        AnyOptimizer optimizer = recipe.make_optimizer(found.parameters());
        const CostValues costs = cost_values(found, Costs{});
        trainer.run(Phase{"fine-tune", recipe.fine_tune}, found, optimizer, no_penalty,
                    [&] { return costs; });
        trainer.state.results["test_accuracy"]["fine-tune"] = accuracy(found, setup.test);
        folder.leave(file, found);
    }

private:
    const ExperimentSetup& setup;
    const Recipe& recipe;
    Trainer<Hooks...>& trainer;
    RunFolder folder;

    void train_plain(std::string_view phase, int epochs, Model<Net>& model, const std::string& file) {
        model.to(setup.device);
        AnyOptimizer optimizer = recipe.make_optimizer(model.parameters());
        const CostValues costs = cost_values(model, Costs{});
        trainer.run(Phase{phase, epochs}, model, optimizer, no_penalty, [&] { return costs; });
        if (epochs > 0)
            trainer.state.results["test_accuracy"][std::string(phase)] = accuracy(model, setup.test);
        folder.leave(file, model);
    }
};

} // namespace pliny::detail
