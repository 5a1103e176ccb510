// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/text.hpp>
#include <pliny/train/experiment_network.hpp>
#include <pliny/train/loss.hpp>
#include <pliny/train/measure.hpp>
#include <pliny/train/record_json.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace pliny::detail {

/// What a network weighs and does, as the report has it.
struct Figures {
    double parameters = 0; // weights and biases of convolutions and linear layers
    std::uintmax_t file_bytes = 0;
    double ops = 0;
    std::optional<double> test_accuracy = {}; // or its score by another loss; none where it was not trained
    Latency latency_1 = {};                   // batch norm folded
    Latency latency_128 = {};
    std::optional<double> weight_bytes = {}; // without biases; where bits were searched
};

/// What a network and its file weigh.
inline Figures figures_of(ExperimentFound& network, const std::filesystem::path& file) {
    return {.parameters = network.parameters(),
            .file_bytes = std::filesystem::file_size(file),
            .ops = network.ops(),
            .test_accuracy = {},
            .latency_1 = {},
            .latency_128 = {},
            .weight_bytes = network.weight_bytes()};
}

/// Measures how long inference takes, of one network or of two in turn: with folded batch norm, one image by
/// one thread, 128 images by all; a quantized network is one that runs in floating point.
inline void measure_latencies(const std::vector<ExperimentFound*>& networks,
                              const std::vector<Figures*>& figures, const Shape& input, at::Device device) {
    std::vector<LatencyOf> models;
    for (ExperimentFound* network : networks) {
        network->make_fast();
        network->module().to(device);
        models.push_back({network->module(), [network](const at::Tensor& x) { return network->forward(x); }});
    }
    const std::vector<std::int64_t> image(input.extent, input.extent + input.rank);
    const std::vector<Latency> one = latencies(models, image, 1, 1), many = latencies(models, image, 128);
    for (std::size_t i = 0; i < figures.size(); ++i) {
        figures[i]->latency_1 = one[i];
        figures[i]->latency_128 = many[i];
    }
}

} // namespace pliny::detail

// What of them is a field of an object; figures_json has the rest.
BOOST_HANA_ADAPT_STRUCT(pliny::Latency, minimum_ms, spread, steady, threads, rounds);
BOOST_HANA_ADAPT_STRUCT(pliny::detail::Figures, parameters, file_bytes, ops, test_accuracy);

namespace pliny::detail {

inline nlohmann::ordered_json figures_json(const Figures& figures) {
    auto json = to_json(figures);
    json["latency_ms"] = {{"batch1", figures.latency_1.median_ms},
                          {"batch128", figures.latency_128.median_ms}};
    json["latency"] = {{"batch1", to_json(figures.latency_1)}, {"batch128", to_json(figures.latency_128)}};
    if (figures.weight_bytes)
        json["weight_bytes"] = *figures.weight_bytes;
    return json;
}

/// The same object with its scores under the names of a loss that has no accuracy: test_score for
/// test_accuracy, score_right_after_export for accuracy_right_after_export.
inline nlohmann::ordered_json with_scores(const nlohmann::ordered_json& json, const Loss& loss) {
    if (loss.counts_right || !json.is_object())
        return json;
    auto renamed = nlohmann::ordered_json::object();
    for (const auto& [name, value] : json.items()) {
        std::string key = name;
        if (const auto at = key.find("accuracy"); at != key.npos)
            key.replace(at, 8, "score");
        renamed[key] = value;
    }
    return renamed;
}

/// Before and after, side by side; the figures of one network alone where there is no other. Times that are
/// not steady are not compared.
inline std::string figures_table(const Loss& loss, const Figures& before,
                                 const std::optional<Figures>& after = {}) {
    std::string text;
    const auto line = [&](std::string_view name, const std::string& a, const std::string& b,
                          const std::string& ratio) {
        text += left(name, 24) + " " + right(a, 14);
        if (after)
            text += " " + right(b, 14) + " " + right(ratio, 9);
        text += "\n";
    };
    const auto row = [&](const char* name, auto number, int digits) {
        const double a = number(before), b = after ? number(*after) : a;
        line(name, decimals(a, digits), decimals(b, digits), decimals(b / a, 3) + "x");
    };
    const auto score = [&](const std::optional<double>& value) {
        return value ? decimals(*value, loss.counts_right ? 2 : 4) : std::string("-");
    };
    const auto latency = [&](const char* name, Latency Figures::*member) {
        const Latency &a = before.*member, &b = after ? *after.*member : a;
        const bool steady = a.steady && b.steady;
        line(name, decimals(a.median_ms, 3), decimals(b.median_ms, 3),
             steady ? decimals(b.median_ms / a.median_ms, 3) + "x" : "unsteady");
    };
    if (after)
        line("", "before", "after", "ratio");
    row(
        "parameters", [](const Figures& f) { return f.parameters; }, 0);
    row(
        "file bytes", [](const Figures& f) { return static_cast<double>(f.file_bytes); }, 0);
    if (before.weight_bytes)
        row(
            "bytes of weights", [](const Figures& f) { return f.weight_bytes.value_or(0); }, 0);
    row(
        "MACs (with biases)", [](const Figures& f) { return f.ops; }, 0);
    latency("ms, batch 1", &Figures::latency_1);
    latency("ms, batch 128", &Figures::latency_128);
    const std::optional<double> now = after ? after->test_accuracy : std::nullopt;
    const double gained = now.value_or(0) - before.test_accuracy.value_or(0);
    line(loss.counts_right ? std::string("test accuracy %") : "test " + loss.score_name(),
         score(before.test_accuracy), score(now),
         now && before.test_accuracy ? (gained < 0 ? "" : "+") + decimals(gained, loss.counts_right ? 2 : 4)
                                     : "-");
    return text;
}

} // namespace pliny::detail
