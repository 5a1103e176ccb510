// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/train/definitions/gradient_step.hpp>
#include <pliny/train/definitions/shuffled_examples.hpp>
#include <pliny/train/interrupt.hpp>
#include <pliny/train/measure.hpp>
#include <pliny/train/training_loop.hpp>

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>

namespace pliny::detail {

PLINY_INLINE TrainingLoop::TrainingLoop(const Examples& train_examples, const Examples& test_examples,
                                        TrainerSettings how)
    : train(train_examples), test(test_examples), settings(std::move(how)), progress(settings.quiet) {
    if (settings.batch < 1)
        throw TrainingError(joined("batch size ", settings.batch, ": expected at least 1"));
    train.check();
    test.check();
}

PLINY_INLINE void TrainingLoop::run_phase(const Phase& phase, TrainedModel& model, OptimizerView optimizer,
                                          const Extra& extra, const std::function<CostValues()>& costs) {
    Best best;
    begin(phase.name, settings.seed, model.module(), optimizer.fused, best, device());
    model.notify(PhaseStarted{phase.name, phase.epochs});
    if (!model.module().is_training()) // norms that are kept in eval mode stay there
        model.module().train();
    while (state.position.epoch < phase.epochs && !is_enough(phase)) {
        try {
            run_epoch(phase, model, optimizer, extra, costs);
            finish_epoch(phase, model, best, optimizer, costs);
        } catch (const Interrupted&) {
            save_checkpoint(model.module(), optimizer.fused, best, device());
            throw;
        }
        save_checkpoint(model.module(), optimizer.fused, best, device());
    }
    if (!best.empty())
        restore_best(model.module(), best);
    model.notify(PhaseDone{phase.name});
}

PLINY_INLINE std::string TrainingLoop::in_words(double score) const {
    return settings.loss.counts_right ? decimals(score, 2) + " %" : decimals(score, 4);
}

PLINY_INLINE std::string TrainingLoop::costs_in_words(TrainedModel& model,
                                                      const std::function<CostValues()>& costs) {
    if (!model.is_search())
        return {};
    std::string text;
    const std::vector<LimitReport> limits = model.limits();
    for (const LimitReport& limit : limits)
        text += joined("  ", limit.cost, " ", decimals(limit.value, 0), " (limit ", decimals(limit.limit, 0),
                       ")");
    if (limits.empty())
        for (const auto& [name, value] : costs())
            text += joined("  ", name, " ", decimals(value, 0));
    return text;
}

PLINY_INLINE bool TrainingLoop::is_enough(const Phase& phase) const {
    return phase.may_stop && settings.patience > 0 && state.position.best_epoch >= 0 &&
           state.position.epoch - state.position.best_epoch > settings.patience;
}

PLINY_INLINE double TrainingLoop::lr_factor(const Phase& phase, double epoch) const {
    return settings.schedule.factor(phase.schedule_start + epoch,
                                    phase.schedule_epochs > 0 ? phase.schedule_epochs : phase.epochs);
}

PLINY_INLINE void TrainingLoop::run_epoch(const Phase& phase, TrainedModel& model, OptimizerView optimizer,
                                          const Extra& extra, const std::function<CostValues()>& costs) {
    Position& at = state.position;
    const int epoch = at.epoch;
    const double start_seconds = at.seconds;
    progress.start(phase.name, epoch, phase.epochs, batches(), at.batch);
    const auto shuffled = [&](const Examples& examples, std::string name) {
        return ShuffledExamples(examples, settings.augmentation, settings.seed, std::move(name), epoch,
                                train.size());
    };
    ShuffledExamples examples = shuffled(train, std::string(phase.name));
    std::optional<ShuffledExamples> apart; // for the architecture
    if (model.is_search() && phase.bilevel && held_out.size() > 0)
        apart = shuffled(held_out, joined(phase.name, " held out"));
    const std::int64_t window = device().is_cpu() ? 1 : 32; // batches between two looks at the device
    const std::int64_t sampling = std::max<std::int64_t>(1, batches() * phase.epochs / 100);
    bool checked = at.epoch > 0; // whether loss, outputs and targets go together
    at::Tensor sums = at::zeros({3}, at::TensorOptions(at::kDouble).device(device()));
    while (at.batch < batches()) {
        at.seconds = start_seconds + progress.seconds();
        if (interrupt_signal) {
            read_sums(phase, model, sums);
            throw_if_interrupted();
        }
        const std::int64_t batch = at.batch, first = batch * settings.batch;
        const std::int64_t count = std::min(settings.batch, train.size() - first);
        const double now = epoch + static_cast<double>(batch) / static_cast<double>(batches());
        if (optimizer.fused)
            optimizer.fused->lr_factor = lr_factor(phase, now);
        at::Tensor added;
        if (apart) {
            apart->gather_into(x, y, batch, first, count);
            added = step_architecture(phase, model, optimizer, extra, now);
        }
        examples.gather_into(x, y, batch, first, count);
        optimizer.zero_grad(optimizer.optimizer);
        const at::Tensor output = model.forward(x);
        if (!checked)
            settings.loss.check(
                std::span(output.sizes().data() + 1, static_cast<std::size_t>(output.dim() - 1)), train);
        checked = true;
        const at::Tensor task = settings.loss(output, y);
        if (window == 1) // before the penalty can be asked for a loss that is none
            check_finite(phase, model, task.item<double>(), "loss");
        if (!apart)
            added = extra(task, now);
        descend(optimizer, added.defined() && !apart ? task + added : task, settings.clip_grad_norm);
        add_step(sums, task, added, output, count);
        if ((batch + 1) % window == 0 || batch + 1 == batches())
            read_sums(phase, model, sums);
        if (const std::int64_t step = epoch * batches() + batch; step % sampling == 0)
            state.curve.push_back({.phase = std::string(phase.name),
                                   .step = step,
                                   .loss = task.item<double>(),
                                   .penalty = added.defined() ? added.item<double>() : 0,
                                   .cost = costs(),
                                   .theta = model.thetas()});
        ++at.batch;
        try {
            model.notify(BatchDone{phase.name, epoch, batch, batches(), task});
        } catch (const Interrupted&) { // by a hook that measures accuracy
            read_sums(phase, model, sums);
            throw;
        }
        if (progress.is_due(at.batch))
            progress.batch(at.batch,
                           joined("loss ", decimals(at.loss_sum / static_cast<double>(first + count), 3),
                                  costs_in_words(model, costs)));
    }
    at.seconds = start_seconds + progress.seconds();
}

/// Moves the architecture parameters by the examples held out in x and y; returns what was added to their
/// task loss. Afterwards the weights are trained, and they only.
PLINY_INLINE at::Tensor TrainingLoop::step_architecture(const Phase& phase, TrainedModel& model,
                                                        OptimizerView optimizer, const Extra& extra,
                                                        double now) {
    model.train_architecture_only();
    optimizer.zero_grad(optimizer.optimizer);
    const at::Tensor task = settings.loss(model.forward(x), y);
    if (device().is_cpu())
        check_finite(phase, model, task.item<double>(), "loss on examples held out");
    const at::Tensor added = extra(task, now);
    descend(optimizer, added.defined() ? task + added : task, settings.clip_grad_norm);
    model.train_weights_only();
    return added.defined() ? added.detach() : added;
}

PLINY_INLINE void TrainingLoop::finish_epoch(const Phase& phase, TrainedModel& model, Best& best,
                                             OptimizerView optimizer,
                                             const std::function<CostValues()>& costs) {
    Position& at = state.position;
    const double examples = static_cast<double>(train.size());
    const auto scored = [&](const Examples& data) {
        return score(
            model.module(), [&](const at::Tensor& input) { return model.forward(input); }, data,
            settings.loss);
    };
    EpochResult result{.phase = std::string(phase.name),
                       .epoch = at.epoch,
                       .train_loss = at.loss_sum / examples,
                       .train_accuracy = settings.loss.score(at.score_sum, train.size()),
                       .test_accuracy = scored(test),
                       .validation_accuracy = {},
                       .cost = costs(),
                       .penalty = at.penalty_sum / examples,
                       .learning_rate = 0,
                       .seconds = at.seconds};
    if (optimizer.fused)
        result.learning_rate = optimizer.fused->groups[0].lr *
                               lr_factor(phase, at.epoch + 1 - 1.0 / static_cast<double>(batches()));
    if (validation.size() > 0) {
        result.validation_accuracy = scored(validation);
        const std::vector<LimitReport> limits = model.limits();
        const bool counts =
            phase.may_stop || (!limits.empty() && std::ranges::all_of(limits, &LimitReport::satisfied));
        if (counts && (at.best_epoch < 0 || settings.loss.better(*result.validation_accuracy, at.best))) {
            at.best = *result.validation_accuracy;
            at.best_epoch = at.epoch;
            keep_best(model.module(), best);
        }
    }
    progress.finish(
        joined("loss ", decimals(result.train_loss, 4), "  train ", in_words(result.train_accuracy),
               "  test ", in_words(result.test_accuracy),
               result.validation_accuracy ? "  validation " + in_words(*result.validation_accuracy) : "",
               costs_in_words(model, costs)));
    state.history.push_back(std::move(result));
    at = {.phase = at.phase, .epoch = at.epoch + 1, .best = at.best, .best_epoch = at.best_epoch};
    model.notify(EpochDone{state.history.back()});
}

/// Adds a step's task loss, penalty and score to those of the window.
PLINY_INLINE void TrainingLoop::add_step(at::Tensor& sums, const at::Tensor& task, const at::Tensor& added,
                                         const at::Tensor& output, std::int64_t count) const {
    const at::NoGradGuard no_grad;
    const auto examples = static_cast<double>(count);
    const at::Tensor scored = settings.loss.score_sum(output, y);
    const at::Tensor loss = task.to(at::kDouble) * examples;
    const at::Tensor penalty = added.defined() ? added.to(at::kDouble) * examples : at::zeros_like(loss);
    sums.add_(at::stack({loss, penalty, scored}));
}

/// Moves the sums of a window into the position; TrainingError where they are not finite.
PLINY_INLINE void TrainingLoop::read_sums(const Phase& phase, TrainedModel& model, at::Tensor& sums) {
    const at::Tensor host = sums.cpu();
    const double* values = host.const_data_ptr<double>();
    check_finite(phase, model, values[0], "loss");
    check_finite(phase, model, values[1], "penalty");
    state.position.loss_sum += values[0];
    state.position.penalty_sum += values[1];
    state.position.score_sum += values[2];
    sums.zero_();
}

PLINY_INLINE void TrainingLoop::check_finite(const Phase& phase, TrainedModel& model, double value,
                                             std::string_view what) {
    if (is_finite(value))
        return;
    const std::string layer = model.first_nonfinite_layer(x);
    throw TrainingError(joined(phase.name, " epoch ", state.position.epoch + 1, ", batch ",
                               state.position.batch + 1, ": the ", what, " is ", value, "; ",
                               layer.empty() ? "all layers give finite outputs for this batch"
                                             : "the first layer whose output is not finite is " + layer,
                               "; ", last_checkpoint(), "; a smaller learning rate may help"));
}

} // namespace pliny::detail
