// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/report/run/settling.hpp>
#include <pliny/report/run_page.hpp>
#include <pliny/report/score.hpp>
#include <pliny/train/definitions/experiment_setup.hpp>
#include <pliny/train/definitions/figures.hpp>
#include <pliny/train/definitions/found_json.hpp>
#include <pliny/train/training_state_json.hpp>

#include <cstdio>
#include <memory>
#include <string>

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
    for (auto& epoch : report["epochs"])
        epoch = with_scores(epoch, setup.recipe.loss);
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
    return accuracies.contains(phase) ? std::optional(accuracies[phase].get<double>()) : std::nullopt;
}

inline void write_training_reports(const ExperimentSubject& subject, const ExperimentSetup& setup,
                                   const TrainingState& state, const char* last_phase = "train") {
    const std::filesystem::path file = setup.recipe.out / "model.safetensors";
    const std::unique_ptr<ExperimentFound> network = subject.load_unpruned(file);
    Figures figures = figures_of(*network, file);
    figures.test_accuracy = test_accuracy_of(state, last_phase);
    measure_latencies({network.get()}, {&figures}, subject.input, setup.device);
    nlohmann::ordered_json report = report_of(setup, state);
    report["baseline"] = with_scores(figures_json(figures), setup.recipe.loss);
    write_reports(setup, report, figures_table(setup.recipe.loss, figures));
}

inline void write_search_reports(const ExperimentSubject& subject, const ExperimentSetup& setup,
                                 TrainingState& state) {
    const Recipe& recipe = setup.recipe;
    const bool trained_on = recipe.baseline;
    const RunFolder folder(recipe.out, state.results);
    const std::filesystem::path found_file = folder.enter("model.safetensors"),
                                unpruned_file =
                                    folder.enter(trained_on || subject.has_choices ? "baseline.safetensors"
                                                                                   : "warm-up.safetensors");
    const std::unique_ptr<ExperimentFound> unpruned = subject.load_unpruned(unpruned_file),
                                           found = subject.load_found(found_file);
    Figures before = figures_of(*unpruned, unpruned_file), after = figures_of(*found, found_file);
    if (trained_on)
        before.test_accuracy = test_accuracy_of(state, "baseline");
    if (subject.weight_bytes)
        before.weight_bytes = subject.weight_bytes;
    after.test_accuracy = test_accuracy_of(state, "fine-tune");
    found->save_header(recipe.out / "found.hpp");

    nlohmann::ordered_json report = report_of(setup, state);
    std::string summary = found->in_words() + "\n";
    const auto layers = layers_json(found->layers());
    measure_latencies({unpruned.get(), found.get()}, {&before, &after}, subject.input, setup.device);
    report["baseline"] = with_scores(figures_json(before), recipe.loss);
    report["found"] = figures_json(after);
    for (const char* part : {"accuracy_of_search_model", "accuracy_right_after_export", "settled"})
        report["found"][part] = state.results.at(part);
    report["found"]["layers"] = layers;
    report["found"] = with_scores(report["found"], recipe.loss);
    report["limits"] = state.results.at("limits");

    summary += figures_table(recipe.loss, before, after) + "\n";
    if (after.weight_bytes)
        summary +=
            joined("bytes of weights: ", decimals(*after.weight_bytes, 0), "; all of them with 8 bits ",
                   decimals(*before.weight_bytes / 4, 0), ", in float32 ", decimals(*before.weight_bytes, 0),
                   "; the milliseconds are those of floating point, also after\n");
    for (const auto& limit : report["limits"]) {
        const double bound = limit["limit"], value = limit["value"];
        summary += joined("limit ", limit["cost"].get<std::string>(), ": ", decimals(bound, 0), ", found ",
                          decimals(value, 0), " (", decimals(100 * value / bound, 1),
                          " % of the limit): ", limit["satisfied"] ? "satisfied" : "VIOLATED", "\n");
    }
    for (const std::string& sentence : {report::settling_sentence(report), report::settling_warning(report)})
        if (!sentence.empty())
            summary += sentence + "\n";
    const report::Score score = report::score_of(report);
    const auto scored = [&](const char* part) { return score.spelled(state.results.at(part).get<double>()); };
    summary += joined(score.name, " of the search model ", scored("accuracy_of_search_model"),
                      ", right after export ", scored("accuracy_right_after_export"), ", after fine-tuning ",
                      score.spelled(*after.test_accuracy), "\n");
    write_reports(setup, report, summary);
}

} // namespace pliny::detail
