// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/text.hpp>
#include <pliny/train/experiment_network.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace pliny::detail {

/// Every layer with weights: the channels that are left of it.
inline nlohmann::ordered_json layers_json(const std::vector<LayerWidths>& widths) {
    auto layers = nlohmann::ordered_json::array();
    for (const LayerWidths& l : widths)
        layers.push_back({{"name", l.path},
                          {"kind", l.kind},
                          {"in", l.in},
                          {"out", l.out},
                          {"of_in", l.of_in},
                          {"of", l.of_out}});
    return layers;
}

/// Every choice of a network, and what is chosen.
inline nlohmann::ordered_json choices_json(const std::vector<ChoiceMade>& all) {
    auto choices = nlohmann::ordered_json::array();
    for (const ChoiceMade& made : all) {
        choices.push_back({{"name", made.path}, {"alternatives", made.alternatives}, {"chosen", nullptr}});
        if (made.chosen)
            choices.back()["chosen"] = *made.chosen;
    }
    return choices;
}

/// The bits of every layer with weights; lists that are empty and numbers that are 0 stand for float32.
inline nlohmann::ordered_json bits_json(const std::vector<LayerBits>& layers) {
    auto all = nlohmann::ordered_json::array();
    for (const LayerBits& layer : layers)
        all.push_back({{"name", layer.path},
                       {"kind", layer.kind},
                       {"weights", layer.weights},
                       {"input", layer.input},
                       {"output", layer.output},
                       {"parameters", layer.parameters},
                       {"bits", layer.bits}});
    return all;
}

/// What settling changed, for a report and in words.
inline nlohmann::ordered_json settled_json(const SettledCounts& settled) {
    auto json = nlohmann::ordered_json::object();
    for (const auto& [name, count] : settled)
        json[name] = count;
    return json;
}
inline std::string settled_in_words(const SettledCounts& settled) {
    std::string text;
    for (const auto& [name, count] : settled) {
        if (name == "rechosen" && count == 0)
            continue;
        text += joined(text.empty() ? "" : ", ", count,
                       name == "removed"    ? " channels removed"
                       : name == "rechosen" ? " choices changed"
                       : name == "lowered"  ? " precisions lowered"
                                            : " " + name);
    }
    return text;
}

inline nlohmann::ordered_json to_json(const LimitReport& l) {
    return {{"cost", l.cost}, {"limit", l.limit}, {"value", l.value}, {"satisfied", l.satisfied()}};
}

/// What a report and a checkpoint say of a found network besides its figures: its choices, or its bits.
inline void describe_found(nlohmann::ordered_json& results, ExperimentFound& found) {
    if (const auto choices = found.choices(); !choices.empty())
        results["choices"] = choices_json(choices);
    if (const auto bits = found.bits(); !bits.empty())
        results["bits"] = bits_json(bits);
}

} // namespace pliny::detail
