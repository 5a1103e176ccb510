// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/tensor_views.hpp>
#include <pliny/train/checkpoint.hpp>
#include <pliny/train/derived_seed.hpp>
#include <pliny/train/optimizer.hpp>
#include <pliny/train/training_error.hpp>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pliny {

namespace detail {

/// The state of the generators that layers draw from (Dropout), as named tensors.
inline NamedTensors generator_states(at::Device device) {
    NamedTensors states{{"generator.cpu", at::detail::getDefaultCPUGenerator().get_state()}};
    if (device.is_cuda())
        states.emplace_back("generator.cuda", at::globalContext().defaultGenerator(device).get_state());
    return states;
}
inline void set_generator_states(const SafetensorsFile& file, at::Device device) {
    for (auto& [name, state] : generator_states(device)) {
        if (name != "generator.cpu" && !file.find(name)) // gone on with on another device
            continue;
        read_tensor(file, name, state);
        const bool cpu = name == "generator.cpu";
        at::Generator generator =
            cpu ? at::detail::getDefaultCPUGenerator() : at::globalContext().defaultGenerator(device);
        try {
            generator.set_state(state);
        } catch (const c10::Error&) {
            file_error(file.path, "tensor " + name + ": found no state of a random number generator");
        }
    }
}

} // namespace detail

/// What a training remembers from phase to phase, and the checkpoints that let it go on after an
/// interruption. Everything random follows from a seed and the position.
class TrainingRun {
public:
    TrainingState state;
    const std::vector<EpochResult>& history() const { return state.history; }

    /// Writes a checkpoint after every epoch and when interrupted. `order`: the phases that the run will
    /// have.
    void keep_checkpoints(CheckpointFiles files, std::vector<std::string> order) {
        checkpoints = std::move(files);
        phases = std::move(order);
    }
    /// Goes on from a checkpoint: phases before its own are over. FileError where it belongs to another run.
    void resume(Checkpoint checkpoint) {
        if (!checkpoints)
            throw TrainingError("resume: call keep_checkpoints first");
        checkpoints->check_owner(checkpoint);
        const std::string& phase = checkpoint.state.position.phase;
        if (std::ranges::find(phases, phase) == phases.end())
            detail::file_error(checkpoint.tensors.path, "field training.position.phase: found " +
                                                            detail::in_quotes(phase) +
                                                            "; expected one of this program's phases");
        state = checkpoint.state;
        ++state.resumed;
        pending = std::move(checkpoint);
    }
    /// Whether a phase is still to be run, or gone on with.
    bool reaches(std::string_view phase) const {
        return !pending ||
               std::ranges::find(phases, phase) >= std::ranges::find(phases, pending->state.position.phase);
    }
    void remove_checkpoints() const {
        if (checkpoints)
            checkpoints->remove();
    }

protected:
    /// The weights of the best epoch so far of a phase.
    using Best = detail::NamedTensors;

    /// Starts a phase, or goes on with it: then model, optimiser and generators are those of the checkpoint.
    /// FileError, before anything is changed for the worse, where its tensors do not fit.
    template <class Optimizer>
    void begin(std::string_view phase, std::uint64_t seed, const torch::nn::Module& model,
               Optimizer& optimizer, Best& best, at::Device device) {
        if (pending && pending->state.position.phase != phase)
            throw TrainingError(joined("phase ", phase, ": the checkpoint is in ",
                                       pending->state.position.phase, "; ask reaches() first"));
        at::manual_seed(detail::derived_seed(seed, phase));
        if (pending) {
            const SafetensorsFile& file = pending->tensors;
            detail::NamedTensors own = named(model, "model.");
            if (state.position.best_epoch >= 0 && file.find("best." + own[0].first.substr(6))) {
                keep_best(model, best);
                for (const auto& [name, tensor] : best)
                    own.emplace_back("best." + name, tensor);
            }
            if constexpr (std::derived_from<Optimizer, FusedOptimizer>)
                for (auto& [name, tensor] : make_optimizer_state(file, optimizer))
                    own.emplace_back(name, tensor);
            for (const auto& [name, tensor] : own)
                detail::read_tensor(file, name, tensor);
            detail::set_generator_states(file, device);
            pending.reset();
        } else {
            state.position = {.phase = std::string(phase)};
        }
    }

    /// Writes a checkpoint, if they are kept. TrainingError, and the one before stays, where a tensor is not
    /// finite.
    template <class Optimizer>
    void save_checkpoint(const torch::nn::Module& model, const Optimizer& optimizer, const Best& best,
                         at::Device device) const {
        if (!checkpoints)
            return;
        detail::NamedTensors tensors = named(model, "model.");
        for (const auto& [name, tensor] : tensors)
            if (tensor.is_floating_point() && !tensor.isfinite().all().template item<bool>())
                throw TrainingError(joined(state.position.phase, " epoch ", state.position.epoch, ": ",
                                           name.substr(6), " is not finite; ", last_checkpoint(),
                                           "; a smaller learning rate may help"));
        for (const auto& [name, tensor] : best)
            tensors.emplace_back("best." + name, tensor);
        if constexpr (std::derived_from<Optimizer, FusedOptimizer>)
            for (std::size_t i = 0; i < optimizer.state.size(); ++i)
                for (std::size_t k = 0; k < optimizer.state[i].size(); ++k)
                    if (optimizer.state[i][k].defined())
                        tensors.emplace_back(joined("optimizer.", i, ".", k), optimizer.state[i][k]);
        for (auto& item : detail::generator_states(device))
            tensors.push_back(std::move(item));
        const detail::TensorViews views(tensors);
        checkpoints->write(state, views.views);
    }

    std::string last_checkpoint() const {
        const bool there = checkpoints && std::filesystem::exists(checkpoints->path);
        return there ? "the last good checkpoint is " + checkpoints->path.string() : "no checkpoint was kept";
    }

    static void keep_best(const torch::nn::Module& model, Best& best) {
        best.clear();
        for (auto& [name, tensor] : detail::named_tensors(model))
            best.emplace_back(name, tensor.detach().clone());
    }
    static void restore_best(const torch::nn::Module& model, const Best& best) {
        const at::NoGradGuard no_grad;
        const detail::NamedTensors own = detail::named_tensors(model);
        for (std::size_t i = 0; i < best.size(); ++i)
            own[i].second.copy_(best[i].second);
    }

private:
    std::optional<CheckpointFiles> checkpoints;
    std::vector<std::string> phases;
    std::optional<Checkpoint> pending;

    static detail::NamedTensors named(const torch::nn::Module& model, const std::string& prefix) {
        detail::NamedTensors tensors = detail::named_tensors(model);
        for (auto& item : tensors)
            item.first = prefix + item.first;
        return tensors;
    }

    /// Tensors for all the moments that the file has of the parameters.
    static detail::NamedTensors make_optimizer_state(const SafetensorsFile& file, FusedOptimizer& optimizer) {
        detail::NamedTensors made;
        std::size_t slot = 0;
        for (const ParameterGroup& group : optimizer.groups)
            for (const at::Tensor& parameter : group.parameters) {
                for (std::size_t k = 0; k < optimizer.state[slot].size(); ++k)
                    if (const std::string name = joined("optimizer.", slot, ".", k); file.find(name)) {
                        const bool count = k == 2; // Adam's number of steps
                        optimizer.state[slot][k] =
                            count ? at::zeros({}, parameter.options().dtype(at::kFloat))
                                  : at::zeros_like(parameter, at::TensorOptions().requires_grad(false));
                        made.emplace_back(name, optimizer.state[slot][k]);
                    }
                ++slot;
            }
        return made;
    }
};

} // namespace pliny
