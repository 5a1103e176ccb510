// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/line_chart.hpp>
#include <pliny/report/fields.hpp>
#include <pliny/report/page/table.hpp>
#include <pliny/report/run/run_charts.hpp>
#include <pliny/report/run/timeline.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pliny::report {

namespace detail {

/// An alternative with its number, from 0 as in paths of layers: "1 Conv2d<16, Kernel<3>>, ReLU" for a
/// Sequential of both.
inline std::string alternative_in_words(std::size_t number, const Json& spelled) {
    std::string type = in_words(spelled);
    constexpr std::string_view wrapper = "Sequential<";
    if (type.starts_with(wrapper) && type.ends_with(">"))
        type = type.substr(wrapper.size(), type.size() - wrapper.size() - 1);
    return std::to_string(number) + " " + type;
}

/// The same colour for the same number everywhere.
inline int colour_of_alternative(std::size_t number) { return 1 + static_cast<int>(number % 6); }

/// The share that an alternative of a choice has in a sample of the curve.
inline std::optional<double> theta_at(const Json& sample, std::size_t choice, std::size_t alternative) {
    const Json& all = list_at(sample, {"theta"});
    if (choice >= all.size() || !all[choice].is_array() || alternative >= all[choice].size())
        return {};
    const Json& share = all[choice][alternative];
    return share.is_number() ? std::optional(share.get<double>()) : std::nullopt;
}

/// The alternative that was chosen; none for a choice inside an alternative that was not.
inline std::optional<std::size_t> chosen_of(const Json& choice) {
    const auto number = number_at(choice, {"chosen"});
    const std::size_t count = list_at(choice, {"alternatives"}).size();
    return number && *number >= 0 && *number < static_cast<double>(count)
               ? std::optional(static_cast<std::size_t>(*number))
               : std::nullopt;
}

} // namespace detail

/// For every choice, how the shares of its alternatives (theta) go on while searching.
inline std::vector<LineChart> choice_charts(const Json& report, const Timeline& time) {
    const std::vector<const Json*> samples = detail::search_samples(report, time);
    const std::size_t every = 1 + samples.size() / 20; // so many points react to hovering
    std::vector<LineChart> charts;
    std::size_t number = 0;
    for (const Json& choice : list_at(report, {"choices"})) {
        LineChart chart{.title = "Block " + text_at(choice, {"name"}, std::to_string(number)),
                        .x_name = "epochs",
                        .shares = true,
                        .height = 220,
                        .phases = detail::phases_of(samples, time)};
        const Json& alternatives = list_at(choice, {"alternatives"});
        for (std::size_t a = 0; a < alternatives.size(); ++a) {
            Series series{detail::alternative_in_words(a, alternatives[a]),
                          detail::colour_of_alternative(a),
                          a < 6 ? Series::Look::Plain : Series::Look::Dashed,
                          {}};
            for (const Json* sample : samples) {
                const std::string phase = text_at(*sample, {"phase"});
                const auto step = number_at(*sample, {"step"});
                if (const auto share = detail::theta_at(*sample, number, a); share && step)
                    series.points.push_back({time.at_step(phase, *step), *share,
                                             series.points.size() % every == 0
                                                 ? "alternative " + std::to_string(a) + ", " + phase +
                                                       " step " + figure(*step + 1) + ": " + fixed(*share, 3)
                                                 : ""});
            }
            detail::add_series(chart, std::move(series));
        }
        if (!chart.series.empty())
            charts.push_back(std::move(chart));
        ++number;
    }
    return charts;
}

/// What was chosen in every block, and the shares of its alternatives when the search ended, before it
/// settled.
inline Table choices_table(const Json& report) {
    const Json* last = nullptr;
    for (const Json& sample : list_at(report, {"curve"}))
        if (text_at(sample, {"phase"}) == "search")
            last = &sample;
    Table table{.label = "choices",
                .head = {"block", "chosen", "theta at the end of the search"},
                .words = true,
                .wraps = true};
    std::size_t number = 0;
    for (const Json& choice : list_at(report, {"choices"})) {
        const Json& alternatives = list_at(choice, {"alternatives"});
        const std::optional<std::size_t> chosen = detail::chosen_of(choice);
        Cell what{.text = "left out with the block around it"};
        if (chosen)
            what = Cell{.text = detail::alternative_in_words(*chosen, alternatives[*chosen]),
                        .colour = detail::colour_of_alternative(*chosen)};
        std::string shares;
        for (std::size_t a = 0; last && a < alternatives.size(); ++a)
            if (const auto share = detail::theta_at(*last, number, a))
                shares += (shares.empty() ? "" : ", ") + fixed(*share, 3);
        table.rows.push_back(
            {{text_at(choice, {"name"}, std::to_string(number))}, what, {shares.empty() ? "-" : shares}});
        ++number;
    }
    return table;
}

} // namespace pliny::report
