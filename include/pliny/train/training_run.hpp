// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/tensor_views.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/train/checkpoint.hpp>
#include <pliny/train/optimizer.hpp>
#include <pliny/train/training_error.hpp>

#include <torch/nn/module.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pliny {

/// What a training remembers from phase to phase, and the checkpoints that let it go on after an
/// interruption. Everything random follows from a seed and the position.
class TrainingRun {
public:
    PLINY_INLINE TrainingRun();
    PLINY_INLINE ~TrainingRun();

    TrainingState state;
    const std::vector<EpochResult>& history() const { return state.history; }

    /// Writes a checkpoint after every epoch and when interrupted. `order`: the phases that the run will
    /// have.
    PLINY_INLINE void keep_checkpoints(CheckpointFiles files, std::vector<std::string> order);
    /// Goes on from a checkpoint: phases before its own are over. FileError where it belongs to another run.
    PLINY_INLINE void resume(Checkpoint checkpoint);
    /// Whether a phase is still to be run, or gone on with.
    PLINY_INLINE bool reaches(std::string_view phase) const;
    PLINY_INLINE void remove_checkpoints() const;

protected:
    /// The weights of the best epoch so far of a phase.
    using Best = detail::NamedTensors;

    /// Starts a phase, or goes on with it: then model, optimiser and generators are those of the checkpoint.
    /// FileError, before anything is changed for the worse, where its tensors do not fit.
    PLINY_INLINE void begin(std::string_view phase, std::uint64_t seed, const torch::nn::Module& model,
                            FusedOptimizer* optimizer, Best& best, at::Device device);
    /// Writes a checkpoint, if they are kept. TrainingError, and the one before stays, where a tensor is not
    /// finite.
    PLINY_INLINE void save_checkpoint(const torch::nn::Module& model, const FusedOptimizer* optimizer,
                                      const Best& best, at::Device device) const;
    PLINY_INLINE std::string last_checkpoint() const;

    PLINY_INLINE static void keep_best(const torch::nn::Module& model, Best& best);
    PLINY_INLINE static void restore_best(const torch::nn::Module& model, const Best& best);

private:
    std::optional<CheckpointFiles> checkpoints;
    std::vector<std::string> phases;
    std::optional<Checkpoint> pending;
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/train/definitions/training_run.hpp>
#endif
