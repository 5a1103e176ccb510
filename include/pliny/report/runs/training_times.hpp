// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/page/table.hpp>
#include <pliny/report/runs/repeats.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pliny::report {

/// Seconds that a program trains for, without the unpruned network that it may train for comparison.
inline std::optional<double> training_seconds(const Json& report) {
    double all = 0;
    for (const auto& [phase, seconds] : field(report, {"seconds"}).items())
        all += is_for_comparison(report, phase) ? 0 : seconds.get<double>();
    return all;
}

/// Mean seconds of an epoch of these phases.
inline std::optional<double> epoch_seconds(const Repeats& repeats,
                                           std::initializer_list<std::string_view> phases) {
    double sum = 0, count = 0;
    for (const Json* run : repeats.runs)
        for (const Json& epoch : list_at(*run, {"epochs"}))
            if (std::find(phases.begin(), phases.end(), text_at(epoch, {"phase"})) != phases.end()) {
                sum += number_at(epoch, {"seconds"}).value_or(0);
                ++count;
            }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

/// The plain training of the same network on the same data, device, threads and batch size; null where there
/// is none.
inline const Repeats* plain_of(const Repeats& repeats, const std::vector<Repeats>& all) {
    const auto same = [&](const Json& a, const Json& b, std::initializer_list<const char*> keys) {
        return field(a, keys) == field(b, keys);
    };
    for (const Repeats& other : all) {
        const Json &a = *repeats.runs.front(), &b = *other.runs.front();
        if (other.plain() && other.network == repeats.network && other.dataset == repeats.dataset &&
            same(a, b, {"device"}) && same(a, b, {"threads"}) && same(a, b, {"settings", "--batch"}) &&
            same(a, b, {"images", "train"}))
            return &other;
    }
    return nullptr;
}

/// Training time over that of the plain training.
inline std::optional<double> time_ratio(const Repeats& repeats, const std::vector<Repeats>& all) {
    const Repeats* plain = plain_of(repeats, all);
    const auto mine = repeats.of(training_seconds),
               theirs = plain ? plain->of(training_seconds) : std::nullopt;
    return mine && theirs && theirs->mean > 0 ? std::optional(mine->mean / theirs->mean) : std::nullopt;
}

/// Time of an epoch of the search over that of a plain epoch: of the plain training or, without one, of the
/// run's own epochs that search nothing.
inline std::optional<double> epoch_ratio(const Repeats& repeats, const std::vector<Repeats>& all) {
    const Repeats* plain = plain_of(repeats, all);
    const auto reference = epoch_seconds(plain ? *plain : repeats, {"train", "warm-up", "baseline"});
    const auto mine = repeats.plain() ? reference : epoch_seconds(repeats, {"search"});
    return mine && reference && *reference > 0 ? std::optional(*mine / *reference) : std::nullopt;
}

namespace detail {

/// "1.07" or "1.07-1.10", from the smallest to the largest.
inline std::string range_in_words(std::vector<double> values) {
    if (values.empty())
        return "-";
    std::sort(values.begin(), values.end());
    const std::string low = fixed(values.front(), 2), high = fixed(values.back(), 2);
    return low == high ? low : low + "-" + high;
}

template <class Value>
std::vector<Value> distinct(const std::vector<Repeats>& all, Value Repeats::*what) {
    std::vector<Value> values;
    for (const Repeats& repeats : all)
        if (std::find(values.begin(), values.end(), repeats.*what) == values.end())
            values.push_back(repeats.*what);
    return values;
}

inline double epochs_of(const Json& report) {
    const Json& epochs = list_at(report, {"epochs"});
    return static_cast<double>(std::count_if(epochs.begin(), epochs.end(), [&](const Json& epoch) {
        return !is_for_comparison(report, text_at(epoch, {"phase"}));
    }));
}

} // namespace detail

/// Training time of every program on every data set, with its ratios to plain training.
inline Table training_times(const std::vector<Repeats>& all) {
    const std::vector<std::string> datasets = detail::distinct(all, &Repeats::dataset);
    Table table{"training time", {"program", "epochs"}, {}};
    for (const std::string& dataset : datasets)
        table.head.push_back(dataset.substr(0, dataset.find(':'))); // what follows a colon explains the name
    table.head.insert(table.head.end(), {"time ratio", "epoch ratio"});
    for (const std::string& variant : detail::distinct(all, &Repeats::variant)) {
        std::vector<Cell> cells(2 + datasets.size(), Cell{"-"});
        std::vector<double> times, epochs;
        for (const Repeats& repeats : all) {
            if (repeats.variant != variant)
                continue;
            const auto column =
                std::find(datasets.begin(), datasets.end(), repeats.dataset) - datasets.begin();
            cells[0].text = repeats.program;
            cells[1].text = figure(detail::epochs_of(*repeats.runs.front()));
            const auto seconds = repeats.of(training_seconds);
            cells[static_cast<std::size_t>(2 + column)] = {
                duration(seconds->mean), seconds->count > 1 ? "n = " + std::to_string(seconds->count) : ""};
            if (const auto ratio = time_ratio(repeats, all))
                times.push_back(*ratio);
            if (const auto ratio = epoch_ratio(repeats, all))
                epochs.push_back(*ratio);
        }
        cells.push_back({detail::range_in_words(times)});
        cells.push_back({detail::range_in_words(epochs)});
        table.rows.push_back(std::move(cells));
    }
    return table;
}

} // namespace pliny::report
