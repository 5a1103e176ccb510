// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>

#include <optional>
#include <string>

namespace pliny::report {

/// Milliseconds of one inference of a batch.
struct Latency {
    std::optional<double> median{};
    std::optional<double> minimum{};
    std::optional<double> spread{}; // between the quartiles, over the median
    std::optional<double> threads{};
    std::optional<double> rounds{};
    bool steady = true; // as far as is known
};

/// Of "baseline" or "found" of a report, of a batch such as "batch1".
inline Latency latency_of(const Json& network, const std::string& batch) {
    const Json& details = field(network, {"latency", batch.c_str()});
    return {.median = number_at(network, {"latency_ms", batch.c_str()}),
            .minimum = number_at(details, {"minimum_ms"}),
            .spread = number_at(details, {"spread"}),
            .threads = number_at(details, {"threads"}),
            .rounds = number_at(details, {"rounds"}),
            .steady = field(details, {"steady"}) != false};
}

} // namespace pliny::report
