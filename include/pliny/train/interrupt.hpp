// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csignal>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include <unistd.h>

namespace pliny {

/// Someone asked the program to stop, and what was under way has been saved; `signal` is SIGINT or SIGTERM.
struct Interrupted : std::runtime_error {
    explicit Interrupted(int number) : std::runtime_error("interrupted"), signal(number) {}
    int signal;
};

namespace detail {
inline std::atomic<int> interrupt_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "signal handlers may touch nothing else");
} // namespace detail

/// As long as it lives, the first SIGINT (Ctrl-C) or SIGTERM only asks to stop: training ends its batch,
/// saves and throws `Interrupted`. A second one ends the program at once.
class InterruptHandler {
public:
    InterruptHandler() {
        detail::interrupt_signal = 0;
        struct sigaction action {};
        action.sa_handler = [](int number) {
            detail::interrupt_signal = number;
            constexpr std::string_view text = "\nstopping after this batch; once more stops without saving\n";
            [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        };
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        sigemptyset(&action.sa_mask);
        for (std::size_t i = 0; i < 2; ++i)
            ::sigaction(signals[i], &action, &before[i]);
    }
    ~InterruptHandler() {
        for (std::size_t i = 0; i < 2; ++i)
            ::sigaction(signals[i], &before[i], nullptr);
        detail::interrupt_signal = 0;
    }
    InterruptHandler(const InterruptHandler&) = delete;
    InterruptHandler& operator=(const InterruptHandler&) = delete;

private:
    static constexpr int signals[2]{SIGINT, SIGTERM};
    struct sigaction before[2]{};
};

/// Throws `Interrupted` where an `InterruptHandler` has been asked to stop.
inline void throw_if_interrupted() {
    if (const int signal = detail::interrupt_signal)
        throw Interrupted(signal);
}

} // namespace pliny
