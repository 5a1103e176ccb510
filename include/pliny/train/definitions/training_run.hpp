// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/tensor_views.hpp>
#include <pliny/train/definitions/derived_seed.hpp>
#include <pliny/train/training_run.hpp>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

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

/// The tensors of a model as a checkpoint names them.
inline NamedTensors tensors_of_checkpoint(const torch::nn::Module& model) {
    NamedTensors tensors = named_tensors(model);
    for (auto& item : tensors)
        item.first = "model." + item.first;
    return tensors;
}

/// Tensors for all the moments that the file has of the parameters.
inline NamedTensors make_optimizer_state(const SafetensorsFile& file, FusedOptimizer& optimizer) {
    NamedTensors made;
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

} // namespace detail

PLINY_INLINE TrainingRun::TrainingRun() = default;
PLINY_INLINE TrainingRun::~TrainingRun() = default;

PLINY_INLINE void TrainingRun::keep_checkpoints(CheckpointFiles files, std::vector<std::string> order) {
    checkpoints = std::move(files);
    phases = std::move(order);
}

PLINY_INLINE void TrainingRun::resume(Checkpoint checkpoint) {
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

PLINY_INLINE bool TrainingRun::reaches(std::string_view phase) const {
    return !pending ||
           std::ranges::find(phases, phase) >= std::ranges::find(phases, pending->state.position.phase);
}

PLINY_INLINE void TrainingRun::remove_checkpoints() const {
    if (checkpoints)
        checkpoints->remove();
}

PLINY_INLINE void TrainingRun::begin(std::string_view phase, std::uint64_t seed,
                                     const torch::nn::Module& model, FusedOptimizer* optimizer, Best& best,
                                     at::Device device) {
    if (pending && pending->state.position.phase != phase)
        throw TrainingError(joined("phase ", phase, ": the checkpoint is in ", pending->state.position.phase,
                                   "; ask reaches() first"));
    at::manual_seed(detail::derived_seed(seed, phase));
    if (pending) {
        const SafetensorsFile& file = pending->tensors;
        detail::NamedTensors own = detail::tensors_of_checkpoint(model);
        if (state.position.best_epoch >= 0 && file.find("best." + own[0].first.substr(6))) {
            keep_best(model, best);
            for (const auto& [name, tensor] : best)
                own.emplace_back("best." + name, tensor);
        }
        if (optimizer)
            for (auto& [name, tensor] : detail::make_optimizer_state(file, *optimizer))
                own.emplace_back(name, tensor);
        for (const auto& [name, tensor] : own)
            detail::read_tensor(file, name, tensor);
        detail::set_generator_states(file, device);
        pending.reset();
    } else {
        state.position = {.phase = std::string(phase)};
    }
}

PLINY_INLINE void TrainingRun::save_checkpoint(const torch::nn::Module& model,
                                               const FusedOptimizer* optimizer, const Best& best,
                                               at::Device device) const {
    if (!checkpoints)
        return;
    detail::NamedTensors tensors = detail::tensors_of_checkpoint(model);
    for (const auto& [name, tensor] : tensors)
        if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
            throw TrainingError(joined(state.position.phase, " epoch ", state.position.epoch, ": ",
                                       name.substr(6), " is not finite; ", last_checkpoint(),
                                       "; a smaller learning rate may help"));
    for (const auto& [name, tensor] : best)
        tensors.emplace_back("best." + name, tensor);
    if (optimizer)
        for (std::size_t i = 0; i < optimizer->state.size(); ++i)
            for (std::size_t k = 0; k < optimizer->state[i].size(); ++k)
                if (optimizer->state[i][k].defined())
                    tensors.emplace_back(joined("optimizer.", i, ".", k), optimizer->state[i][k]);
    for (auto& item : detail::generator_states(device))
        tensors.push_back(std::move(item));
    const detail::TensorViews views(tensors);
    checkpoints->write(state, views.views);
}

PLINY_INLINE std::string TrainingRun::last_checkpoint() const {
    const bool there = checkpoints && std::filesystem::exists(checkpoints->path);
    return there ? "the last good checkpoint is " + checkpoints->path.string() : "no checkpoint was kept";
}

PLINY_INLINE void TrainingRun::keep_best(const torch::nn::Module& model, Best& best) {
    best.clear();
    for (auto& [name, tensor] : detail::named_tensors(model))
        best.emplace_back(name, tensor.detach().clone());
}

PLINY_INLINE void TrainingRun::restore_best(const torch::nn::Module& model, const Best& best) {
    const at::NoGradGuard no_grad;
    const detail::NamedTensors own = detail::named_tensors(model);
    for (std::size_t i = 0; i < best.size(); ++i)
        own[i].second.copy_(best[i].second);
}

} // namespace pliny
