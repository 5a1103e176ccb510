// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/state_dict.hpp>
#include <pliny/train/definitions/experiment_setup.hpp>
#include <pliny/train/definitions/found_json.hpp>
#include <pliny/train/experiment_network.hpp>
#include <pliny/train/measure.hpp>
#include <pliny/train/training_loop.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny::detail {

/// Gives a network the weights of the file of --load, of pliny, PyTorch or in safetensors; TrainingError, and
/// nothing is changed, where that holds others.
inline void load_asked(ExperimentNetwork& network, const std::filesystem::path& file) {
    try {
        detail::load_weights(network.weights_by_name(), file, LoadOptions{});
    } catch (const FileError& error) {
        throw TrainingError(joined("--load ", error.what()));
    }
}

/// The network that the first phase trains, with random weights: the unpruned one or, where a search has
/// choices, all of them.
inline std::unique_ptr<ExperimentNetwork> first_network(const ExperimentSubject& subject) {
    if (subject.searches() && subject.has_choices)
        return subject.make_search();
    return subject.unpruned();
}

/// The phases of an experiment. Each starts from the file that the one before it has left, so that a run
/// that goes on from a checkpoint does what the others do.
class ExperimentPhases {
public:
    ExperimentPhases(const ExperimentSubject& of, const ExperimentSetup& the_setup, TrainingLoop& the_loop)
        : subject(of), setup(the_setup), recipe(the_setup.recipe), loop(the_loop),
          folder(recipe.out, the_loop.state.results) {}

    /// Trains what a search or a plain training begins with, from random weights or those of --load.
    void train_first(std::string_view phase, int epochs, const std::string& file) {
        if (!loop.reaches(phase))
            return;
        at::manual_seed(recipe.seed);
        const std::unique_ptr<ExperimentNetwork> network = first_network(subject);
        if (!recipe.load.empty())
            load_asked(*network, recipe.load);
        network->train_weights_only();
        train(phase, epochs, *network, file);
    }

    /// Trains, for comparison, the unpruned network of a file on; where the network has choices, the path
    /// that costs most from random weights, as long as a search with its warm-up and fine-tuning takes.
    void baseline(const std::string& from, const std::string& file) {
        if (!loop.reaches("baseline"))
            return;
        int epochs = recipe.baseline ? recipe.search + recipe.fine_tune : 0;
        at::manual_seed(recipe.seed);
        const std::unique_ptr<ExperimentFound> network = subject.unpruned();
        if (!subject.has_choices)
            network->load_weights(folder.enter(from));
        else if (epochs > 0)
            epochs += recipe.warm_up;
        train("baseline", epochs, *network, file);
    }

    /// Searches, settles, trains the weights for what was found, exports.
    void search(const std::string& from, const std::string& file) {
        if (!loop.reaches("settled"))
            return;
        const std::unique_ptr<ExperimentSearch> model = subject.make_search();
        model->load_weights(folder.enter(from));
        model->module().to(setup.device);
        AnyOptimizer optimizer = optimizer_of(*model, model->architecture());
        const auto costs = [&] { return model->costs(); };
        const int epochs = recipe.search - recipe.settled();
        auto& results = loop.state.results;
        if (loop.reaches("search")) {
            model->train_both();
            const bool bilevel = recipe.bilevel > 0 && !model->architecture().empty();
            loop.run_phase(
                Phase{"search", epochs, 0, recipe.search, false, bilevel}, *model, OptimizerView(optimizer),
                [&](const at::Tensor& task, double epoch) { return model->penalty(task, epoch, epochs); },
                costs);
            auto before = nlohmann::ordered_json::array();
            for (const LimitReport& limit : model->limits())
                before.push_back(limit.value);
            const SettledCounts settled = model->settle();
            results["costs_before_settling"] = before;
            results["settled"] = settled_json(settled);
            if (!recipe.quiet)
                std::fprintf(stderr, "settled: %s\n", settled_in_words(settled).c_str());
        }
        model->train_weights_only();
        loop.run_phase(Phase{"settled", recipe.settled(), epochs, recipe.search}, *model,
                       OptimizerView(optimizer), no_penalty, costs);
        results["accuracy_of_search_model"] = test_score(*model);
        results["limits"] = nlohmann::ordered_json::array();
        for (const LimitReport& limit : model->limits()) {
            const std::size_t number = results["limits"].size();
            results["limits"].push_back(limit_json(limit));
            results["limits"].back()["value_before_settling"] = results["costs_before_settling"][number];
        }
        const std::unique_ptr<ExperimentFound> found = model->exported();
        results["accuracy_right_after_export"] = test_score(*found);
        describe_found(results, *found);
        folder.leave(file, *found);
    }

    /// Trains a found network further.
    void fine_tune(const std::string& from, const std::string& file) {
        if (!loop.reaches("fine-tune"))
            return;
        const std::unique_ptr<ExperimentFound> found = subject.load_found(folder.enter(from));
        found->module().to(setup.device);
        AnyOptimizer optimizer = optimizer_of(*found);
        const CostValues costs = found->costs();
        loop.run_phase(Phase{"fine-tune", recipe.fine_tune}, *found, OptimizerView(optimizer), no_penalty,
                       [&] { return costs; });
        loop.state.results["test_accuracy"]["fine-tune"] = test_score(*found);
        folder.leave(file, *found);
    }

private:
    const ExperimentSubject& subject;
    const ExperimentSetup& setup;
    const Recipe& recipe;
    TrainingLoop& loop;
    RunFolder folder;

    static at::Tensor no_penalty(const at::Tensor&, double) { return {}; }

    double test_score(TrainedModel& model) const {
        return score(
            model.module(), [&](const at::Tensor& x) { return model.forward(x); }, setup.test, recipe.loss);
    }

    /// Clips of activations and learned steps of weights have a group of their own, without weight decay.
    AnyOptimizer optimizer_of(ExperimentNetwork& network, std::vector<at::Tensor> alphas = {}) const {
        std::vector<at::Tensor> weights = network.weights(), scales = network.scales();
        std::erase_if(weights, [&](const at::Tensor& weight) {
            return std::ranges::any_of(scales,
                                       [&](const at::Tensor& scale) { return weight.is_same(scale); });
        });
        return recipe.make_optimizer(std::move(weights), std::move(alphas), std::move(scales));
    }

    void train(std::string_view phase, int epochs, ExperimentNetwork& network, const std::string& file) {
        network.module().to(setup.device);
        AnyOptimizer optimizer = optimizer_of(network);
        loop.run_phase(Phase{phase, epochs}, network, OptimizerView(optimizer), no_penalty,
                       [&] { return network.costs(); });
        if (epochs > 0)
            loop.state.results["test_accuracy"][std::string(phase)] = test_score(network);
        folder.leave(file, network);
    }
};

} // namespace pliny::detail
