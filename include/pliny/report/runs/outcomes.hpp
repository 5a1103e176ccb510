// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/run/bits.hpp>
#include <pliny/report/runs/training_times.hpp>

#include <map>
#include <string>
#include <vector>

namespace pliny::report {

/// A network that came out of several runs, or that one of them started from.
struct Outcome {
    std::string name{};
    std::string method{};
    const Repeats* runs = nullptr;
    const char* part = "found"; // of the report

    std::optional<Spread> of(std::initializer_list<const char*> keys) const {
        return runs->of([&](const Json& run) { return number_at(field(run, {part}), keys); });
    }
    /// None for a network in floating point.
    std::optional<Spread> bits_per_weight() const {
        return std::string_view(part) == "baseline" ? std::nullopt : runs->of(&detail::bits_per_weight);
    }
};

/// All networks of one data set. Where a network was not trained alone, the unpruned one that a search
/// trained for comparison stands for it.
inline std::vector<Outcome> outcomes_of(const std::vector<Repeats>& all, const std::string& dataset) {
    std::vector<Outcome> outcomes;
    std::vector<std::string> references; // networks that have a plain row
    for (const Repeats& repeats : all)
        if (repeats.dataset == dataset && repeats.plain())
            references.push_back(repeats.network);
    for (const Repeats& repeats : all) {
        if (repeats.dataset != dataset)
            continue;
        const Outcome unpruned{repeats.network + ", unpruned", "none", &repeats, "baseline"};
        if (std::find(references.begin(), references.end(), repeats.network) == references.end() &&
            unpruned.of({"test_accuracy"})) {
            outcomes.push_back(unpruned);
            references.push_back(repeats.network);
        }
        outcomes.push_back(
            {repeats.program, repeats.method, &repeats, repeats.plain() ? "baseline" : "found"});
    }
    return outcomes;
}

namespace detail {

/// The mean, and how far runs lie apart where there are several; `spell(number, mean)` gives both as many
/// places.
inline Cell cell_of(const std::optional<Spread>& value, const auto& spell) {
    if (!value)
        return {"-"};
    return {spell(value->mean, value->mean),
            value->count > 1 ? "± " + spell(value->deviation, value->mean) : ""};
}

/// "met", "missed", "2 of 3 met", or "-" without limits.
inline Cell limits_cell(const Outcome& outcome) {
    std::size_t met = 0, limited = 0;
    for (const Json* run : outcome.runs->runs) {
        const Json& limits = list_at(*run, {"limits"});
        limited += !limits.empty();
        met += !limits.empty() && std::all_of(limits.begin(), limits.end(), [](const Json& limit) {
            return field(limit, {"satisfied"}) == true;
        });
    }
    if (limited == 0 || std::string_view(outcome.part) == "baseline")
        return {"-"};
    if (met == limited)
        return {"met", "", Cell::Tone::Good};
    return {met == 0 ? "missed" : std::to_string(met) + " of " + std::to_string(limited) + " met", "",
            Cell::Tone::Bad};
}

} // namespace detail

/// Size, accuracy and speed of every network of one data set.
inline Table outcomes_table(const std::vector<Outcome>& outcomes) {
    std::vector<std::string> batches;
    for (const Outcome& outcome : outcomes)
        for (const Json* run : outcome.runs->runs)
            for (const auto& [batch, ms] : field(*run, {outcome.part, "latency_ms"}).items())
                if (std::find(batches.begin(), batches.end(), batch) == batches.end())
                    batches.push_back(batch);
    Table table{"results", {"program", "size MiB", "accuracy %", "parameters"}, {}};
    const bool quantized = std::any_of(outcomes.begin(), outcomes.end(),
                                       [](const Outcome& o) { return o.bits_per_weight().has_value(); });
    if (quantized)
        table.head.push_back("bits per weight");
    for (const std::string& batch : batches)
        table.head.push_back("ms, " + batch_in_words(batch));
    table.head.insert(table.head.end(), {"limits", "runs"});
    const auto whole = [](double v, double) { return grouped(v); };
    const auto percent = [](double v, double) { return fixed(v, 2); };
    const auto size = [](double v, double mean) {
        return grouped(mebibytes(v), mebibytes(mean) < 1 ? 3 : 2);
    };
    const auto milliseconds = [](double v, double mean) { return grouped(v, places_for(mean, 3)); };
    for (const Outcome& outcome : outcomes) {
        std::vector<Cell> cells{{outcome.name},
                                detail::cell_of(outcome.of({"file_bytes"}), size),
                                detail::cell_of(outcome.of({"test_accuracy"}), percent),
                                detail::cell_of(outcome.of({"parameters"}), whole)};
        if (const auto bits = outcome.bits_per_weight(); quantized)
            cells.push_back(bits ? detail::cell_of(bits, percent) : Cell{"32"});
        for (const std::string& batch : batches)
            cells.push_back(detail::cell_of(outcome.of({"latency_ms", batch.c_str()}), milliseconds));
        cells.push_back(detail::limits_cell(outcome));
        cells.push_back({std::to_string(outcome.runs->runs.size())});
        table.rows.push_back(std::move(cells));
    }
    return table;
}

} // namespace pliny::report
