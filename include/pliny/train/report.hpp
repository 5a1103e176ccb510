// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/ops.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/cost/params_bit.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/train/found_network.hpp>
#include <pliny/train/measure.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace pliny {

/// What a network weighs and does, as the report has it.
struct Figures {
    double parameters = 0; // weights and biases of convolutions and linear layers
    std::uintmax_t file_bytes = 0;
    double ops = 0;
    std::optional<double> test_accuracy = {}; // percent; none where it was not trained
    double latency_1 = 0;                     // milliseconds, batch norm folded
    double latency_128 = 0;
    std::optional<double> weight_bytes = {}; // without biases; where bits were searched
};

/// Measures a network and its file, but for its accuracy. Latency is that with folded batch norm; a quantized
/// network is one that runs in floating point.
template <class M>
Figures measure(M network, const std::filesystem::path& file, at::Device device) {
    Figures figures{.parameters = network.template cost<Params>(),
                    .file_bytes = std::filesystem::file_size(file),
                    .ops = network.template cost<Ops>()};
    if constexpr (requires { network.fold_batch_norm(); })
        network.fold_batch_norm();
    else
        figures.weight_bytes = network.template cost<ParamsBit>() / 8;
    network.to(device);
    const Shape& in = M::network::input_type::shape;
    const std::vector<std::int64_t> image(in.extent.begin(), in.extent.begin() + in.rank);
    figures.latency_1 = latency_ms(network, image, 1);
    figures.latency_128 = latency_ms(network, image, 128);
    return figures;
}

inline nlohmann::ordered_json to_json(const Figures& f) {
    nlohmann::ordered_json json{{"parameters", f.parameters},
                                {"file_bytes", f.file_bytes},
                                {"ops", f.ops},
                                {"test_accuracy", nullptr},
                                {"latency_ms", {{"batch1", f.latency_1}, {"batch128", f.latency_128}}}};
    if (f.test_accuracy)
        json["test_accuracy"] = *f.test_accuracy;
    if (f.weight_bytes)
        json["weight_bytes"] = *f.weight_bytes;
    return json;
}

inline nlohmann::ordered_json to_json(const LimitReport& l) {
    return {{"cost", l.cost}, {"limit", l.limit}, {"value", l.value}, {"satisfied", l.satisfied()}};
}

/// Before and after, side by side; the figures of one network alone where there is no other.
inline std::string figures_table(const Figures& before, const std::optional<Figures>& after = {}) {
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
    const auto percent = [](const std::optional<double>& accuracy) {
        return accuracy ? decimals(*accuracy, 2) : std::string("-");
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
    row(
        "ms, batch 1", [](const Figures& f) { return f.latency_1; }, 3);
    row(
        "ms, batch 128", [](const Figures& f) { return f.latency_128; }, 3);
    const std::optional<double> now = after ? after->test_accuracy : std::nullopt;
    const double gained = now.value_or(0) - before.test_accuracy.value_or(0);
    line("test accuracy %", percent(before.test_accuracy), percent(now),
         now && before.test_accuracy ? (gained < 0 ? "" : "+") + decimals(gained, 2) : "-");
    return text;
}

} // namespace pliny
