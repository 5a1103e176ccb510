// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/runs/variants.hpp>
#include <pliny/report/score.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pliny::report {

/// Mean and sample standard deviation of several runs.
struct Spread {
    double mean = 0;
    double deviation = 0; // 0 for a single run
    std::size_t count = 0;
};

/// Nothing where there are no values.
inline std::optional<Spread> spread(std::span<const double> values) {
    if (values.empty())
        return std::nullopt;
    Spread result{.count = values.size()};
    for (const double value : values)
        result.mean += value / static_cast<double>(values.size());
    double squares = 0;
    for (const double value : values)
        squares += (value - result.mean) * (value - result.mean);
    if (values.size() > 1)
        result.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
    return result;
}

/// Runs that differ only in their seed.
struct Repeats {
    std::string program{}; // with what tells it from others of that name
    std::string variant{}; // equal for the same program on other data
    std::string network{};
    std::string method{};
    std::string dataset{};
    Score score{};
    std::vector<const Json*> runs{};

    bool plain() const { return method == "none"; }

    /// A number of every run that has it; `number_of` gives an optional.
    std::optional<Spread> of(const auto& number_of) const {
        std::vector<double> values;
        for (const Json* run : runs)
            if (const std::optional<double> value = number_of(*run))
                values.push_back(*value);
        return spread(values);
    }
};

/// The runs of all reports, network by network, plain trainings first; otherwise in the order given.
inline std::vector<Repeats> repeats_of(std::span<const Json> reports) {
    std::vector<Repeats> all;
    std::vector<std::string> networks;
    for (const Json& report : reports) {
        const std::string variant = variant_of(report), dataset = text_at(report, {"dataset"});
        const Score score = score_of(report);
        const std::string network = short_name(text_at(report, {"network"}));
        const auto same = std::find_if(all.begin(), all.end(), [&](const Repeats& r) {
            return r.variant == variant && r.dataset == dataset && r.score == score;
        });
        if (same != all.end()) {
            same->runs.push_back(&report);
            continue;
        }
        if (std::find(networks.begin(), networks.end(), network) == networks.end())
            networks.push_back(network);
        all.push_back({variant_in_words(report, reports),
                       variant,
                       network,
                       text_at(report, {"method"}),
                       dataset,
                       score,
                       {&report}});
    }
    std::stable_sort(all.begin(), all.end(), [&](const Repeats& a, const Repeats& b) {
        const auto place = [&](const Repeats& r) {
            return std::pair(std::find(networks.begin(), networks.end(), r.network) - networks.begin(),
                             !r.plain());
        };
        return place(a) < place(b);
    });
    return all;
}

} // namespace pliny::report
