// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/examples.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/train/interrupt.hpp>
#include <pliny/train/loss.hpp>
#include <pliny/train/optimizer.hpp>
#include <pliny/train/progress.hpp>
#include <pliny/train/schedule.hpp>
#include <pliny/train/trained_model.hpp>
#include <pliny/train/training_run.hpp>

#include <cstdint>
#include <functional>
#include <string_view>

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
    int patience = 0;          // epochs without a better validation score before a phase ends; 0: never
    Augmentation augmentation = {};
    Loss loss = Loss::cross_entropy();
};

namespace detail {

/// An optimiser, whatever its type: one of pliny's, or any with zero_grad() and step().
struct OptimizerView {
    template <class Optimizer>
    explicit OptimizerView(Optimizer& of)
        : optimizer(&of), zero_grad([](void* it) { static_cast<Optimizer*>(it)->zero_grad(); }),
          step([](void* it) { static_cast<Optimizer*>(it)->step(); }) {
        if constexpr (std::derived_from<Optimizer, FusedOptimizer>)
            fused = &of;
    }
    void* optimizer;
    void (*zero_grad)(void*);
    void (*step)(void*);
    FusedOptimizer* fused =
        nullptr; // with learning rates that a schedule can change, and moments to be saved
};

/// What is added to a task loss, or an undefined tensor; `epoch` counts on from batch to batch.
using Extra = std::function<at::Tensor(const at::Tensor& task_loss, double epoch)>;

/// The loop of a Trainer, for models and optimisers of any type.
class TrainingLoop : public TrainingRun {
public:
    PLINY_INLINE TrainingLoop(const Examples& train_examples, const Examples& test_examples,
                              TrainerSettings how);

    Examples validation; // optional
    Examples held_out;   // optional; neither among the others nor among those to validate

    std::int64_t batches() const { return (train.size() + settings.batch - 1) / settings.batch; }

    PLINY_INLINE void run_phase(const Phase& phase, TrainedModel& model, OptimizerView optimizer,
                                const Extra& extra, const std::function<CostValues()>& costs);

private:
    Examples train; // shares its tensors with the caller's
    Examples test;
    TrainerSettings settings;
    Progress progress;
    at::Tensor x, y;

    at::Device device() const { return train.device(); }
    /// A score in words, and how far a search is from its limits.
    PLINY_INLINE std::string in_words(double score) const;
    PLINY_INLINE static std::string costs_in_words(TrainedModel& model,
                                                   const std::function<CostValues()>& costs);
    PLINY_INLINE bool is_enough(const Phase& phase) const;
    PLINY_INLINE double lr_factor(const Phase& phase, double epoch) const;
    PLINY_INLINE void run_epoch(const Phase& phase, TrainedModel& model, OptimizerView optimizer,
                                const Extra& extra, const std::function<CostValues()>& costs);
    PLINY_INLINE at::Tensor step_architecture(const Phase& phase, TrainedModel& model,
                                              OptimizerView optimizer, const Extra& extra, double now);
    PLINY_INLINE void finish_epoch(const Phase& phase, TrainedModel& model, Best& best,
                                   OptimizerView optimizer, const std::function<CostValues()>& costs);
    PLINY_INLINE void add_step(at::Tensor& sums, const at::Tensor& task, const at::Tensor& added,
                               const at::Tensor& output, std::int64_t count) const;
    PLINY_INLINE void read_sums(const Phase& phase, TrainedModel& model, at::Tensor& sums);
    PLINY_INLINE void check_finite(const Phase& phase, TrainedModel& model, double value,
                                   std::string_view what);
};

} // namespace detail
} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/train/definitions/training_loop.hpp>
#endif
