// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/bar_chart.hpp>
#include <pliny/report/charts/bit_strips.hpp>
#include <pliny/report/fields.hpp>
#include <pliny/report/page/table.hpp>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace pliny::report {

namespace detail {

/// Bits as a report has them; 0 stands for floating point where it is said of activations.
inline std::optional<int> bits_of(const Json& value) {
    if (!value.is_number())
        return {};
    const double bits = value.get<double>();
    return bits >= 0 && bits <= 64 ? std::optional(static_cast<int>(bits)) : std::nullopt;
}
inline std::string activation_bits_in_words(const Json& layer, const char* key) {
    const auto bits = bits_of(field(layer, {key}));
    return !bits ? "-" : *bits == 0 ? "float" : std::to_string(*bits);
}

/// The bits of the channels of a layer; a single -1 where it is not quantized.
inline std::vector<int> channel_bits(const Json& layer) {
    std::vector<int> bits;
    for (const Json& channel : list_at(layer, {"weights"}))
        if (const auto own = bits_of(channel))
            bits.push_back(*own);
    return bits.empty() ? std::vector{-1} : bits;
}

/// The bits of all weights of a network, over how many there are.
inline std::optional<double> bits_per_weight(const Json& report) {
    double bits = 0, weights = 0;
    for (const Json& layer : list_at(report, {"bits"})) {
        bits += number_at(layer, {"bits"}).value_or(0);
        weights += number_at(layer, {"parameters"}).value_or(0);
    }
    return weights > 0 ? std::optional(bits / weights) : std::nullopt;
}

} // namespace detail

/// The bits of every channel of every layer, and of what layers read and give.
inline BitStrips bits_chart(const Json& report) {
    BitStrips chart{.title = "Bits of weights, by channel"};
    for (const Json& layer : list_at(report, {"bits"}))
        chart.strips.push_back({layer_in_words(layer), detail::channel_bits(layer),
                                "in " + detail::activation_bits_in_words(layer, "input") + ", out " +
                                    detail::activation_bits_in_words(layer, "output")});
    return chart;
}

/// What the weights take: as found, at the limit, with 8 bits each, each beside float32.
inline BarChart weight_bytes_chart(const Json& report) {
    BarChart chart{.title = "Bytes of weights, of those in float32"};
    const auto found = number_at(report, {"found", "weight_bytes"});
    const auto whole = number_at(report, {"baseline", "weight_bytes"});
    if (!found || !whole)
        return chart;
    chart.bars.push_back({"found", *found, *whole});
    for (const Json& limit : list_at(report, {"limits"}))
        if (const auto bits = number_at(limit, {"limit"}); bits && text_at(limit, {"cost"}) == "params_bit")
            chart.bars.push_back({"limit", std::floor(*bits / 8), *whole});
    chart.bars.push_back({"8 bits", *whole / 4, *whole});
    chart.bars.push_back({"float32", *whole, *whole});
    return chart;
}

/// The same in numbers.
inline Table bits_table(const Json& report) {
    Table table{"bits", {"layer", "kind", "reads", "gives", "weights", "bytes", "bits each", "channels"}, {}};
    for (const Json& layer : list_at(report, {"bits"})) {
        const auto bits = number_at(layer, {"bits"}), weights = number_at(layer, {"parameters"});
        const bool known = bits && weights && *weights > 0;
        table.rows.push_back({{text_at(layer, {"name"})},
                              {text_at(layer, {"kind"}, "-")},
                              {detail::activation_bits_in_words(layer, "input")},
                              {detail::activation_bits_in_words(layer, "output")},
                              {weights ? figure(*weights) : "-"},
                              {bits ? figure(*bits / 8) : "-"},
                              {known ? figure(*bits / *weights, 3) : "-"},
                              {channels_by_bits(detail::channel_bits(layer))}});
    }
    return table;
}

} // namespace pliny::report
