// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/latency.hpp>
#include <pliny/report/run/bits.hpp>
#include <pliny/report/run/settling.hpp>
#include <pliny/report/runs/training_times.hpp>

#include <algorithm>
#include <optional>
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
    std::optional<Spread> score() const {
        return runs->of([&](const Json& run) { return score_at(field(run, {part}), "test"); });
    }
    /// Milliseconds of a batch such as "batch1"; `what` is a member of `Latency`.
    std::optional<Spread> latency(const std::string& batch, std::optional<double> Latency::*what) const {
        return runs->of([&](const Json& run) { return latency_of(field(run, {part}), batch).*what; });
    }
    bool steady(const std::string& batch) const {
        return std::all_of(runs->runs.begin(), runs->runs.end(),
                           [&](const Json* run) { return latency_of(field(*run, {part}), batch).steady; });
    }
    /// None for a network in floating point.
    std::optional<Spread> bits_per_weight() const {
        return std::string_view(part) == "baseline" ? std::nullopt : runs->of(&detail::bits_per_weight);
    }
};

/// All networks of one data set that are judged by one score. Where a network was not trained alone, the
/// unpruned one that a search trained for comparison stands for it.
inline std::vector<Outcome> outcomes_of(const std::vector<Repeats>& all, const std::string& dataset,
                                        const Score& score) {
    const auto here = [&](const Repeats& repeats) {
        return repeats.dataset == dataset && repeats.score == score;
    };
    std::vector<Outcome> outcomes;
    std::vector<std::string> references; // networks that have a plain row
    for (const Repeats& repeats : all)
        if (here(repeats) && repeats.plain())
            references.push_back(repeats.network);
    for (const Repeats& repeats : all) {
        if (!here(repeats))
            continue;
        const Outcome unpruned{repeats.network + ", unpruned", "none", &repeats, "baseline"};
        if (std::find(references.begin(), references.end(), repeats.network) == references.end() &&
            unpruned.score()) {
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

/// The same of a time, with the shortest, and a word where it is not steady.
inline Cell latency_cell(const Outcome& outcome, const std::string& batch) {
    const auto median = outcome.latency(batch, &Latency::median),
               minimum = outcome.latency(batch, &Latency::minimum);
    const auto spell = [](double v, double mean) { return grouped(v, places_for(mean, 3)); };
    Cell cell = cell_of(median, spell);
    const auto add = [&](const std::string& words) { cell.note += (cell.note.empty() ? "" : ", ") + words; };
    if (minimum)
        add("min " + spell(minimum->mean, minimum->mean));
    if (median && !outcome.steady(batch)) {
        add("not steady");
        cell.tone = Cell::Tone::Warn;
    }
    return cell;
}

/// In how many runs settling did more than a search should leave to it, and what; nothing where in none.
inline std::string settling_note(const Outcome& outcome) {
    std::size_t warned = 0;
    std::string words;
    for (const Json* run : outcome.runs->runs)
        if (!settling_warning(*run).empty() && ++warned == 1) {
            const auto moved = moved_far(*run);
            words = moved ? "from " + moved->before_in_words()
                          : figure(channels_settled(*run)) + " channels settled";
        }
    const std::size_t all = outcome.runs->runs.size();
    return warned == 0 || all == 1
               ? words
               : std::to_string(warned) + " of " + std::to_string(all) + " settled from afar";
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
    const std::string note = settling_note(outcome);
    if (met == limited)
        return {"met", note, note.empty() ? Cell::Tone::Good : Cell::Tone::Warn};
    return {met == 0 ? "missed" : std::to_string(met) + " of " + std::to_string(limited) + " met", note,
            Cell::Tone::Bad};
}

} // namespace detail

/// Size, score and speed of every network of one data set.
inline Table outcomes_table(const std::vector<Outcome>& outcomes, const Score& score) {
    std::vector<std::string> batches;
    for (const Outcome& outcome : outcomes)
        for (const Json* run : outcome.runs->runs)
            for (const auto& [batch, ms] : field(*run, {outcome.part, "latency_ms"}).items())
                if (std::find(batches.begin(), batches.end(), batch) == batches.end())
                    batches.push_back(batch);
    Table table{"results", {"program", "size MiB", score.headed(), "parameters"}, {}};
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
    const auto judged = [&](double v, double) { return score.figure(v); };
    for (const Outcome& outcome : outcomes) {
        std::vector<Cell> cells{{outcome.name},
                                detail::cell_of(outcome.of({"file_bytes"}), size),
                                detail::cell_of(outcome.score(), judged),
                                detail::cell_of(outcome.of({"parameters"}), whole)};
        if (const auto bits = outcome.bits_per_weight(); quantized)
            cells.push_back(bits ? detail::cell_of(bits, percent) : Cell{"32"});
        for (const std::string& batch : batches)
            cells.push_back(detail::latency_cell(outcome, batch));
        cells.push_back(detail::limits_cell(outcome));
        cells.push_back({std::to_string(outcome.runs->runs.size())});
        table.rows.push_back(std::move(cells));
    }
    return table;
}

} // namespace pliny::report
