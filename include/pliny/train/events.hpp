// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/training_state.hpp>

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <variant>

namespace pliny {

/// A phase begins or, resumed, goes on.
struct PhaseStarted {
    std::string_view phase;
    int epochs;
};
/// A step has been taken; on a GPU, reading `loss` waits for it.
struct BatchDone {
    std::string_view phase;
    int epoch;          // from 0 within the phase
    std::int64_t batch; // from 0 within the epoch
    std::int64_t batches;
    const at::Tensor& loss; // scalar, without the penalty
};
/// An epoch is over, its checkpoint not written yet.
struct EpochDone {
    const EpochResult& result;
};
/// The best or last weights of a phase are in place.
struct PhaseDone {
    std::string_view phase;
};

namespace detail {

/// Any of the events.
using Event = std::variant<PhaseStarted, BatchDone, EpochDone, PhaseDone>;

/// Calls every hook that takes the event and the model, or the event alone. Which those are is known when
/// compiling; the others cost nothing.
template <class Event, class ModelType, class... Hooks>
void notify(const Event& event, ModelType& model, Hooks&... hooks) {
    [[maybe_unused]] const auto one = [&](auto& hook) {
        if constexpr (std::invocable<decltype(hook), const Event&, ModelType&>)
            hook(event, model);
        else if constexpr (std::invocable<decltype(hook), const Event&>)
            hook(event);
    };
    (one(hooks), ...);
}

} // namespace detail
} // namespace pliny
