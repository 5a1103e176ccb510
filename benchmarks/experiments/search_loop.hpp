// SPDX-License-Identifier: Apache-2.0
// The training that the experiments share: epochs for the weights alone, and a search that settles.
#pragma once

#include <pliny/pliny.hpp>

#include <string_view>
#include <vector>

namespace pliny::experiments {

/// A phase in which only weights learn: a warm-up, fine-tuning, a network that is not searched.
template <class... Hooks, class M>
void train_weights(Trainer<Hooks...>& trainer, std::string_view phase, int epochs, M& model,
                   double lr = 1e-3) {
    std::vector<at::Tensor> weights;
    if constexpr (requires { model.train_weights_only(); }) {
        model.train_weights_only();
        weights = model.weights();
    } else {
        weights = model.parameters();
    }
    Adam adam({{weights, lr}});
    trainer.run(phase, epochs, model, adam);
}

struct SearchPlan {
    int search = 0, settled = 0; // epochs
    double lr = 1e-3, lr_alpha = 1e-2;
};

/// Weights and architecture learn together, the architecture settles, the weights learn on: one optimiser and
/// one schedule. Calls `at_end_of_search()`, and returns what settling changed.
template <class... Hooks, class M, class AtEnd>
auto search_and_settle(Trainer<Hooks...>& trainer, M& model, const SearchPlan& plan, AtEnd at_end_of_search) {
    const int epochs = plan.search + plan.settled;
    const auto costs = [] { return CostValues{}; };
    const auto penalty = [&](const at::Tensor& task, double epoch) {
        return model.penalty(task, epoch, plan.search);
    };
    const auto none = [](const at::Tensor&, double) { return at::Tensor{}; };
    model.train_both();
    Adam adam({{model.weights(), plan.lr}, {model.architecture(), plan.lr_alpha}});
    trainer.run(Phase{.name = "search", .epochs = plan.search, .schedule_epochs = epochs}, model, adam,
                penalty, costs);
    at_end_of_search();
    const auto changed = model.settle();
    model.train_weights_only();
    trainer.run(Phase{.name = "settled",
                      .epochs = plan.settled,
                      .schedule_start = plan.search,
                      .schedule_epochs = epochs},
                model, adam, none, costs);
    return changed;
}

} // namespace pliny::experiments
