// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/found_header.hpp>
#include <pliny/train/experiment_setup.hpp>
#include <pliny/train/report.hpp>

#include <cstdio>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny::detail {

inline constexpr auto no_penalty = [](const at::Tensor&, double) { return at::Tensor{}; };

/// Whether a cost is another one with other bits of weights.
template <class Net, auto Metric>
inline constexpr bool counts_bits = [] {
    for (int r = 1; r < plan<Net>.size(); ++r)
        if (const Row& row = plan<Net>[r]; row.has_weights()) {
            const LayerCall<double> call{row.facts, static_cast<double>(row.in.channels()),
                                         static_cast<double>(row.out().channels())};
            LayerCall<double> fewer = call;
            fewer.weight_bits = 4;
            if (Metric(call) != Metric(fewer))
                return true;
        }
    return false;
}();

/// `cost<C>()` of a model, for all costs of a list; a network in floating point has none in bits.
template <class M, auto... C>
CostValues cost_values(const M& model, Cost<C...>) {
    CostValues values;
    [[maybe_unused]] const auto add = [&]<auto Metric>() {
        if constexpr (!(std::is_same_v<M, Model<typename M::network>> &&
                        counts_bits<typename M::network, Metric>))
            values.emplace_back(std::remove_cvref_t<decltype(Metric)>::name, model.template cost<Metric>());
    };
    (add.template operator()<C>(), ...);
    return values;
}

/// The model that a search warms up: the network itself or, where that has choices, the search model.
template <class Search>
using WarmUpModel = std::conditional_t<has_choices<typename Search::network>(), Model<Search>,
                                       Model<typename Search::network>>;

/// Gives a model the weights of a file.
template <class Net>
void load_start(Model<Net>& model, const std::filesystem::path& file) {
    model.load_weights(load<Net>(file));
}
template <AnySearchDescription Search>
void load_start(Model<Search>& model, const std::filesystem::path& file) {
    if constexpr (has_choices<typename Search::network>())
        load_into(model, file);
    else
        model.load_weights(load<typename Search::network>(file));
}
/// TrainingError where the file of --load holds another network or another width.
template <class M>
void load_asked(M& model, const std::filesystem::path& file) {
    try {
        load_start(model, file);
    } catch (const ModelError& error) {
        throw TrainingError(joined("--load ", file.string(), ": ", error.what()));
    }
}

/// The path of a network that costs most, by the first of some costs.
template <class Net, class Costs>
constexpr PathOf<Net> largest_path() {
    const auto widths = full_widths<double>(plan<Net>);
    return path_extremes(plan<Net>,
                         [&](int row) {
                             return plan<Net>[row].has_weights()
                                        ? static_cast<double>(row_cost(cost_at<0, Costs>, plan<Net>, row,
                                                                       std::span<const double>(widths)))
                                        : 0;
                         })
        .largest_path;
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
        train_first<Model<Net>>(phase, epochs, file);
    }
    /// Trains the weights that a search begins with.
    template <class Search>
    void warm_up(const std::string& file) {
        train_first<WarmUpModel<Search>>("warm-up", recipe.warm_up, file);
    }

    /// Trains, for comparison, the unpruned network of a file on; where the network has choices, the path
    /// that costs most from random weights, as long as a search with its warm-up and fine-tuning takes.
    void baseline(const std::string& from, const std::string& file) {
        if (!trainer.reaches("baseline"))
            return;
        const int epochs = recipe.baseline ? recipe.search + recipe.fine_tune : 0;
        if constexpr (has_choices<Net>()) {
            at::manual_seed(recipe.seed);
            Exported<Net> path(largest_path<Net, Costs>());
            train_plain("baseline", epochs == 0 ? 0 : epochs + recipe.warm_up, path, file);
        } else {
            Model<Net> model;
            model.load_weights(load<Net>(folder.enter(from)));
            train_plain("baseline", epochs, model, file);
        }
    }

    /// Searches, settles, trains the weights for what was found, exports.
    template <class Search>
    void search(const std::string& from, const std::string& file) {
        if (!trainer.reaches("settled"))
            return;
        Model<Search> model;
        load_start(model, folder.enter(from));
        model.to(setup.device);
        AnyOptimizer optimizer = optimizer_of(model, model.weights(), model.architecture());
        const auto costs = [&] { return cost_values(model, Costs{}); };
        const int epochs = recipe.search - recipe.settled();
        auto& results = trainer.state.results;
        if (trainer.reaches("search")) {
            model.train_both();
            trainer.run(
                Phase{"search", epochs, 0, recipe.search, false,
                      recipe.bilevel > 0 && !model.architecture().empty()},
                model, optimizer,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); },
                costs);
            const auto settled = model.settle();
            results["settled"] = settled_json<Net>(settled);
            if (!recipe.quiet)
                std::fprintf(stderr, "settled: %s\n", settled_in_words(settled).c_str());
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
        describe_found(results, found);
        folder.leave(file, found);
    }

    /// Trains a found network further.
    template <class Search>
    void fine_tune(const std::string& from, const std::string& file) {
        if (!trainer.reaches("fine-tune"))
            return;
        auto found = FoundBy<Search>::load(folder.enter(from));
        found.to(setup.device);
        AnyOptimizer optimizer = optimizer_of(found, found.parameters());
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

    /// Clips of activations and learned steps of weights have a group of their own, without weight decay.
    template <class M>
    AnyOptimizer optimizer_of(const M& model, std::vector<at::Tensor> weights,
                              std::vector<at::Tensor> alphas = {}) const {
        std::vector<at::Tensor> scales;
        if constexpr (requires { model.log_clip; })
            for (const at::Tensor& scale : {model.log_clip, model.log_step})
                if (std::erase_if(weights, [&](const at::Tensor& w) { return w.is_same(scale); }) > 0)
                    scales.push_back(scale);
        return recipe.make_optimizer(std::move(weights), std::move(alphas), std::move(scales));
    }

    template <class M>
    void train_first(std::string_view phase, int epochs, const std::string& file) {
        if (!trainer.reaches(phase))
            return;
        at::manual_seed(recipe.seed);
        M model;
        if (!recipe.load.empty())
            load_asked(model, recipe.load);
        if constexpr (requires { model.train_weights_only(); })
            model.train_weights_only();
        train_plain(phase, epochs, model, file);
    }

    template <class M>
    void train_plain(std::string_view phase, int epochs, M& model, const std::string& file) {
        model.to(setup.device);
        std::vector<at::Tensor> weights = model.parameters();
        if constexpr (requires { model.weights(); })
            weights = model.weights();
        AnyOptimizer optimizer = optimizer_of(model, std::move(weights));
        trainer.run(Phase{phase, epochs}, model, optimizer, no_penalty,
                    [&] { return cost_values(model, Costs{}); });
        if (epochs > 0)
            trainer.state.results["test_accuracy"][std::string(phase)] = accuracy(model, setup.test);
        folder.leave(file, model);
    }
};

} // namespace pliny::detail
