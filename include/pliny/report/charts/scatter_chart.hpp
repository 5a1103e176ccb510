// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/frame.hpp>
#include <pliny/report/charts/labels.hpp>
#include <pliny/report/charts/pareto.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace pliny::report {

/// A network in a chart of what it costs and how good it is.
struct Candidate {
    std::string name{};
    Tradeoff value{};
    int colour = 1;
    std::string tip{}; // shown on hovering
};

/// Quality over cost, with the Pareto front.
struct ScatterChart {
    std::string title{};
    std::string x_name{};
    std::string y_name{};
    std::vector<Candidate> candidates{};
    bool less_is_better = false; // of y
    double most = 100;           // y ends there, where no value is above
};

namespace detail {

/// The front as a staircase, the best quality for each budget; names keep away from it.
inline std::string staircase(const std::vector<Tradeoff>& front, const Axis& x, const Axis& y,
                             Labels& labels) {
    std::string path;
    for (std::size_t i = 0; i < front.size(); ++i) {
        const double to_x = x(front[i].cost), to_y = y(front[i].quality);
        if (i > 0) {
            const double from_x = x(front[i - 1].cost), from_y = y(front[i - 1].quality);
            path += "L" + Drawing::point(to_x, from_y) + "L" + Drawing::point(to_x, to_y);
            labels.keep_free(from_x, from_y - 2, to_x - from_x, 4);
            labels.keep_free(to_x - 2, std::min(from_y, to_y), 4, std::abs(from_y - to_y));
        } else
            path += "M" + Drawing::point(to_x, to_y);
    }
    return path;
}

} // namespace detail

/// The chart as a picture that is legible as it is on a phone. The cost is on a logarithmic axis where it
/// spans more than a factor of ten.
inline Drawing drawn(const ScatterChart& chart) {
    std::vector<Tradeoff> values, steps, judged;
    detail::Extent cost, quality;
    for (const Candidate& c : chart.candidates) {
        values.push_back(c.value);
        judged.push_back({c.value.cost, chart.less_is_better ? -c.value.quality : c.value.quality});
        cost.take(c.value.cost);
        quality.take(c.value.quality);
    }
    const std::vector<bool> front = on_front(judged);
    std::string label = chart.title + ", " + chart.y_name + " over " + chart.x_name;
    for (std::size_t i = 0; i < values.size(); ++i) {
        label += (i == 0 ? ": " : "; ") + chart.candidates[i].name + " " + figure(values[i].quality) +
                 " at " + figure(values[i].cost) + (front[i] ? ", on the Pareto front" : "");
        if (front[i])
            steps.push_back(values[i]);
    }
    std::sort(steps.begin(), steps.end(),
              [](const Tradeoff& a, const Tradeoff& b) { return a.cost < b.cost; });

    Drawing drawing(380, 290, label);
    drawing.text(0, 13, shortened(chart.title, drawing.width, 13.5, true), "title start", chart.title);
    drawing.text(0, 31, chart.y_name, "start");
    const double legend = drawing.width - 205;
    drawing.circle(legend, 27, 4.5, "f0");
    drawing.text(legend + 9, 31, "on the Pareto front", "start");
    drawing.circle(legend + 139, 27, 4.5, "hollow s0");
    drawing.text(legend + 148, 31, "not on it", "start");

    const double room = 0.12 * (quality.high - quality.low);
    Axis x = cost.low > 0 && cost.high > 10 * cost.low ? Axis::logarithmic(cost.low / 1.2, cost.high * 1.2)
                                                       : Axis::rounded(0, cost.high * 1.02);
    Axis y = Axis::rounded(std::max(quality.low - room, std::min(quality.low, 0.0)),
                           std::min(quality.high + room, std::max(quality.high, chart.most)));
    place_across(drawing, x, y);
    y.place(drawing.height - 36, 46);
    draw_axes(drawing, x, y, chart.x_name);

    Labels labels(x.first(), x.last(), y.last(), y.first());
    for (const Tradeoff& v : values)
        labels.keep_free(x(v.cost) - 6, y(v.quality) - 6, 12, 12);
    const std::string path = detail::staircase(steps, x, y, labels);
    for (const Candidate& c : chart.candidates)
        labels.add(x(c.value.cost), y(c.value.quality), c.name);
    labels.draw_lines(drawing);
    if (steps.size() > 1)
        drawing.path(path, "curve dashed s0");
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Candidate& c = chart.candidates[i];
        const std::string colour = std::to_string(c.colour);
        drawing.circle(x(c.value.cost), y(c.value.quality), 5.5,
                       front[i] ? "f" + colour : "hollow s" + colour, c.tip.empty() ? c.name : c.tip);
    }
    labels.draw_names(drawing);
    return drawing;
}

} // namespace pliny::report
