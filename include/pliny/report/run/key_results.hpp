// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>
#include <pliny/report/page/page.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace pliny::report {

namespace detail {

/// A quantity as it became, with the share of what it was before.
inline Tile shrunk(const std::string& what, const std::optional<double>& after,
                   const std::optional<double>& before, const auto& spell, const std::string& unit = "") {
    Tile tile{.what = what, .value = "-"};
    if (const auto& shown = after ? after : before) {
        tile.value = spell(*shown);
        tile.unit = unit;
    }
    if (after && before && *before > 0) {
        tile.share = *after / *before;
        tile.notes.push_back(fixed(100 * *tile.share, 1) + " % of " + spell(*before));
    }
    return tile;
}

inline Tile accuracy_tile(const Json& report) {
    const auto before = number_at(report, {"baseline", "test_accuracy"});
    const auto after = number_at(report, {"found", "test_accuracy"});
    Tile tile{.what = "test accuracy", .value = "-"};
    if (after || before) {
        tile.value = fixed(after ? *after : *before, 2);
        tile.unit = "%";
    }
    if (after && before)
        tile.notes = {signed_number(*after - *before, 2) + " points,",
                      baseline_in_words(report) + " " + fixed(*before, 2) + " %"};
    return tile;
}

inline Tile limits_tile(const Json& report) {
    const Json& limits = list_at(report, {"limits"});
    const bool met = std::all_of(limits.begin(), limits.end(),
                                 [](const Json& limit) { return field(limit, {"satisfied"}) == true; });
    Tile tile{.what = limits.size() == 1 ? "limit" : "limits",
              .value = met ? "met" : "missed",
              .tone = met ? "good" : "bad"};
    for (const Json& limit : limits) {
        const auto allowed = number_at(limit, {"limit"}), value = number_at(limit, {"value"});
        if (!allowed || !value || *allowed <= 0)
            continue;
        const std::string name = text_at(limit, {"cost"}), share = fixed(100 * *value / *allowed, 1) + " %";
        if (limits.size() == 1) {
            tile.notes = {share + " of " + in_short(*allowed), name};
            tile.share = *value / *allowed;
        } else
            tile.notes.push_back(name + " " + share);
    }
    return tile;
}

inline Tile time_tile(const Json& report) {
    double all = 0;
    bool known = false;
    if (const Json& seconds = field(report, {"seconds"}); seconds.is_object())
        for (const auto& [key, value] : seconds.items())
            if (!is_for_comparison(report, key) && value.is_number()) {
                all += value.get<double>();
                known = true;
            }
    Tile tile{.what = "training time", .value = known ? clock(all) : "-"};
    if (const auto search = number_at(report, {"seconds", "search"}))
        tile.notes.push_back("search " + clock(*search));
    if (const std::string device = text_at(report, {"device"}); !device.empty())
        tile.notes.push_back("on " + device);
    return tile;
}

} // namespace detail

/// The row of large numbers at the top of a run's page, as HTML.
inline std::string key_results(const Json& report) {
    using namespace detail;
    const auto tile = [&](const std::string& what, std::initializer_list<const char*> keys, const auto& spell,
                          const std::string& unit = "") {
        return html(shrunk(what, number_at(field(report, {"found"}), keys),
                           number_at(field(report, {"baseline"}), keys), spell, unit));
    };
    const auto count = [](double v) { return v < 1e7 ? grouped(v) : compact(v, 4); };
    const auto milliseconds = [](double v) { return rounded(v, 3); };
    std::string out =
        "<div class=\"tiles\">\n" + tile("parameters", {"parameters"}, count) + html(accuracy_tile(report));
    if (!list_at(report, {"limits"}).empty())
        out += html(limits_tile(report));
    return out + tile("file size", {"file_bytes"}, file_size, "MiB") +
           tile("inference, batch 1", {"latency_ms", "batch1"}, milliseconds, "ms") +
           html(time_tile(report)) + "</div>\n";
}

} // namespace pliny::report
