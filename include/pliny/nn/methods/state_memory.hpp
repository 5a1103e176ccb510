// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

namespace pliny::detail {

/// The memory of the states of a model's steps, used again as soon as nobody holds one: no step of a training
/// allocates any. What is copied or moved begins without.
template <class State>
class StateMemory {
public:
    StateMemory() = default;
    StateMemory(const StateMemory&) noexcept {}
    StateMemory& operator=(const StateMemory&) noexcept { return *this; }

    /// A state that `fill(state)` gives what it is made of and `make(state)` makes all else of; the last one
    /// again where that was made of the same. For one thread at a time.
    template <class Fill, class Make>
    std::shared_ptr<const State> get(const Fill& fill, const Make& make) {
        if (!next || next.use_count() > 1)
            next = std::make_shared<State>();
        fill(*next);
        if (last && last->made_of_same(*next))
            return last;
        make(*next);
        std::swap(last, next);
        return last;
    }

private:
    std::shared_ptr<State> last, next;
};

} // namespace pliny::detail
