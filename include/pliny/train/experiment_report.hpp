// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/found_header.hpp>
#include <pliny/report/run_page.hpp>
#include <pliny/train/experiment_setup.hpp>
#include <pliny/train/report.hpp>

#include <cstdio>
#include <string>
#include <type_traits>

namespace pliny::detail {

inline void write_text(const std::filesystem::path& path, const std::string& text) {
    AtomicFile file(path);
    file.write(text);
    file.commit();
}

/// Seconds of training by phase, those of "settled" under "search".
inline nlohmann::ordered_json phase_seconds(const std::vector<EpochResult>& history) {
    auto seconds = nlohmann::ordered_json::object();
    for (const EpochResult& epoch : history) {
        std::string phase = epoch.phase == "settled" ? "search" : epoch.phase;
        std::ranges::replace(phase, '-', '_');
        seconds[phase] = seconds.value(phase, 0.0) + epoch.seconds;
    }
    return seconds;
}

/// report.json but for what is measured: head, epochs, curve, seconds.
inline nlohmann::ordered_json report_of(const ExperimentSetup& setup, const TrainingState& state) {
    nlohmann::ordered_json report = setup.report_head();
    const nlohmann::ordered_json training = to_json(state);
    for (const char* part : {"resumed", "epochs", "curve"})
        report[part] = training[part];
    report["baseline"] = nullptr;
    report["found"] = nullptr;
    for (const char* part : {"choices", "bits"})
        if (state.results.contains(part))
            report[part] = state.results[part];
    report["limits"] = nlohmann::ordered_json::array();
    report["seconds"] = phase_seconds(state.history);
    return report;
}

inline void write_reports(const ExperimentSetup& setup, const nlohmann::ordered_json& report,
                          const std::string& summary) {
    const std::filesystem::path& out = setup.recipe.out;
    write_text(out / "summary.txt", summary);
    write_text(out / "report.html", report::run_page(report));
    write_text(out / "report.json",
               report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                   "\n"); // last: where it is, the run is complete
    std::fputs(summary.c_str(), stdout);
}

inline std::optional<double> test_accuracy_of(const TrainingState& state, const char* phase) {
    const nlohmann::ordered_json none;
    const auto& accuracies = state.results.value("test_accuracy", none);
    return accuracies.contains(phase) ? std::optional(accuracies[phase].template get<double>())
                                      : std::nullopt;
}

template <class Net>
Figures measure_file(const std::filesystem::path& file, at::Device device) {
    return measure(load<Net>(file), file, device);
}

template <class Net>
void write_training_reports(const ExperimentSetup& setup, const TrainingState& state,
                            const char* last_phase = "train") {
    Figures figures = measure_file<Net>(setup.recipe.out / "model.safetensors", setup.device);
    figures.test_accuracy = test_accuracy_of(state, last_phase);
    nlohmann::ordered_json report = report_of(setup, state);
    report["baseline"] = to_json(figures);
    write_reports(setup, report, figures_table(figures));
}

/// What the tables of a report say first: what was found, layer by layer.
template <class Net>
std::string found_in_words(const Exported<Net>& found) {
    const std::string widths = widths_table<Net>(found.widths(), found.chosen());
    return found.chosen().empty() ? widths : choices_table<Net>(found.chosen()) + "\n" + widths;
}
template <class Net>
std::string found_in_words(const Quantized<Net>& found) {
    return found.summary();
}

template <class Search>
void write_search_reports(const ExperimentSetup& setup, TrainingState& state) {
    using Net = typename Search::network;
    const Recipe& recipe = setup.recipe;
    const bool trained_on = recipe.baseline;
    const RunFolder folder(recipe.out, state.results);
    const std::filesystem::path found_file = folder.enter("model.safetensors");
    const bool own_baseline = trained_on || choice_count<typename Exported<Net>::PlanType> > 0;
    Figures before = measure_file<Net>(
        folder.enter(own_baseline ? "baseline.safetensors" : "warm-up.safetensors"), setup.device);
    Figures after = measure(FoundBy<Search>::load(found_file), found_file, setup.device);
    if (trained_on)
        before.test_accuracy = test_accuracy_of(state, "baseline");
    if constexpr (BitSearchDescription<Search>)
        before.weight_bytes = static_cast<double>(cost_of<Net, ParamsBit>) / 8 * 4; // that counts 8 bits each
    after.test_accuracy = test_accuracy_of(state, "fine-tune");
    const auto found = FoundBy<Search>::load(found_file);
    if constexpr (std::is_same_v<decltype(found), const Exported<Net>>)
        save_found_header(found, "Found", recipe.out / "found.hpp");

    nlohmann::ordered_json report = report_of(setup, state);
    report["baseline"] = to_json(before);
    report["found"] = to_json(after);
    for (const char* part : {"accuracy_of_search_model", "accuracy_right_after_export", "settled"})
        report["found"][part] = state.results.at(part);
    report["found"]["layers"] = layers_json(found);
    report["limits"] = state.results.at("limits");

    std::string summary = found_in_words(found) + "\n" + figures_table(before, after) + "\n";
    if (after.weight_bytes)
        summary +=
            joined("bytes of weights: ", decimals(*after.weight_bytes, 0), "; all of them with 8 bits ",
                   decimals(*before.weight_bytes / 4, 0), ", in float32 ", decimals(*before.weight_bytes, 0),
                   "; the milliseconds are those of floating point, also after\n");
    for (const auto& limit : report["limits"]) {
        const double bound = limit["limit"], value = limit["value"];
        summary += joined("limit ", limit["cost"].template get<std::string>(), ": ", decimals(bound, 0),
                          ", found ", decimals(value, 0), " (", decimals(100 * value / bound, 1),
                          " % of the limit): ", limit["satisfied"] ? "satisfied" : "VIOLATED", "\n");
    }
    const auto percent = [&](const char* part) {
        return decimals(state.results.at(part).template get<double>(), 2) + " %";
    };
    summary += joined("accuracy of the search model ", percent("accuracy_of_search_model"),
                      ", right after export ", percent("accuracy_right_after_export"), ", after fine-tuning ",
                      decimals(*after.test_accuracy, 2), " %\n");
    write_reports(setup, report, summary);
}

} // namespace pliny::detail
