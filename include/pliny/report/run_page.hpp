// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/page/page.hpp>
#include <pliny/report/run/bits.hpp>
#include <pliny/report/run/choices.hpp>
#include <pliny/report/run/key_results.hpp>
#include <pliny/report/run/run_charts.hpp>
#include <pliny/report/run/run_tables.hpp>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace pliny::report {

namespace detail {

inline std::string run_title(const Json& report) {
    const std::string network = short_name(text_at(report, {"network"}, "a network"));
    const std::string data = text_at(report, {"dataset"}, "unknown data");
    const std::string method = text_at(report, {"method"}, "none");
    return method == "none" ? network + " trained on " + data
                            : network + " on " + data + ", searched with " + method;
}

/// Charts that have a curve, side by side.
inline std::string all_drawn(const std::vector<LineChart>& charts) {
    std::string out;
    int count = 0;
    for (const LineChart& chart : charts)
        if (!chart.series.empty()) {
            out += drawn(chart).inlined();
            ++count;
        }
    return side_by_side(out, count);
}

inline std::string training_part(const Json& report) {
    const Timeline time(report);
    std::vector<LineChart> charts{loss_chart(report, time), score_chart(report, time)};
    for (LineChart& chart : cost_charts(report, time))
        charts.push_back(std::move(chart));
    return all_drawn(charts);
}

inline std::string html_if_filled(const Table& table) { return table.rows.empty() ? "" : html(table); }

inline std::string choices_part(const Json& report) {
    const std::string charts = all_drawn(choice_charts(report, Timeline(report)));
    return html_if_filled(choices_table(report)) +
           (charts.empty() ? "" : note("Below, theta, the share of each alternative, while searching.")) +
           charts;
}

inline std::string bits_part(const Json& report) {
    const BitStrips strips = bits_chart(report);
    if (strips.strips.empty())
        return "";
    const BarChart bytes = weight_bytes_chart(report);
    const bool sized = !bytes.bars.empty();
    return side_by_side(drawn(strips).inlined() + (sized ? drawn(bytes).inlined() : ""), sized ? 2 : 1) +
           note("in, out: bits of the activations that a layer reads and gives. Bytes are those of weights, "
                "without biases.") +
           html(bits_table(report));
}

/// How the score went on from the search model to the network that is kept.
inline std::string scores_sentence(const Json& report) {
    const Score score = score_of(report);
    const auto searched = found_score_at(report, "of_search_model"),
               exported = found_score_at(report, "right_after_export"),
               kept = score_at(field(report, {"found"}), "test");
    if (!searched || !exported || !kept)
        return "";
    const auto spelled = [&](double v) {
        return score.figure(v) + (score.unit.empty() ? "" : "\u00A0" + score.unit);
    };
    return "Test " + score.name + " of the search model " + spelled(*searched) + ", right after export " +
           spelled(*exported) + ", at the end " + spelled(*kept) + ".";
}

inline std::string results_part(const Json& report) {
    const Table table = results_table(report);
    const bool counts = number_at(report, {"baseline", "ops"}) || number_at(report, {"found", "ops"});
    return html_if_filled(table) + note(scores_sentence(report)) + note(latency_note(report)) +
           (counts ? note("MACs (with biases): multiplications with their additions of one inference; a bias "
                          "counts as one more per output.")
                   : "");
}

inline std::string limits_part(const Json& report) {
    const std::string words = settling_sentence(report);
    return html_if_filled(limits_table(report)) + note(words);
}

inline std::string time_part(const Json& report) {
    const std::vector<PhaseTime> times = phase_times(report);
    if (times.empty())
        return "";
    Stack stack;
    for (const PhaseTime& time : times)
        stack.push_back({time.phase + " " + duration(time.seconds), time.colour, time.seconds});
    return (times.size() > 1 ? html(stack) : "") + html(times_table(times));
}

/// The settings as the command line has them.
inline Facts settings_of(const Json& report) {
    Facts settings;
    if (const Json& all = field(report, {"settings"}); all.is_object())
        for (const auto& [name, value] : all.items())
            settings.emplace_back(name, in_words(value));
    return settings;
}

/// What is needed to get the same numbers again.
inline std::string reproduction_part(const Json& report) {
    Facts facts;
    const auto add = [&](const std::string& name, const Json& value) {
        if (!value.is_null())
            facts.emplace_back(name, value.is_number() ? value.dump() : in_words(value));
    };
    for (const char* name : {"seed", "device", "threads"})
        add(name, field(report, {name}));
    if (const Json& versions = field(report, {"versions"}); versions.is_object())
        for (const auto& [name, value] : versions.items())
            add(name, value);
    if (const Json& images = field(report, {"images"}); images.is_object()) {
        const auto count = [&](const char* key) { return in_words(field(images, {key})); };
        const bool validated = number_at(images, {"validation"}).value_or(0) > 0;
        const bool bilevel = number_at(images, {"held_out"}).value_or(0) > 0;
        const bool vectors = number_at(images, {"features"}).has_value();
        facts.emplace_back(vectors ? "inputs" : "images",
                           count("train") + " to train" +
                               (bilevel ? ", " + count("held_out") + " for the architecture" : "") +
                               (validated ? ", " + count("validation") + " to validate" : "") + ", " +
                               count("test") + " to test");
        if (vectors)
            facts.emplace_back("an input", count("features") + " features");
        else
            facts.emplace_back("an image",
                               count("channels") + " x " + count("height") + " x " + count("width"));
    }
    if (const auto resumed = number_at(report, {"resumed"}); resumed && *resumed > 0)
        facts.emplace_back("resumed", figure(*resumed) + (*resumed == 1 ? " time" : " times"));
    const std::string command = text_at(report, {"command"});
    // Reports without "defaults" are of programs that noted the command of going on only.
    const bool partly =
        number_at(report, {"resumed"}).value_or(0) > 0 && !field(report, {"defaults"}).is_object();
    return (command.empty() ? "" : "<pre><code>" + escaped(command) + "</code></pre>\n") +
           note(partly ? "The run went on from a checkpoint: this line may lack options that it began with; "
                         "all of them are below All settings."
                       : "") +
           html(facts);
}

} // namespace detail

/// The page of one run from its report.json: opens in any browser, without a network. Parts that the report
/// does not have are left out.
inline std::string run_page(const nlohmann::ordered_json& report) {
    using namespace detail;
    const std::string title = run_title(report), search = text_at(report, {"search"});
    BarChart widths = widths_chart(report);
    widths.titled = false;
    std::string body =
        "<header><p class=\"eyebrow\">" + escaped(text_at(report, {"program"}, "a program")) + "</p>\n<h1>" +
        escaped(title) + "</h1>\n" +
        (search.empty() ? "" : "<p class=\"lead\"><code>" + escaped(search) + "</code></p>\n") +
        "</header>\n" + key_results(report) + warning(settling_warning(report));
    body += section("Training", training_part(report));
    body += section("Choices", choices_part(report));
    body += section("Bits", bits_part(report));
    body += "<div class=\"columns\">\n";
    body += section("Results", results_part(report));
    body += section(list_at(report, {"limits"}).empty() ? "Settling" : "Limits", limits_part(report));
    body += section(widths.title, widths.bars.empty() ? "" : drawn(widths).inlined());
    body += section("Time", time_part(report));
    body += section("Do it again", reproduction_part(report));
    body += "</div>\n";
    body += folded_section("All layers", html_if_filled(layers_table(report)));
    body += folded_section("All epochs", html_if_filled(epochs_table(report)));
    body += folded_section("All settings", html(settings_of(report)));
    body += "<footer>Made from report.json. A MiB is 2^20 bytes; inference is the median time, batch norm "
            "folded" +
            std::string(list_at(report, {"bits"}).empty()
                            ? ""
                            : ", and that of a quantized network in floating point, on its grids") +
            ".</footer>\n";
    return page(title, body);
}

} // namespace pliny::report
