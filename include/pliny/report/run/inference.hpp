// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>
#include <pliny/report/latency.hpp>
#include <pliny/report/page/table.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny::report {

namespace detail {

/// The median and, where it is known, the minimum; ratios only of what is steady. `after` is absent in a
/// table of one network.
inline void add_latency(Table& table, const std::string& batch, const Latency& before,
                        const std::optional<Latency>& after) {
    const bool steady = before.steady && (!after || after->steady);
    const auto row = [&](const std::string& name, std::optional<double> Latency::*what) {
        const auto cell = [&](const Latency& latency) {
            Cell own{words_or_dash(latency.*what, [](double v) { return rounded(v, 3); })};
            if (latency.*what && !latency.steady) {
                own.note = after ? "" : "not steady";
                own.tone = Cell::Tone::Warn;
            }
            return own;
        };
        if (!(before.*what) && !(after && (*after).*what))
            return;
        std::vector<Cell> cells{{name}, cell(before)};
        if (after) {
            const auto a = before.*what, b = (*after).*what;
            cells.push_back(cell(*after));
            cells.push_back(!steady            ? Cell{.text = "not steady", .tone = Cell::Tone::Warn}
                            : a && b && *a > 0 ? Cell{fixed(*b / *a, 3)}
                                               : Cell{"-"});
        }
        table.rows.push_back(std::move(cells));
    };
    const bool detailed = before.minimum || (after && after->minimum);
    row("ms, " + batch + (detailed ? ", median" : ""), &Latency::median);
    row("ms, " + batch + ", minimum", &Latency::minimum);
}

} // namespace detail

/// How the times of inference in the table above were taken; nothing where that is not known.
inline std::string latency_note(const Json& report) {
    std::string words;
    bool steady = true;
    double spread = 0;
    for (const char* part : {"baseline", "found"})
        for (const std::string& key : detail::keys_of(field(report, {part, "latency_ms"}))) {
            const Latency latency = latency_of(field(report, {part}), key);
            steady = steady && latency.steady;
            spread = std::max(spread, latency.steady ? 0 : latency.spread.value_or(0));
            if (std::string_view(part) == "baseline" && latency.threads && latency.rounds)
                words += (words.empty() ? "Inference: " : "; ") + batch_in_words(key) + " with " +
                         figure(*latency.threads) + (*latency.threads == 1 ? " thread, " : " threads, ") +
                         figure(*latency.rounds) + " rounds";
        }
    if (!words.empty())
        words += field(report, {"found"}).is_object() ? ", both networks in turn." : ".";
    if (!steady)
        words += std::string(words.empty() ? "" : " ") + "Not steady: the machine did other work meanwhile" +
                 (spread > 0 ? ", times varied by " + fixed(100 * spread, 0) + " %" : "") +
                 "; no ratios are made of such figures.";
    return words;
}

} // namespace pliny::report
