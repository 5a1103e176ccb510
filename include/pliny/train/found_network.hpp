// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/model_file.hpp>
#include <pliny/deploy/quantized_file.hpp>
#include <pliny/graph/choices.hpp>
#include <pliny/graph/layer_widths.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/methods/pit.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace pliny {

/// What a search finds: the network that its model exports, and how the file of that is read.
template <class Search>
struct FoundBy {
    using type = Exported<typename Search::network>;
    static type load(const std::filesystem::path& file) {
        return pliny::load<typename Search::network>(file);
    }
};
template <BitSearchDescription Search>
struct FoundBy<Search> {
    using type = Quantized<typename Search::network>;
    static type load(const std::filesystem::path& file) {
        return load_quantized<typename Search::network>(file);
    }
};

/// Every layer with weights: the channels that are left of it.
inline nlohmann::ordered_json layers_json(const std::vector<LayerWidths>& widths) {
    auto layers = nlohmann::ordered_json::array();
    for (const LayerWidths& l : widths)
        layers.push_back(
            {{"name", l.path}, {"in", l.in}, {"out", l.out}, {"of_in", l.of_in}, {"of", l.of_out}});
    return layers;
}
template <class Net>
nlohmann::ordered_json layers_json(const Exported<Net>& network) {
    const auto widths = network.widths();
    return layers_json(layer_widths<Net>(widths, network.chosen()));
}
template <class Net>
nlohmann::ordered_json layers_json(const Quantized<Net>& network) {
    const auto widths = network.widths();
    return layers_json(layer_widths<Net>(widths));
}

/// Every choice of a network, and what is chosen.
template <class Net>
nlohmann::ordered_json choices_json(const PathOf<Net>& chosen) {
    auto choices = nlohmann::ordered_json::array();
    for (const ChoiceMade& made : choices_made<Net>(chosen)) {
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

namespace detail {

/// What settling changed, for a report and in words.
template <class Net>
nlohmann::ordered_json settled_json(const Settled& settled) {
    nlohmann::ordered_json json{{"removed", settled.removed}, {"restored", settled.restored}};
    if constexpr (has_choices<Net>())
        json["rechosen"] = settled.rechosen;
    return json;
}
template <class Net>
nlohmann::ordered_json settled_json(const SettledBits& settled) {
    return {{"lowered", settled.lowered}, {"raised", settled.raised}};
}
inline std::string settled_in_words(const Settled& settled) {
    return joined(settled.removed, " channels removed, ", settled.restored, " restored",
                  settled.rechosen > 0 ? joined(", ", settled.rechosen, " choices changed") : "");
}
inline std::string settled_in_words(const SettledBits& settled) {
    return joined(settled.lowered, " precisions lowered, ", settled.raised, " raised");
}

/// What a report and a checkpoint say of a found network besides its figures: its choices, or its bits.
template <class Net>
void describe_found(nlohmann::ordered_json& results, const Exported<Net>& found) {
    if constexpr (has_choices<Net>())
        results["choices"] = choices_json<Net>(found.chosen());
}
template <class Net>
void describe_found(nlohmann::ordered_json& results, const Quantized<Net>& found) {
    results["bits"] = bits_json(found.layers());
}

} // namespace detail
} // namespace pliny
