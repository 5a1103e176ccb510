// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace pliny::report {

/// A search should end near its limits, and settling see to the rest. Settling has done too much where it
/// moved the cost under a limit by more than this share of the limit, ...
inline constexpr double far_from_limit = 0.2;
/// ... or removed and restored more than this share of all output channels.
inline constexpr double many_channels = 0.1;

/// What settling did to the cost under a limit.
struct SettledCost {
    std::string cost{};
    double limit = 0;
    double before = 0;
    double after = 0;

    /// The cost before, in percent of the limit: "12.3 %".
    std::string before_in_words() const { return fixed(100 * before / limit, 1) + " %"; }
    bool far() const { return std::abs(after - before) > far_from_limit * limit; }
};

/// Of every limit of which it is known.
inline std::vector<SettledCost> settled_costs(const Json& report) {
    std::vector<SettledCost> costs;
    for (const Json& limit : list_at(report, {"limits"})) {
        const auto allowed = number_at(limit, {"limit"}), after = number_at(limit, {"value"}),
                   before = number_at(limit, {"value_before_settling"});
        if (allowed && before && after && *allowed > 0)
            costs.push_back({text_at(limit, {"cost"}), *allowed, *before, *after});
    }
    return costs;
}

namespace detail {

/// The cost that settling moved most, of those that it moved far.
inline std::optional<SettledCost> moved_far(const Json& report) {
    std::optional<SettledCost> most;
    const auto way = [](const SettledCost& c) { return std::abs(c.after - c.before) / c.limit; };
    for (const SettledCost& cost : settled_costs(report))
        if (cost.far() && (!most || way(cost) > way(*most)))
            most = cost;
    return most;
}

/// Channels that settling removed and restored.
inline double channels_settled(const Json& report) {
    return number_at(report, {"found", "settled", "removed"}).value_or(0) +
           number_at(report, {"found", "settled", "restored"}).value_or(0);
}
/// All output channels of layers with weights, as described.
inline double channels_described(const Json& report) {
    double sum = 0;
    for (const Json& layer : list_at(report, {"found", "layers"}))
        sum += number_at(layer, {"of"}).value_or(0);
    return sum;
}
inline bool many_settled(const Json& report) {
    const double all = channels_described(report);
    return all > 0 && channels_settled(report) > many_channels * all;
}

inline std::string counted(double count, const std::string& word) {
    return figure(count) + " " + word + (count == 1 ? "" : "s");
}

} // namespace detail

/// What settling changed: "Settling removed 0 channels and restored 129."; nothing where it is not known or,
/// without limits, where it changed nothing.
inline std::string settling_sentence(const Json& report) {
    const auto count = [&](const char* what) { return number_at(report, {"found", "settled", what}); };
    const auto removed = count("removed"), restored = count("restored"), rechosen = count("rechosen"),
               lowered = count("lowered"), raised = count("raised");
    if (!(removed && restored) && !(lowered && raised))
        return "";
    double all = 0;
    for (const auto& part : {removed, restored, rechosen, lowered, raised})
        all += part.value_or(0);
    if (all == 0)
        return list_at(report, {"limits"}).empty() ? "" : "Settling changed nothing.";
    std::string words = "Settling ";
    if (removed && restored)
        words += "removed " + detail::counted(*removed, "channel") + " and restored " + figure(*restored);
    if (rechosen && *rechosen > 0)
        words += ", and changed " + detail::counted(*rechosen, "choice");
    if (lowered && raised)
        words += "lowered the bits of " + figure(*lowered) + " and raised those of " + figure(*raised) +
                 " layers, channels or activations";
    return words + ".";
}

/// Whether settling did more than a search should leave to it, and what; nothing where it did not.
inline std::string settling_warning(const Json& report) {
    const std::optional<SettledCost> moved = detail::moved_far(report);
    const bool many = detail::many_settled(report);
    if (!moved && !many)
        return "";
    std::string words;
    if (moved)
        words = "The search ended at " + moved->before_in_words() + " of its limit on " + moved->cost +
                ", and settling moved that to " + fixed(100 * moved->after / moved->limit, 1) + " %. ";
    if (many)
        words += "Settling changed " + figure(detail::channels_settled(report)) + " of " +
                 figure(detail::channels_described(report)) + " output channels. ";
    words += "Part of this network was decided when settling, not by the search";
    return words + (!moved                         ? "."
                    : moved->before < moved->after ? "; a smaller --lr-alpha may end nearer to the limit."
                                                   : "; a longer search or a larger --lr-alpha may end "
                                                     "nearer to the limit.");
}

} // namespace pliny::report
