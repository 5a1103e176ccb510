// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/model_file.hpp>
#include <pliny/meta/is_finite.hpp>
#include <pliny/methods/mps/layout.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace pliny::detail {

/// The bits of a network for the metadata of its file.
template <std::size_t Rows>
nlohmann::json layout_json(const BitLayout<Rows>& layout) {
    return {{"input", {{"bits", layout.input_bits}, {"low", layout.input_low}, {"high", layout.input_high}}},
            {"activations", layout.activation_bits},
            {"quantized_output", layout.quantized_output},
            {"learned_steps", layout.learned_steps},
            {"weights", layout.weights}};
}

/// A number of bits, -1 where it is none; and a list of such.
inline int bits_number(const nlohmann::json& json) {
    return json.is_number_unsigned() && json.get<std::uint64_t>() <= 16 ? json.get<int>() : -1;
}
inline std::vector<int> bits_list(const nlohmann::json& json) {
    std::vector<int> bits;
    for (const auto& each : json.get_ref<const nlohmann::json::array_t&>())
        bits.push_back(bits_number(each));
    return bits;
}

/// What layout_json wrote, checked against the network and its channels.
template <class Net, class Kept>
auto parse_layout(const SafetensorsFile& file, const Kept& kept) {
    constexpr const auto& graph = plan<Net>;
    BitLayout<static_cast<std::size_t>(graph.size())> layout;
    const auto refuse = [&](const std::string& what) {
        file_error(file.path, "metadata entry pliny.bits: " + what);
    };
    const auto usable = [](int bits) { return usable_bits(bits); };
    const auto json = nlohmann::json::parse(metadata_entry(file, "pliny.bits"), nullptr, false);
    try {
        const auto& input = json.at("input");
        layout.input_bits = bits_number(input.at("bits"));
        layout.input_low = input.at("low").template get<double>();
        layout.input_high = input.at("high").template get<double>();
        layout.activation_bits = bits_list(json.at("activations"));
        layout.quantized_output = json.at("quantized_output").template get_ref<const bool&>();
        layout.learned_steps = json.at("learned_steps").template get_ref<const bool&>();
        if (json.at("weights").size() != layout.weights.size())
            refuse(joined("weights: expected a list of ", layout.weights.size(), " rows"));
        for (std::size_t r = 0; r < layout.weights.size(); ++r)
            layout.weights[r] = bits_list(json.at("weights").at(r));
    } catch (const nlohmann::json::exception& error) {
        refuse(error.what());
    }
    const auto low = static_cast<float>(layout.input_low), high = static_cast<float>(layout.input_high);
    if (layout.input_bits != 0 &&
        (!usable(layout.input_bits) || !is_finite(high - low) || low > 0 || high < 0 || high <= low))
        refuse("input: found no usable bits or range");
    if (!std::all_of(layout.activation_bits.begin(), layout.activation_bits.end(), usable))
        refuse("activations: expected 1 to 8 or 16 bits");
    for (int r = 0; r < graph.size(); ++r) {
        const auto& bits = layout.weights[static_cast<std::size_t>(r)];
        std::size_t channels = 0;
        for (const Segment& segment : graph.channels(r))
            channels += kept[static_cast<std::size_t>(segment.group)].size() *
                        static_cast<std::size_t>(segment.repeat);
        const bool fits = graph[r].has_weights() && bits.size() == channels &&
                          std::all_of(bits.begin(), bits.end(), usable);
        if (!bits.empty() && !fits)
            refuse(joined("weights of ", graph[r].path.view(), ": expected the bits of ", channels,
                          " channels, or none"));
    }
    set_sites<Net>(layout);
    if (layout.activation_bits.size() != static_cast<std::size_t>(layout.sites.quantizers))
        refuse(joined("activations: found ", layout.activation_bits.size(), " numbers of bits; expected ",
                      layout.sites.quantizers));
    return layout;
}

} // namespace pliny::detail
