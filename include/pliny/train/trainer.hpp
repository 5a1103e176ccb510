// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/measure.hpp>
#include <pliny/train/training_loop.hpp>

#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

namespace pliny {

/// Runs epochs over one data set of images, vectors or sequences: shuffles, gathers, augments and normalises
/// batch by batch; minimises the loss of its settings, cross-entropy by default. With `validation` examples,
/// the epoch with the best score on them counts, among those that satisfy all limits; without, the last.
/// `hooks` are called with the events that they take (events.hpp).
///
/// A phase that is bilevel, with examples `held_out`, takes two steps for every batch: the architecture
/// parameters learn from as many of those, with what is added to the task loss, then the weights from the
/// batch, without: DARTS of first order (Liu et al., DARTS: Differentiable Architecture Search, 2019).
///
/// Throws TrainingError where the batch size is less than 1, DatasetError where examples cannot be trained
/// with: a label beyond the classes, a number that is not finite.
template <class... Hooks>
class Trainer : public detail::TrainingLoop {
public:
    Trainer(const Examples& train_examples, const Examples& test_examples, TrainerSettings how,
            Hooks... its_hooks)
        : TrainingLoop(train_examples, test_examples, std::move(how)), hooks(std::move(its_hooks)...) {}
    Trainer(const Examples& train_examples, const Examples& test_examples, std::int64_t batch_size,
            std::uint64_t seed, bool quiet = false)
        : Trainer(train_examples, test_examples,
                  TrainerSettings{.batch = batch_size, .seed = seed, .quiet = quiet}) {}

    /// Trains for the epochs of a phase. `extra(task_loss, epoch)` gives what is added to the task loss, or
    /// an undefined tensor; `epoch` counts on from batch to batch. `costs()` gives the `CostValues` of the
    /// moment, for the report. Throws TrainingError when the loss is not finite, Interrupted when asked to
    /// stop.
    template <class ModelType, class Optimizer, class Extra, class Costs>
    void run(const Phase& phase, ModelType& model, Optimizer& optimizer, const Extra& extra,
             const Costs& costs) {
        detail::ModelAdapter<detail::TrainedModel, ModelType&, Hooks...> trained(
            hooks, [&]() -> ModelType& { return model; });
        run_phase(phase, trained, detail::OptimizerView(optimizer), extra, costs);
    }
    template <class ModelType, class Optimizer, class Extra>
    void run(std::string_view phase, int epochs, ModelType& model, Optimizer& optimizer, const Extra& extra) {
        run(Phase{phase, epochs}, model, optimizer, extra, [] { return CostValues{}; });
    }
    template <class ModelType, class Optimizer>
    void run(std::string_view phase, int epochs, ModelType& model, Optimizer& optimizer) {
        run(phase, epochs, model, optimizer, [](const at::Tensor&, double) { return at::Tensor{}; });
    }

private:
    std::tuple<Hooks...> hooks;
};

} // namespace pliny
