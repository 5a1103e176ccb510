// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/definitions/gradient_step.hpp>
#include <pliny/train/definitions/shuffled_images.hpp>
#include <pliny/train/interrupt.hpp>
#include <pliny/train/measure.hpp>
#include <pliny/train/training_loop.hpp>

#include <ATen/ATen.h>

#include <cmath>
#include <optional>
#include <string>

namespace pliny::detail {

PLINY_INLINE TrainingLoop::TrainingLoop(const Images& train_images, const Images& test_images,
                                        TrainerSettings how)
    : train(train_images), test(test_images), settings(how), progress(how.quiet) {
    if (settings.batch < 1)
        throw TrainingError(joined("batch size ", settings.batch, ": expected at least 1"));
}

PLINY_INLINE void TrainingLoop::run_phase(const Phase& phase, TrainedModel& model, OptimizerView optimizer,
                                          const Extra& extra, const std::function<CostValues()>& costs) {
    Best best;
    begin(phase.name, settings.seed, model.module(), optimizer.fused, best, device());
    model.notify(PhaseStarted{phase.name, phase.epochs});
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
    const auto shuffled = [&](const Images& images, std::string name) {
        return ShuffledImages(images, settings.augmentation, settings.seed, std::move(name), epoch,
                              train.size());
    };
    ShuffledImages images = shuffled(train, std::string(phase.name));
    std::optional<ShuffledImages> apart; // for the architecture
    if (model.is_search() && phase.bilevel && held_out.size() > 0)
        apart = shuffled(held_out, joined(phase.name, " held out"));
    const std::int64_t window = device().is_cpu() ? 1 : 32; // batches between two looks at the device
    const std::int64_t sampling = std::max<std::int64_t>(1, batches() * phase.epochs / 100);
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
        images.gather_into(x, y, batch, first, count);
        optimizer.zero_grad(optimizer.optimizer);
        const at::Tensor output = model.forward(x);
        const at::Tensor task = at::cross_entropy_loss(output, y);
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
        progress.batch(at.batch, "loss " + decimals(at.loss_sum / static_cast<double>(first + count), 3));
    }
    at.seconds = start_seconds + progress.seconds();
}

/// Moves the architecture parameters by the images held out in x and y; returns what was added to their task
/// loss. Afterwards the weights are trained, and they only.
PLINY_INLINE at::Tensor TrainingLoop::step_architecture(const Phase& phase, TrainedModel& model,
                                                        OptimizerView optimizer, const Extra& extra,
                                                        double now) {
    model.train_architecture_only();
    optimizer.zero_grad(optimizer.optimizer);
    const at::Tensor task = at::cross_entropy_loss(model.forward(x), y);
    if (device().is_cpu())
        check_finite(phase, model, task.item<double>(), "loss on images held out");
    const at::Tensor added = extra(task, now);
    descend(optimizer, added.defined() ? task + added : task, settings.clip_grad_norm);
    model.train_weights_only();
    return added.defined() ? added.detach() : added;
}

PLINY_INLINE void TrainingLoop::finish_epoch(const Phase& phase, TrainedModel& model, Best& best,
                                             OptimizerView optimizer,
                                             const std::function<CostValues()>& costs) {
    Position& at = state.position;
    const double images = static_cast<double>(train.size());
    const auto scored = [&](const Images& data) {
        return accuracy(
            model.module(), [&](const at::Tensor& input) { return model.forward(input); }, data);
    };
    EpochResult result{.phase = std::string(phase.name),
                       .epoch = at.epoch,
                       .train_loss = at.loss_sum / images,
                       .train_accuracy = 100 * static_cast<double>(at.right) / images,
                       .test_accuracy = scored(test),
                       .validation_accuracy = {},
                       .cost = costs(),
                       .penalty = at.penalty_sum / images,
                       .learning_rate = 0,
                       .seconds = at.seconds};
    if (optimizer.fused)
        result.learning_rate = optimizer.fused->groups[0].lr *
                               lr_factor(phase, at.epoch + 1 - 1.0 / static_cast<double>(batches()));
    if (validation.size() > 0) {
        result.validation_accuracy = scored(validation);
        const bool counts = phase.may_stop ? true : model.limits_hold();
        if (counts && (at.best_epoch < 0 || *result.validation_accuracy > at.best)) {
            at.best = *result.validation_accuracy;
            at.best_epoch = at.epoch;
            keep_best(model.module(), best);
        }
    }
    progress.finish(joined(
        "loss ", decimals(result.train_loss, 4), "  train ", decimals(result.train_accuracy, 2), " %  test ",
        decimals(result.test_accuracy, 2), " %",
        result.validation_accuracy ? joined("  validation ", decimals(*result.validation_accuracy, 2), " %")
                                   : ""));
    state.history.push_back(std::move(result));
    at = {.phase = at.phase, .epoch = at.epoch + 1, .best = at.best, .best_epoch = at.best_epoch};
    model.notify(EpochDone{state.history.back()});
}

/// Adds a step's task loss, penalty and right answers to those of the window.
PLINY_INLINE void TrainingLoop::add_step(at::Tensor& sums, const at::Tensor& task, const at::Tensor& added,
                                         const at::Tensor& output, std::int64_t count) const {
    const at::NoGradGuard no_grad;
    const auto images = static_cast<double>(count);
    const at::Tensor right = output.argmax(1).eq(y).sum().to(at::kDouble);
    const at::Tensor loss = task.to(at::kDouble) * images;
    const at::Tensor penalty = added.defined() ? added.to(at::kDouble) * images : at::zeros_like(loss);
    sums.add_(at::stack({loss, penalty, right}));
}

/// Moves the sums of a window into the position; TrainingError where they are not finite.
PLINY_INLINE void TrainingLoop::read_sums(const Phase& phase, TrainedModel& model, at::Tensor& sums) {
    const at::Tensor host = sums.cpu();
    const double* values = host.const_data_ptr<double>();
    check_finite(phase, model, values[0], "loss");
    check_finite(phase, model, values[1], "penalty");
    state.position.loss_sum += values[0];
    state.position.penalty_sum += values[1];
    state.position.right += static_cast<std::int64_t>(values[2]);
    sums.zero_();
}

PLINY_INLINE void TrainingLoop::check_finite(const Phase& phase, TrainedModel& model, double value,
                                             std::string_view what) {
    if (std::isfinite(value))
        return;
    const std::string layer = model.first_nonfinite_layer(x);
    throw TrainingError(joined(phase.name, " epoch ", state.position.epoch + 1, ", batch ",
                               state.position.batch + 1, ": the ", what, " is ", value, "; ",
                               layer.empty() ? "all layers give finite outputs for this batch"
                                             : "the first layer whose output is not finite is " + layer,
                               "; ", last_checkpoint(), "; a smaller learning rate may help"));
}

} // namespace pliny::detail
