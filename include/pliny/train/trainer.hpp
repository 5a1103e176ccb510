// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/train/events.hpp>
#include <pliny/train/gradient_step.hpp>
#include <pliny/train/interrupt.hpp>
#include <pliny/train/measure.hpp>
#include <pliny/train/progress.hpp>
#include <pliny/train/schedule.hpp>
#include <pliny/train/shuffled_images.hpp>
#include <pliny/train/training_run.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace pliny {

/// Epochs with one purpose.
struct Phase {
    std::string_view name;
    int epochs = 0;
    int schedule_start = 0;  // where in the schedule the phase begins
    int schedule_epochs = 0; // of the whole schedule; 0: that of this phase alone
    bool may_stop = true;    // early; and its best epoch counts, not its last
    bool bilevel = false;    // architecture parameters learn on images held out, weights on the others
};

/// How a Trainer trains, whatever the phase.
struct TrainerSettings {
    std::int64_t batch = 128; // images per step
    std::uint64_t seed = 0;
    bool quiet = false; // no progress on standard error
    Schedule schedule = {};
    double clip_grad_norm = 0; // largest norm of all gradients together; 0: no limit
    int patience = 0;          // epochs without a better validation accuracy before a phase ends; 0: never
    Augmentation augmentation = {};
};

/// Runs epochs over one data set: shuffles, gathers, augments and normalises batch by batch, cross-entropy.
/// With `validation` images, the epoch with the best accuracy on them counts, among those that satisfy all
/// limits; without, the last. `hooks` are called with the events that they take (events.hpp).
///
/// A phase that is bilevel, with images `held_out`, takes two steps for every batch: the architecture
/// parameters learn from as many of those, with what is added to the task loss, then the weights from the
/// batch, without: DARTS of first order (Liu et al., DARTS: Differentiable Architecture Search, 2019).
template <class... Hooks>
class Trainer : public TrainingRun {
public:
    Trainer(const Images& train_images, const Images& test_images, TrainerSettings how, Hooks... its_hooks)
        : train(train_images), test(test_images), settings(how), progress(how.quiet),
          hooks(std::move(its_hooks)...) {
        if (settings.batch < 1)
            throw TrainingError(joined("batch size ", settings.batch, ": expected at least 1"));
    }
    Trainer(const Images& train_images, const Images& test_images, std::int64_t batch_size,
            std::uint64_t seed, bool quiet = false)
        : Trainer(train_images, test_images,
                  TrainerSettings{.batch = batch_size, .seed = seed, .quiet = quiet}) {}

    Images validation; // optional
    Images held_out;   // optional; neither among the others nor among those to validate

    std::int64_t batches() const { return (train.size() + settings.batch - 1) / settings.batch; }

    /// Trains for the epochs of a phase. `extra(task_loss, epoch)` gives what is added to the task loss, or
    /// an undefined tensor; `epoch` counts on from batch to batch. `costs()` gives the `CostValues` of the
    /// moment, for the report. Throws TrainingError when the loss is not finite, Interrupted when asked to
    /// stop.
    template <class M, class Optimizer, class Extra, class Costs>
    void run(const Phase& phase, M& model, Optimizer& optimizer, Extra extra, Costs costs) {
        Best best;
        begin(phase.name, settings.seed, model, optimizer, best, device());
        notify(PhaseStarted{phase.name, phase.epochs}, model);
        model.train();
        while (state.position.epoch < phase.epochs && !is_enough(phase)) {
            try {
                run_epoch(phase, model, optimizer, extra, costs);
                finish_epoch(phase, model, best, optimizer, costs);
            } catch (const Interrupted&) {
                save_checkpoint(model, optimizer, best, device());
                throw;
            }
            save_checkpoint(model, optimizer, best, device());
        }
        if (!best.empty())
            restore_best(model, best);
        notify(PhaseDone{phase.name}, model);
    }
    template <class M, class Optimizer, class Extra>
    void run(std::string_view phase, int epochs, M& model, Optimizer& optimizer, Extra extra) {
        run(Phase{phase, epochs}, model, optimizer, extra, [] { return CostValues{}; });
    }
    template <class M, class Optimizer>
    void run(std::string_view phase, int epochs, M& model, Optimizer& optimizer) {
        run(phase, epochs, model, optimizer, [](const at::Tensor&, double) { return at::Tensor{}; });
    }

private:
    Images train; // shares its tensors with the caller's
    Images test;
    TrainerSettings settings;
    Progress progress;
    std::tuple<Hooks...> hooks;
    at::Tensor x, y;

    at::Device device() const { return train.labels.device(); }

    template <class Event, class M>
    void notify(const Event& event, M& model) {
        std::apply([&](Hooks&... hook) { detail::notify(event, model, hook...); }, hooks);
    }

    bool is_enough(const Phase& phase) const {
        return phase.may_stop && settings.patience > 0 && state.position.best_epoch >= 0 &&
               state.position.epoch - state.position.best_epoch > settings.patience;
    }

    double lr_factor(const Phase& phase, double epoch) const {
        return settings.schedule.factor(phase.schedule_start + epoch,
                                        phase.schedule_epochs > 0 ? phase.schedule_epochs : phase.epochs);
    }

    template <class M, class Optimizer, class Extra, class Costs>
    void run_epoch(const Phase& phase, M& model, Optimizer& optimizer, Extra& extra, Costs& costs) {
        Position& at = state.position;
        const int epoch = at.epoch;
        const double start_seconds = at.seconds;
        progress.start(phase.name, epoch, phase.epochs, batches(), at.batch);
        const auto shuffled = [&](const Images& images, std::string name) {
            return detail::ShuffledImages(images, settings.augmentation, settings.seed, std::move(name),
                                          epoch, train.size());
        };
        detail::ShuffledImages images = shuffled(train, std::string(phase.name));
        std::optional<detail::ShuffledImages> apart; // for the architecture
        if (detail::SearchModel<M> && phase.bilevel && held_out.size() > 0)
            apart = shuffled(held_out, joined(phase.name, " held out"));
        const std::int64_t window = device().is_cpu() ? 1 : 32; // batches between two looks at the device
        const std::int64_t sampling = std::max<std::int64_t>(1, batches() * phase.epochs / 100);
        at::Tensor sums = at::zeros({3}, at::TensorOptions(at::kDouble).device(device()));
        while (at.batch < batches()) {
            at.seconds = start_seconds + progress.seconds();
            if (detail::interrupt_signal) {
                read_sums(phase, model, sums);
                throw_if_interrupted();
            }
            const std::int64_t batch = at.batch, first = batch * settings.batch;
            const std::int64_t count = std::min(settings.batch, train.size() - first);
            const double now = epoch + static_cast<double>(batch) / static_cast<double>(batches());
            if constexpr (std::derived_from<Optimizer, FusedOptimizer>)
                optimizer.lr_factor = lr_factor(phase, now);
            at::Tensor added;
            if constexpr (detail::SearchModel<M>)
                if (apart) {
                    apart->gather_into(x, y, batch, first, count);
                    added = step_architecture(phase, model, optimizer, extra, now);
                }
            images.gather_into(x, y, batch, first, count);
            optimizer.zero_grad();
            const at::Tensor output = model(x);
            const at::Tensor task = at::cross_entropy_loss(output, y);
            if (window == 1) // before the penalty can be asked for a loss that is none
                check_finite(phase, model, task.template item<double>(), "loss");
            if (!apart)
                added = extra(task, now);
            detail::descend(optimizer, added.defined() && !apart ? task + added : task,
                            settings.clip_grad_norm);
            add_step(sums, task, added, output, count);
            if ((batch + 1) % window == 0 || batch + 1 == batches())
                read_sums(phase, model, sums);
            if (const std::int64_t step = epoch * batches() + batch; step % sampling == 0)
                state.curve.push_back({.phase = std::string(phase.name),
                                       .step = step,
                                       .loss = task.template item<double>(),
                                       .penalty = added.defined() ? added.template item<double>() : 0,
                                       .cost = costs(),
                                       .theta = detail::thetas_of(model)});
            ++at.batch;
            try {
                notify(BatchDone{phase.name, epoch, batch, batches(), task}, model);
            } catch (const Interrupted&) { // by a hook that measures accuracy
                read_sums(phase, model, sums);
                throw;
            }
            progress.batch(at.batch, "loss " + decimals(at.loss_sum / static_cast<double>(first + count), 3));
        }
        at.seconds = start_seconds + progress.seconds();
    }

    /// Moves the architecture parameters by the images held out in x and y; returns what was added to their
    /// task loss. Afterwards the weights are trained, and they only.
    template <class M, class Optimizer, class Extra>
    at::Tensor step_architecture(const Phase& phase, M& model, Optimizer& optimizer, Extra& extra,
                                 double now) {
        model.train_architecture_only();
        optimizer.zero_grad();
        const at::Tensor task = at::cross_entropy_loss(model(x), y);
        if (device().is_cpu())
            check_finite(phase, model, task.template item<double>(), "loss on images held out");
        const at::Tensor added = extra(task, now);
        detail::descend(optimizer, added.defined() ? task + added : task, settings.clip_grad_norm);
        model.train_weights_only();
        return added.defined() ? added.detach() : added;
    }

    template <class M, class Optimizer, class Costs>
    void finish_epoch(const Phase& phase, M& model, Best& best, const Optimizer& optimizer, Costs& costs) {
        Position& at = state.position;
        const double images = static_cast<double>(train.size());
        EpochResult result{.phase = std::string(phase.name),
                           .epoch = at.epoch,
                           .train_loss = at.loss_sum / images,
                           .train_accuracy = 100 * static_cast<double>(at.right) / images,
                           .test_accuracy = accuracy(model, test),
                           .validation_accuracy = {},
                           .cost = costs(),
                           .penalty = at.penalty_sum / images,
                           .learning_rate = 0,
                           .seconds = at.seconds};
        if constexpr (std::derived_from<Optimizer, FusedOptimizer>)
            result.learning_rate = optimizer.groups[0].lr *
                                   lr_factor(phase, at.epoch + 1 - 1.0 / static_cast<double>(batches()));
        if (validation.size() > 0) {
            result.validation_accuracy = accuracy(model, validation);
            const bool counts = phase.may_stop ? true : limits_hold(model);
            if (counts && (at.best_epoch < 0 || *result.validation_accuracy > at.best)) {
                at.best = *result.validation_accuracy;
                at.best_epoch = at.epoch;
                keep_best(model, best);
            }
        }
        progress.finish(joined("loss ", decimals(result.train_loss, 4), "  train ",
                               decimals(result.train_accuracy, 2), " %  test ",
                               decimals(result.test_accuracy, 2), " %",
                               result.validation_accuracy
                                   ? joined("  validation ", decimals(*result.validation_accuracy, 2), " %")
                                   : ""));
        state.history.push_back(std::move(result));
        at = {.phase = at.phase, .epoch = at.epoch + 1, .best = at.best, .best_epoch = at.best_epoch};
        notify(EpochDone{state.history.back()}, model);
    }

    /// Whether a model has limits, and satisfies them all.
    template <class M>
    static bool limits_hold(const M& model) {
        if constexpr (requires { model.limits(); }) {
            const auto limits = model.limits();
            return !limits.empty() &&
                   std::ranges::all_of(limits, [](const auto& limit) { return limit.satisfied(); });
        }
        return false;
    }

    /// Adds a step's task loss, penalty and right answers to those of the window.
    void add_step(at::Tensor& sums, const at::Tensor& task, const at::Tensor& added, const at::Tensor& output,
                  std::int64_t count) const {
        const at::NoGradGuard no_grad;
        const auto images = static_cast<double>(count);
        const at::Tensor right = output.argmax(1).eq(y).sum().to(at::kDouble);
        const at::Tensor loss = task.to(at::kDouble) * images;
        const at::Tensor penalty = added.defined() ? added.to(at::kDouble) * images : at::zeros_like(loss);
        sums.add_(at::stack({loss, penalty, right}));
    }

    /// Moves the sums of a window into the position; TrainingError where they are not finite.
    template <class M>
    void read_sums(const Phase& phase, M& model, at::Tensor& sums) {
        const at::Tensor host = sums.cpu();
        const double* values = host.const_data_ptr<double>();
        check_finite(phase, model, values[0], "loss");
        check_finite(phase, model, values[1], "penalty");
        state.position.loss_sum += values[0];
        state.position.penalty_sum += values[1];
        state.position.right += static_cast<std::int64_t>(values[2]);
        sums.zero_();
    }

    template <class M>
    void check_finite(const Phase& phase, M& model, double value, std::string_view what) {
        if (std::isfinite(value))
            return;
        const std::string layer = nonfinite_layer(model, x);
        throw TrainingError(joined(phase.name, " epoch ", state.position.epoch + 1, ", batch ",
                                   state.position.batch + 1, ": the ", what, " is ", value, "; ",
                                   layer.empty() ? "all layers give finite outputs for this batch"
                                                 : "the first layer whose output is not finite is " + layer,
                                   "; ", last_checkpoint(), "; a smaller learning rate may help"));
    }
};

} // namespace pliny
