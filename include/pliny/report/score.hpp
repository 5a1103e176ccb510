// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>

#include <cmath>
#include <optional>
#include <string>

namespace pliny::report {

/// What tells how good a network is: its accuracy in percent or, where a report says so, another figure such
/// as a mean squared error.
struct Score {
    std::string name = "accuracy";
    std::string unit = "%"; // may be empty
    bool higher_is_better = true;

    bool operator==(const Score&) const = default;

    /// "accuracy %", "mse".
    std::string headed() const { return unit.empty() ? name : name + " " + unit; }
    /// A value as a table has it: percentages with two decimal places, others with four digits.
    std::string figure(double value) const { return unit == "%" ? fixed(value, 2) : report::figure(value); }
    /// The same with its unit: "91.68 %".
    std::string spelled(double value) const { return figure(value) + (unit.empty() ? "" : " " + unit); }
    /// With its sign: "+0.42", "-0.0031".
    std::string difference(double value) const {
        if (unit == "%")
            return signed_number(value, 2);
        return std::string(value > 0 ? "+" : value < 0 ? "-" : "") + report::figure(std::abs(value));
    }
};

/// The score of a report: what it says, or else accuracy.
inline Score score_of(const Json& report) {
    const std::string name = text_at(report, {"score", "name"});
    if (name.empty())
        return {};
    return {name, text_at(report, {"score", "unit"}, name == "accuracy" ? "%" : ""),
            field(report, {"score", "higher_is_better"}) != false};
}

/// The score of an epoch or a network there: `which` is "train", "validation" or "test".
inline std::optional<double> score_at(const Json& from, const std::string& which) {
    const auto score = number_at(from, {(which + "_score").c_str()});
    return score ? score : number_at(from, {(which + "_accuracy").c_str()});
}

/// The same of the found network on its way: `when` is "of_search_model" or "right_after_export".
inline std::optional<double> found_score_at(const Json& report, const std::string& when) {
    const auto score = number_at(report, {"found", ("score_" + when).c_str()});
    return score ? score : number_at(report, {"found", ("accuracy_" + when).c_str()});
}

} // namespace pliny::report
