// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/scatter_chart.hpp>
#include <pliny/report/page/page.hpp>
#include <pliny/report/read_report.hpp>
#include <pliny/report/runs/outcomes.hpp>
#include <pliny/report/runs/training_times.hpp>

#include <algorithm>
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

inline constexpr const char* times_note = "Training time as h:mm:ss, without the unpruned network that a "
                                          "search may train for comparison. The ratios are to "
                                          "plain training of the same network on the same data, device, "
                                          "threads and batch size: of the whole time, and of "
                                          "an epoch of the search to a plain epoch (without a plain run: to "
                                          "the run's own epochs that search nothing).";
inline constexpr const char* outcomes_note = "A MiB is 2^20 bytes; inference is the median time of a batch, "
                                             "batch norm folded; mean ± sample standard deviation "
                                             "over runs that differ only in the seed.";

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

/// Accuracy of one data set over parameters or, where some runs have searched bits, over bytes of the file;
/// one colour per method.
inline ScatterChart pareto_chart(const std::vector<Outcome>& outcomes,
                                 const std::vector<std::string>& methods, const std::string& dataset) {
    const bool quantized = std::any_of(outcomes.begin(), outcomes.end(),
                                       [](const Outcome& o) { return o.bits_per_weight().has_value(); });
    const char* key = quantized ? "file_bytes" : "parameters";
    const std::string unit = quantized ? "bytes" : "parameters";
    ScatterChart chart{
        .title = dataset, .x_name = quantized ? "bytes of the file" : "parameters", .y_name = "accuracy %"};
    const std::size_t skipped = shared_beginning(outcomes).size();
    for (const Outcome& outcome : outcomes) {
        const auto size = outcome.of({key}), accuracy = outcome.of({"test_accuracy"});
        if (!size || !accuracy)
            continue;
        const auto method = std::find(methods.begin(), methods.end(), outcome.method) - methods.begin();
        chart.candidates.push_back(
            {outcome.name.substr(skipped),
             {size->mean, accuracy->mean},
             outcome.method == "none" ? 0 : static_cast<int>(1 + method % 6),
             outcome.name + ": " + fixed(accuracy->mean, 2) + " % with " + grouped(size->mean) + " " + unit});
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

inline std::string counted(std::size_t count, const std::string& word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

} // namespace detail

/// Runs side by side: training times, and for every data set sizes, accuracies and inference times with the
/// Pareto front. Throws a `ReportError` where a report lacks what that needs.
inline Comparison comparison(const std::vector<nlohmann::ordered_json>& reports) {
    for (std::size_t i = 0; i < reports.size(); ++i)
        check_report(reports[i], "report " + std::to_string(i + 1));
    const std::vector<Repeats> all = repeats_of(reports);
    const std::vector<std::string> datasets = detail::distinct(all, &Repeats::dataset);
    std::vector<std::string> methods = detail::distinct(all, &Repeats::method);
    std::erase(methods, "none");
    const Table times = training_times(all), commands = detail::commands_table(reports);
    const std::string title = "Comparison of " + detail::counted(reports.size(), "run");
    const std::string scope = detail::counted(detail::distinct(all, &Repeats::variant).size(), "experiment") +
                              ", " + detail::counted(datasets.size(), "data set");

    Comparison out;
    out.markdown =
        "# " + title + "\n\n## Training time\n\n" + markdown(times) + "\n" + detail::times_note + "\n";
    std::string body =
        "<header><h1>" + escaped(title) + "</h1>\n<p class=\"lead\">" + escaped(scope) + "</p></header>\n";
    std::vector<Drawing> charts;
    std::string pictures, tables;
    for (const std::string& dataset : datasets) {
        const std::vector<Outcome> outcomes = outcomes_of(all, dataset);
        const ScatterChart chart = detail::pareto_chart(outcomes, methods, dataset);
        if (!chart.candidates.empty()) {
            charts.push_back(drawn(chart));
            pictures += charts.back().inlined();
        }
        const Table table = outcomes_table(outcomes);
        out.markdown += "\n## " + markdown_escaped(dataset) + "\n\n" + markdown(table);
        tables += section(dataset, html(table));
    }
    tables += "<p class=\"note\">" + escaped(detail::outcomes_note) + "</p>\n";
    const std::string overview =
        section("Accuracy over size", side_by_side(pictures, static_cast<int>(charts.size())));
    const std::string hours =
        section("Training time", html(times) + "<p class=\"note\">" + escaped(detail::times_note) + "</p>\n");
    body += charts.size() == 1 ? "<div class=\"columns\">\n" + overview + hours + "</div>\n" + tables
                               : overview + tables + hours;
    out.markdown += std::string("\n") + detail::outcomes_note +
                    "\n\n![Accuracy over size, with the Pareto front](pareto.svg)\n\n## Commands\n\n" +
                    markdown(commands);
    body += folded_section("Commands", html(commands));
    out.html = page(title, body);
    out.pareto_svg = detail::tiled(charts, "Accuracy over size, with the Pareto front").standalone();
    return out;
}

} // namespace pliny::report
