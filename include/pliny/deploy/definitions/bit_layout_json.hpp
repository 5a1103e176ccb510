// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/bit_layout_json.hpp>

#include <nlohmann/json.hpp>

namespace pliny::detail {

PLINY_INLINE std::string bits_text(const BitsOfFile& bits) {
    auto weights = nlohmann::json::array();
    for (const auto& row : bits.weights)
        weights.push_back(row);
    const nlohmann::json json{
        {"input", {{"bits", bits.input_bits}, {"low", bits.input_low}, {"high", bits.input_high}}},
        {"activations", bits.activation_bits},
        {"quantized_output", bits.quantized_output},
        {"learned_steps", bits.learned_steps},
        {"weights", std::move(weights)}};
    return json.dump();
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

PLINY_INLINE void parse_bits(const SafetensorsFile& file, BitsOfFile& bits) {
    const auto refuse = [&](const std::string& what) {
        file_error(file.path, "metadata entry pliny.bits: " + what);
    };
    const auto json = nlohmann::json::parse(metadata_entry(file, "pliny.bits"), nullptr, false);
    try {
        const auto& input = json.at("input");
        bits.input_bits = bits_number(input.at("bits"));
        bits.input_low = input.at("low").get<double>();
        bits.input_high = input.at("high").get<double>();
        bits.activation_bits = bits_list(json.at("activations"));
        bits.quantized_output = json.at("quantized_output").get_ref<const bool&>();
        bits.learned_steps = json.at("learned_steps").get_ref<const bool&>();
        if (json.at("weights").size() != bits.weights.size())
            refuse(joined("weights: expected a list of ", bits.weights.size(), " rows"));
        for (std::size_t r = 0; r < bits.weights.size(); ++r)
            bits.weights[r] = bits_list(json.at("weights").at(r));
    } catch (const nlohmann::json::exception& error) {
        refuse(error.what());
    }
}

} // namespace pliny::detail
