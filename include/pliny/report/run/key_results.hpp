// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>
#include <pliny/report/latency.hpp>
#include <pliny/report/page/page.hpp>
#include <pliny/report/run/settling.hpp>
#include <pliny/report/score.hpp>

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

inline Tile score_tile(const Json& report) {
    const Score score = score_of(report);
    const auto before = score_at(field(report, {"baseline"}), "test");
    const auto after = score_at(field(report, {"found"}), "test");
    Tile tile{.what = "test " + score.name, .value = "-"};
    if (after || before) {
        tile.value = score.figure(after ? *after : *before);
        tile.unit = score.unit;
    }
    if (after && before)
        tile.notes = {score.difference(*after - *before) + (score.unit == "%" ? " points," : ","),
                      baseline_in_words(report) + " " + score.spelled(*before)};
    if (!score.higher_is_better)
        tile.notes.push_back("less is better");
    return tile;
}

/// The median, with a share of the unpruned network's only where both are steady.
inline Tile latency_tile(const Json& report, const std::string& batch) {
    const Latency before = latency_of(field(report, {"baseline"}), batch),
                  after = latency_of(field(report, {"found"}), batch);
    const Latency& shown = after.median ? after : before;
    const auto spell = [](const std::optional<double>& v) { return rounded(*v, 3); };
    Tile tile{.what = "inference, " + batch_in_words(batch), .value = "-"};
    if (shown.median) {
        tile.value = spell(shown.median);
        tile.unit = "ms";
    }
    if (after.median && before.median && after.steady && before.steady && *before.median > 0) {
        tile.share = *after.median / *before.median;
        tile.notes.push_back(fixed(100 * *tile.share, 1) + " % of " + spell(before.median));
    } else if (after.median && before.median)
        tile.notes.push_back(baseline_in_words(report) + " " + spell(before.median));
    if (shown.minimum)
        tile.notes.push_back("minimum " + spell(shown.minimum));
    if (!shown.steady || (after.median && before.median && !before.steady)) {
        tile.notes.push_back("not steady");
        tile.tone = "warn";
    }
    return tile;
}

inline Tile limits_tile(const Json& report) {
    const Json& limits = list_at(report, {"limits"});
    const bool met = std::all_of(limits.begin(), limits.end(),
                                 [](const Json& limit) { return field(limit, {"satisfied"}) == true; });
    const bool decided = settling_warning(report).empty(); // by the search
    Tile tile{.what = limits.size() == 1 ? "limit" : "limits",
              .value = met ? "met" : "missed",
              .tone = !met      ? "bad"
                      : decided ? "good"
                                : "warn"};
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
    if (const auto moved = moved_far(report))
        tile.notes.push_back(moved->before_in_words() + " before settling");
    else if (!decided)
        tile.notes.push_back(figure(channels_settled(report)) + " channels by settling");
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
    Tile tile{.what = "training time", .value = known ? duration(all) : "-"};
    if (const auto search = number_at(report, {"seconds", "search"}))
        tile.notes.push_back("search " + duration(*search));
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
    std::string out =
        "<div class=\"tiles\">\n" + tile("parameters", {"parameters"}, count) + html(score_tile(report));
    if (!list_at(report, {"limits"}).empty())
        out += html(limits_tile(report));
    return out + tile("file size", {"file_bytes"}, file_size, "MiB") + html(latency_tile(report, "batch1")) +
           html(time_tile(report)) + "</div>\n";
}

} // namespace pliny::report
