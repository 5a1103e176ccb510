// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/text.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include <unistd.h>

namespace pliny {

/// Says on standard error how an epoch gets on: one line that is rewritten on a terminal, one line an epoch
/// elsewhere.
class Progress {
public:
    explicit Progress(bool silent = false) : quiet(silent), terminal(isatty(STDERR_FILENO) == 1) {}

    /// Starts an epoch of `total` batches, of which `done_before` were done before an interruption.
    void start(std::string_view phase, int epoch, int epochs, std::int64_t total,
               std::int64_t done_before = 0) {
        title = std::string(phase) + " " + std::to_string(epoch + 1) + "/" + std::to_string(epochs);
        batches = total;
        skipped = done_before;
        begin = shown = Clock::now();
    }
    /// Whether something is to be shown after batch number `done`.
    bool is_due(std::int64_t done) const {
        return !quiet && terminal &&
               (done == batches || Clock::now() - shown >= std::chrono::milliseconds(200));
    }
    /// After batch number `done`; `note` tells what is worth knowing.
    void batch(std::int64_t done, std::string_view note) {
        shown = Clock::now();
        const double rate = static_cast<double>(done - skipped) / seconds();
        std::fprintf(stderr, "\r\033[K%-16s %5lld/%lld  %.0f batches/s  %s left  %.*s", title.c_str(),
                     static_cast<long long>(done), static_cast<long long>(batches), rate,
                     duration(static_cast<double>(batches - done) / rate).c_str(),
                     static_cast<int>(note.size()), note.data());
    }
    void finish(std::string_view note) {
        if (!quiet)
            std::fprintf(stderr, "%s%-16s %12s  %.*s\n", terminal ? "\r\033[K" : "", title.c_str(),
                         duration(seconds()).c_str(), static_cast<int>(note.size()), note.data());
    }
    double seconds() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }

private:
    using Clock = std::chrono::steady_clock;
    bool quiet;
    bool terminal;
    std::string title;
    std::int64_t batches = 0, skipped = 0;
    Clock::time_point begin, shown;
};

} // namespace pliny
