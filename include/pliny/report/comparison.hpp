// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/scatter_chart.hpp>
#include <pliny/report/page/page.hpp>
#include <pliny/report/read_report.hpp>
#include <pliny/report/runs/outcomes.hpp>
#include <pliny/report/runs/training_times.hpp>

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pliny::report {

/// Several runs side by side, as three files: the same tables for reading as text and in a browser, and the
/// chart of accuracy over size.
struct Comparison {
    std::string markdown{};
    std::string html{};
    std::string pareto_svg{};
};

namespace detail {

inline constexpr const char* times_note = "Training time without the unpruned network that a "
                                          "search may train for comparison. The ratios are to "
                                          "plain training of the same network on the same data, device, "
                                          "threads and batch size: of the whole time, and of "
                                          "an epoch of the search to a plain epoch (without a plain run: to "
                                          "the run's own epochs that search nothing).";
inline constexpr const char* outcomes_note =
    "A MiB is 2^20 bytes; inference is the median time of a batch, "
    "batch norm folded, min the shortest; mean ± sample standard deviation "
    "over runs that differ only in the seed.";
inline constexpr const char* unsteady_note = "Not steady: the machine did other work while the times were "
                                             "taken, and they say little.";
inline constexpr const char* far_note =
    "Met from 12 %, say: when the search ended, the network cost so much of its limit, and settling did the "
    "rest. It is said where settling moved the cost by more than a fifth of the limit, or changed more than "
    "a "
    "tenth of the channels; then settling, rather than the search, decided on part of the network.";

/// What the tables of results need below them.
inline std::vector<std::string> notes_below(const std::vector<Table>& tables) {
    const auto says = [&](const char* words) {
        for (const Table& table : tables)
            for (const auto& row : table.rows)
                for (const Cell& cell : row)
                    if (cell.note.find(words) != std::string::npos)
                        return true;
        return false;
    };
    std::vector<std::string> notes{outcomes_note};
    if (says("not steady"))
        notes.push_back(unsteady_note);
    if (says("from ") || says("settled"))
        notes.push_back(far_note);
    return notes;
}

/// The program that all names begin with, as "cnn_sweep: "; nothing where there are several.
inline std::string shared_beginning(const std::vector<Outcome>& outcomes) {
    std::string beginning;
    for (const Outcome& outcome : outcomes) {
        const std::size_t colon = outcome.name.find(": ");
        const std::string mine = colon == std::string::npos ? "" : outcome.name.substr(0, colon + 2);
        if (mine.empty() || (!beginning.empty() && mine != beginning))
            return "";
        beginning = mine;
    }
    return beginning;
}

/// The score of one data set over parameters or, where some runs have searched bits, over bytes of the file;
/// one colour per method.
inline ScatterChart pareto_chart(const std::vector<Outcome>& outcomes,
                                 const std::vector<std::string>& methods, const std::string& title,
                                 const Score& score) {
    const bool quantized = std::any_of(outcomes.begin(), outcomes.end(),
                                       [](const Outcome& o) { return o.bits_per_weight().has_value(); });
    const char* key = quantized ? "file_bytes" : "parameters";
    const std::string unit = quantized ? "bytes" : "parameters";
    ScatterChart chart{.title = title,
                       .x_name = quantized ? "bytes of the file" : "parameters",
                       .y_name = score.headed() + (score.higher_is_better ? "" : ", less is better"),
                       .candidates = {},
                       .less_is_better = !score.higher_is_better};
    if (score.unit != "%")
        chart.most = std::numeric_limits<double>::infinity();
    const std::size_t skipped = shared_beginning(outcomes).size();
    for (const Outcome& outcome : outcomes) {
        const auto size = outcome.of({key}), quality = outcome.score();
        if (!size || !quality)
            continue;
        const auto method = std::find(methods.begin(), methods.end(), outcome.method) - methods.begin();
        chart.candidates.push_back({outcome.name.substr(skipped),
                                    {size->mean, quality->mean},
                                    outcome.method == "none" ? 0 : static_cast<int>(1 + method % 6),
                                    outcome.name + ": " + score.spelled(quality->mean) + " with " +
                                        grouped(size->mean) + " " + unit});
    }
    return chart;
}

/// Pictures in a grid of up to three columns, as one picture.
inline Drawing tiled(const std::vector<Drawing>& pictures, const std::string& label) {
    constexpr double gap = 30;
    double width = 0, height = 0;
    for (const Drawing& picture : pictures)
        width = std::max(width, picture.width), height = std::max(height, picture.height);
    const std::size_t columns = std::min<std::size_t>(3, std::max<std::size_t>(1, pictures.size()));
    const std::size_t rows = (pictures.size() + columns - 1) / columns;
    const auto span = [&](std::size_t count, double size) {
        return static_cast<double>(count) * (size + gap) - gap;
    };
    Drawing all(span(columns, width), span(std::max<std::size_t>(1, rows), height), label);
    for (std::size_t i = 0; i < pictures.size(); ++i)
        all.place(static_cast<double>(i % columns) * (width + gap),
                  static_cast<double>(i / columns) * (height + gap), pictures[i]);
    return all;
}

/// How every run was started.
inline Table commands_table(std::span<const Json> reports) {
    Table table{.label = "commands", .head = {"program", "data", "seed", "device", "command"}, .words = true};
    for (const Json& report : reports)
        table.rows.push_back({{variant_in_words(report, reports)},
                              {text_at(report, {"dataset"})},
                              {field(report, {"seed"}).dump()},
                              {text_at(report, {"device"})},
                              {text_at(report, {"command"}, "-")}});
    return table;
}

/// What the networks of a data set are judged by; several where runs are of different kinds.
inline std::vector<Score> scores_of(const std::vector<Repeats>& all, const std::string& dataset) {
    std::vector<Score> scores;
    for (const Repeats& repeats : all)
        if (repeats.dataset == dataset &&
            std::find(scores.begin(), scores.end(), repeats.score) == scores.end())
            scores.push_back(repeats.score);
    return scores;
}

/// "Accuracy over size", or what the score is called.
inline std::string overview_title(const std::vector<Repeats>& all) {
    const std::vector<Score> scores = distinct(all, &Repeats::score);
    return scores.size() > 1           ? "Scores over size"
           : scores.front() == Score{} ? "Accuracy over size"
                                       : scores.front().name + " over size";
}

} // namespace detail

/// Runs side by side: training times, and for every data set sizes, accuracies and inference times with the
/// Pareto front. Throws a `ReportError` where a report lacks what that needs.
inline Comparison comparison(const std::vector<nlohmann::ordered_json>& reports) {
    for (std::size_t i = 0; i < reports.size(); ++i)
        check_report(reports[i], "report " + std::to_string(i + 1));
    const std::vector<Repeats> all = repeats_of(reports);
    const std::vector<std::string> datasets = detail::distinct(all, &Repeats::dataset);
    const std::string overview_title = detail::overview_title(all);
    std::vector<std::string> methods = detail::distinct(all, &Repeats::method);
    std::erase(methods, "none");
    const Table times = training_times(all), commands = detail::commands_table(reports);
    const std::string title = "Comparison of " + detail::counted(static_cast<double>(reports.size()), "run");
    const std::string scope =
        detail::counted(static_cast<double>(detail::distinct(all, &Repeats::variant).size()), "experiment") +
        ", " + detail::counted(static_cast<double>(datasets.size()), "data set");

    Comparison out;
    out.markdown =
        "# " + title + "\n\n## Training time\n\n" + markdown(times) + "\n" + detail::times_note + "\n";
    std::string body =
        "<header><h1>" + escaped(title) + "</h1>\n<p class=\"lead\">" + escaped(scope) + "</p></header>\n";
    std::vector<Drawing> charts;
    std::string pictures, tables;
    std::vector<Table> results;
    for (const std::string& dataset : datasets) {
        const std::vector<Score> scores = detail::scores_of(all, dataset);
        for (const Score& score : scores) {
            const std::string heading = scores.size() == 1 ? dataset : dataset + ", " + score.name;
            const std::vector<Outcome> outcomes = outcomes_of(all, dataset, score);
            const ScatterChart chart = detail::pareto_chart(outcomes, methods, heading, score);
            if (!chart.candidates.empty()) {
                charts.push_back(drawn(chart));
                pictures += charts.back().inlined();
            }
            results.push_back(outcomes_table(outcomes, score));
            out.markdown += "\n## " + markdown_escaped(heading) + "\n\n" + markdown(results.back());
            tables += section(heading, html(results.back()));
        }
    }
    for (const std::string& words : detail::notes_below(results)) {
        tables += note(words);
        out.markdown += "\n" + words + "\n";
    }
    const std::string overview =
        section(overview_title, side_by_side(pictures, static_cast<int>(charts.size())));
    const std::string hours = section("Training time", html(times) + note(detail::times_note));
    body += charts.size() == 1 ? "<div class=\"columns\">\n" + overview + hours + "</div>\n" + tables
                               : overview + tables + hours;
    out.markdown += "\n![" + markdown_escaped(overview_title) +
                    ", with the Pareto front](pareto.svg)\n\n## Commands\n\n" + markdown(commands);
    body += folded_section("Commands", html(commands));
    out.html = page(title, body);
    out.pareto_svg = detail::tiled(charts, overview_title + ", with the Pareto front").standalone();
    return out;
}

} // namespace pliny::report
