// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/report/charts/bar_chart.hpp>
#include <pliny/report/charts/line_chart.hpp>
#include <pliny/report/fields.hpp>
#include <pliny/report/run/timeline.hpp>
#include <pliny/report/score.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace pliny::report {

namespace detail {

/// Values over the epochs, of the baseline alone or of everything else; `value_of(epoch)` gives an optional.
inline Series epochs_series(const Json& report, const Timeline& time, const auto& value_of,
                            const std::string& name, int colour, bool baseline = false) {
    Series series{name, colour, baseline ? Series::Look::Dashed : Series::Look::Marked, {}};
    for (const Json& epoch : list_at(report, {"epochs"})) {
        const std::string phase = text_at(epoch, {"phase"});
        if (is_for_comparison(report, phase) != baseline)
            continue;
        const std::optional<double> value = value_of(epoch);
        const double number = number_at(epoch, {"epoch"}).value_or(0);
        series.points.push_back(
            {time.end_of(phase, number), value.value_or(std::numeric_limits<double>::quiet_NaN()),
             value ? name + ", " + phase + " epoch " + figure(number + 1) + ": " + figure(*value) : ""});
    }
    return series;
}

/// Puts a series into a chart if it has a value.
inline void add_series(LineChart& chart, Series series) {
    if (std::any_of(series.points.begin(), series.points.end(),
                    [](const Point& p) { return is_finite(p.y); }))
        chart.series.push_back(std::move(series));
}

/// The samples of the curve from the search on its way and settled.
inline std::vector<const Json*> search_samples(const Json& report, const Timeline& time) {
    std::vector<const Json*> samples;
    for (const Json& sample : list_at(report, {"curve"})) {
        const std::string phase = text_at(sample, {"phase"});
        if ((phase == "search" || phase == "settled") && time.has(phase))
            samples.push_back(&sample);
    }
    return samples;
}

/// The phases that these samples are of.
inline std::vector<Phase> phases_of(const std::vector<const Json*>& samples, const Timeline& time) {
    std::vector<Phase> phases;
    for (const Phase& phase : time.phases)
        if (std::any_of(samples.begin(), samples.end(),
                        [&](const Json* sample) { return text_at(*sample, {"phase"}) == phase.name; }))
            phases.push_back(phase);
    return phases;
}

/// Whether values span so much that their axis should be logarithmic.
inline bool falls_far(const LineChart& chart) {
    Extent values;
    for (const Series& series : chart.series)
        for (const Point& p : series.points)
            values.take(p.y);
    return values.low > 0 && values.high > 6 * values.low;
}

inline LineChart epochs_chart(const std::string& title, const Timeline& time) {
    return {.title = title, .x_name = "epochs", .phases = time.phases};
}

} // namespace detail

/// The training loss: of single batches, the mean of every epoch, and that of the unpruned network.
inline LineChart loss_chart(const Json& report, const Timeline& time) {
    LineChart chart = detail::epochs_chart("Training loss", time);
    Series batches{"single batches", 1, Series::Look::Faint, {}};
    for (const Json& sample : list_at(report, {"curve"})) {
        const std::string phase = text_at(sample, {"phase"});
        const auto loss = number_at(sample, {"loss"}), step = number_at(sample, {"step"});
        if (loss && step && !is_for_comparison(report, phase) && time.has(phase))
            batches.points.push_back({time.at_step(phase, *step), *loss, ""});
    }
    detail::add_series(chart, std::move(batches));
    const auto loss = [](const Json& epoch) { return number_at(epoch, {"train_loss"}); };
    detail::add_series(chart, detail::epochs_series(report, time, loss, "mean of an epoch", 1));
    detail::add_series(chart, detail::epochs_series(report, time, loss, baseline_in_words(report), 0, true));
    chart.logarithmic = detail::falls_far(chart);
    return chart;
}

/// The score after every epoch, with that of the unpruned network beside it.
inline LineChart score_chart(const Json& report, const Timeline& time) {
    const Score score = score_of(report);
    LineChart chart = detail::epochs_chart(score == Score{}         ? "Accuracy %"
                                           : score.higher_is_better ? score.headed()
                                                                    : score.headed() + ", less is better",
                                           time);
    const auto add = [&](const char* which, const std::string& name, int colour, bool baseline = false) {
        const auto value = [which](const Json& epoch) { return score_at(epoch, which); };
        detail::add_series(chart, detail::epochs_series(report, time, value, name, colour, baseline));
    };
    add("test", "test", 1);
    add("validation", "validation", 3);
    add("train", "train", 2);
    add("test", baseline_in_words(report) + ", test", 0, true);
    chart.logarithmic = !score.higher_is_better && detail::falls_far(chart);
    return chart;
}

/// For every cost, how it goes down while searching, with its limits.
inline std::vector<LineChart> cost_charts(const Json& report, const Timeline& time) {
    const std::vector<const Json*> samples = detail::search_samples(report, time);
    std::vector<std::string> names;
    for (const Json* sample : samples)
        if (const Json& cost = field(*sample, {"cost"}); cost.is_object())
            for (const auto& [name, value] : cost.items())
                if (std::find(names.begin(), names.end(), name) == names.end())
                    names.push_back(name);
    std::vector<LineChart> charts;
    for (const std::string& name : names) {
        LineChart chart{.title = "Cost while searching: " + name,
                        .x_name = "epochs",
                        .from_zero = true,
                        .phases = detail::phases_of(samples, time)};
        Series series{name, 1, Series::Look::Plain, {}};
        const std::size_t every = 1 + samples.size() / 50; // so many points react to hovering
        for (const Json* sample : samples) {
            const std::string phase = text_at(*sample, {"phase"});
            const auto step = number_at(*sample, {"step"}),
                       value = number_at(*sample, {"cost", name.c_str()});
            if (step && value)
                series.points.push_back({time.at_step(phase, *step), *value,
                                         series.points.size() % every == 0
                                             ? phase + " step " + figure(*step + 1) + ": " + figure(*value)
                                             : ""});
        }
        for (const Json& limit : list_at(report, {"limits"}))
            if (const auto value = number_at(limit, {"limit"}); value && text_at(limit, {"cost"}) == name)
                chart.limits.push_back({"limit", *value});
        detail::add_series(chart, std::move(series));
        if (!chart.series.empty())
            charts.push_back(std::move(chart));
    }
    return charts;
}

/// Output channels of every layer whose width is known before and after; no bars where a search among
/// alternatives, or for bits, has left all channels.
inline BarChart widths_chart(const Json& report) {
    BarChart chart{.title = "Channels left in each layer"};
    for (const Json& layer : list_at(report, {"found", "layers"})) {
        const auto after = number_at(layer, {"out"}), before = number_at(layer, {"of"});
        if (after && before)
            chart.bars.push_back({layer_in_words(layer), *after, *before});
    }
    if ((!list_at(report, {"choices"}).empty() || !list_at(report, {"bits"}).empty()) &&
        std::all_of(chart.bars.begin(), chart.bars.end(), [](const Bar& b) { return b.after == b.before; }))
        chart.bars.clear();
    return chart;
}

} // namespace pliny::report
