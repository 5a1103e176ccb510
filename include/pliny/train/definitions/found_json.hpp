// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/text.hpp>
#include <pliny/train/experiment_network.hpp>
#include <pliny/train/record_json.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

// Besides the path, and what is computed.
BOOST_HANA_ADAPT_STRUCT(pliny::LayerWidths, kind, in, out, of_in);
BOOST_HANA_ADAPT_STRUCT(pliny::ChoiceMade, alternatives, chosen);
BOOST_HANA_ADAPT_STRUCT(pliny::LayerBits, kind, weights, input, output, parameters, bits);
BOOST_HANA_ADAPT_STRUCT(pliny::LimitReport, cost, limit, value);

namespace pliny::detail {

/// Records of layers or choices, each with its path as name: what is chosen, null inside of what is not
/// taken; the bits of every layer with weights, where lists that are empty and numbers that are 0 stand for
/// float32.
template <Record Type>
nlohmann::ordered_json named_json(const std::vector<Type>& records) {
    auto list = nlohmann::ordered_json::array();
    for (const Type& record : records)
        list.emplace_back(nlohmann::ordered_json{{"name", record.path}}).update(to_json(record));
    return list;
}

/// Every layer with weights: the channels that are left of it.
inline nlohmann::ordered_json layers_json(const std::vector<LayerWidths>& widths) {
    auto layers = named_json(widths);
    for (std::size_t i = 0; i < widths.size(); ++i)
        layers[i]["of"] = widths[i].of_out;
    return layers;
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

inline nlohmann::ordered_json limit_json(const LimitReport& limit) {
    auto json = to_json(limit);
    json["satisfied"] = limit.satisfied();
    return json;
}

/// What a report and a checkpoint say of a found network besides its figures: its choices, or its bits.
inline void describe_found(nlohmann::ordered_json& results, ExperimentFound& found) {
    if (const auto choices = found.choices(); !choices.empty())
        results["choices"] = named_json(choices);
    if (const auto bits = found.bits(); !bits.empty())
        results["bits"] = named_json(bits);
}

} // namespace pliny::detail
