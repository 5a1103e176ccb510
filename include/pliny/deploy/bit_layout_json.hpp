// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/model_file.hpp>
#include <pliny/methods/mps/layout.hpp>
#include <pliny/methods/mps/sites.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace pliny::detail {

/// The bits of a network for the metadata of its file.
template <std::size_t Rows>
nlohmann::json layout_json(const BitLayout<Rows>& layout) {
    nlohmann::json sites = nlohmann::json::array();
    for (const auto& site : layout.sites)
        sites.push_back({static_cast<int>(site.quantized), static_cast<int>(site.can_be_negative),
                         static_cast<int>(site.passes), static_cast<int>(site.reads_signed), site.quantizer});
    return {{"input", {{"bits", layout.input_bits}, {"low", layout.input_low}, {"high", layout.input_high}}},
            {"activations", layout.activation_bits},
            {"learned_steps", layout.learned_steps},
            {"sites", sites},
            {"weights", layout.weights}};
}

/// What layout_json wrote, checked against the network and its channels.
template <class Net, class Kept>
auto parse_layout(const SafetensorsFile& file, const Kept& kept) {
    constexpr const auto& graph = plan<Net>;
    BitLayout<static_cast<std::size_t>(graph.size())> layout;
    const auto refuse = [&](const std::string& what) {
        file_error(file.path, "metadata entry pliny.bits: " + what);
    };
    const auto json = nlohmann::json::parse(metadata_entry(file, "pliny.bits"), nullptr, false);
    try {
        const auto& input = json.at("input");
        layout.input_bits = input.at("bits").template get<int>();
        layout.input_low = input.at("low").template get<double>();
        layout.input_high = input.at("high").template get<double>();
        layout.activation_bits = json.at("activations").template get<std::vector<int>>();
        layout.learned_steps = json.at("learned_steps").template get<bool>();
        if (json.at("sites").size() != layout.sites.size() ||
            json.at("weights").size() != layout.sites.size())
            refuse(joined("expected lists of ", layout.sites.size(), " sites and weights"));
        for (std::size_t r = 0; r < layout.sites.size(); ++r) {
            const auto numbers = json.at("sites").at(r).template get<std::vector<int>>();
            layout.weights[r] = json.at("weights").at(r).template get<std::vector<int>>();
            if (numbers.size() != 5)
                refuse(joined("site ", r, ": expected 5 numbers"));
            layout.sites[r] = {numbers[0] != 0, numbers[1] != 0, numbers[2] != 0, numbers[3] != 0,
                               numbers[4]};
        }
    } catch (const nlohmann::json::exception& error) {
        refuse(error.what());
    }
    const auto usable = [](int bits) { return usable_bits(bits); };
    if ((layout.input_bits != 0 && !usable(layout.input_bits)) || !std::isfinite(layout.input_low) ||
        !std::isfinite(layout.input_high) ||
        (layout.input_bits != 0 && layout.input_high <= layout.input_low))
        refuse("input: found no usable bits or range");
    if (!std::all_of(layout.activation_bits.begin(), layout.activation_bits.end(), usable))
        refuse("activations: expected 1 to 8 or 16 bits");
    for (int r = 0; r < graph.size(); ++r) {
        const auto& site = layout.sites[static_cast<std::size_t>(r)];
        const auto& bits = layout.weights[static_cast<std::size_t>(r)];
        const Kind kind = graph[r].facts.kind;
        std::size_t channels = 0;
        for (const Segment& segment : graph.channels(r))
            channels += kept[static_cast<std::size_t>(segment.group)].size() *
                        static_cast<std::size_t>(segment.repeat);
        const bool norm = is_norm(kind) && r > 1 && graph[graph.input(r)].has_weights();
        if (site.quantizer < -2 || site.quantizer >= static_cast<int>(layout.activation_bits.size()) ||
            (site.quantized && (r == 0 ? site.quantizer != -1 : site.quantizer < 0)) ||
            (site.passes && !norm && kind != Kind::ReLU))
            refuse(joined("site ", r, ": contradicts the network"));
        if (!bits.empty() && (!graph[r].has_weights() || bits.size() != channels ||
                              !std::all_of(bits.begin(), bits.end(), usable)))
            refuse(joined("weights of ", graph[r].path.view(), ": expected the bits of ", channels,
                          " channels, or none"));
    }
    return layout;
}

} // namespace pliny::detail
