// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/ops.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/graph/layer_widths.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/train/trainer.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace pliny {

/// What a network weighs and does, as the report has it.
struct Figures {
    double parameters = 0; // weights and biases of convolutions and linear layers
    std::uintmax_t file_bytes = 0;
    double ops = 0;
    double test_accuracy = 0; // percent
    double latency_1 = 0;     // milliseconds, batch norm folded
    double latency_128 = 0;
};

/// Saves a network to `file` and measures it. Latency is that of a copy with folded batch norm.
template <class Net>
Figures measure(Exported<Net>& network, const std::filesystem::path& file, const Images& test) {
    save(network, file);
    Figures figures{.parameters = network.template cost<Params>(),
                    .file_bytes = std::filesystem::file_size(file),
                    .ops = network.template cost<Ops>(),
                    .test_accuracy = accuracy(network, test)};
    Exported<Net> folded = load<Net>(file);
    folded.fold_batch_norm();
    const Shape& in = Net::input_type::shape;
    const std::vector<std::int64_t> image(in.extent.begin(), in.extent.begin() + in.rank);
    figures.latency_1 = latency_ms(folded, image, 1);
    figures.latency_128 = latency_ms(folded, image, 128);
    return figures;
}

inline nlohmann::ordered_json to_json(const Figures& f) {
    return {{"parameters", f.parameters},
            {"file_bytes", f.file_bytes},
            {"ops", f.ops},
            {"test_accuracy", f.test_accuracy},
            {"latency_ms", {{"batch1", f.latency_1}, {"batch128", f.latency_128}}}};
}

inline nlohmann::ordered_json to_json(const EpochResult& e) {
    return {{"phase", e.phase},
            {"epoch", e.epoch},
            {"train_loss", e.train_loss},
            {"train_accuracy", e.train_accuracy},
            {"test_accuracy", e.test_accuracy},
            {"penalty", e.penalty},
            {"seconds", e.seconds}};
}

inline nlohmann::ordered_json to_json(const LimitReport& l) {
    return {{"cost", l.cost}, {"limit", l.limit}, {"value", l.value}, {"satisfied", l.satisfied()}};
}

template <class Net>
nlohmann::ordered_json layers_json(const Exported<Net>& network) {
    const auto widths = network.widths();
    auto layers = nlohmann::ordered_json::array();
    for (const LayerWidths& l : layer_widths<Net>(widths))
        layers.push_back(
            {{"name", l.path}, {"in", l.in}, {"out", l.out}, {"of_in", l.of_in}, {"of", l.of_out}});
    return layers;
}

/// Before and after, side by side.
inline std::string figures_table(const Figures& before, const Figures& after) {
    const auto line = [](std::string_view name, std::string_view a, std::string_view b,
                         std::string_view ratio) {
        return left(name, 24) + " " + right(a, 14) + " " + right(b, 14) + " " + right(ratio, 9) + "\n";
    };
    std::string text = line("", "before", "after", "ratio");
    const auto row = [&](const char* name, double a, double b, int digits) {
        text += line(name, decimals(a, digits), decimals(b, digits), decimals(b / a, 3) + "x");
    };
    row("parameters", before.parameters, after.parameters, 0);
    row("file bytes", static_cast<double>(before.file_bytes), static_cast<double>(after.file_bytes), 0);
    row("MACs (with biases)", before.ops, after.ops, 0);
    row("ms, batch 1", before.latency_1, after.latency_1, 3);
    row("ms, batch 128", before.latency_128, after.latency_128, 3);
    const double gained = after.test_accuracy - before.test_accuracy;
    return text + line("test accuracy %", decimals(before.test_accuracy, 2), decimals(after.test_accuracy, 2),
                       (gained < 0 ? "" : "+") + decimals(gained, 2));
}

} // namespace pliny
