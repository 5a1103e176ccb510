// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/report/charts/frame.hpp>
#include <pliny/report/charts/phases.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace pliny::report {

/// A value of a curve; a y that is not a number leaves a gap.
struct Point {
    double x = 0;
    double y = 0;
    std::string tip{}; // shown on hovering
};

/// One curve. Colours 1 to 6 tell curves apart, 0 is grey.
struct Series {
    enum class Look { Marked, Dashed, Faint, Plain };
    std::string name{};
    int colour = 1;
    Look look = Look::Marked; // with a dot at every point
    std::vector<Point> points{};
};

/// A horizontal line that a curve should stay below.
struct LimitLine {
    std::string name{};
    double value = 0;
};

/// Curves over a common x axis.
struct LineChart {
    std::string title{};
    std::string x_name{};
    bool from_zero = false;   // y starts at 0
    bool logarithmic = false; // y; all values must be above 0
    bool shares = false;      // y goes from 0 to 1
    double height = 260;      // with one or two lines of names, in pixels
    std::vector<Series> series{};
    std::vector<LimitLine> limits{};
    std::vector<Phase> phases{};
};

namespace detail {

/// What the chart shows, in words: "Accuracy %: test from 87.2 to 91.7; limit at 105,410".
inline std::string described(const LineChart& chart) {
    std::string text{};
    for (const Series& series : chart.series) {
        std::vector<double> values;
        for (const Point& p : series.points)
            if (is_finite(p.y))
                values.push_back(p.y);
        if (!values.empty())
            text += "; " + series.name + " from " + figure(values.front()) + " to " + figure(values.back());
    }
    for (const LimitLine& limit : chart.limits)
        text += "; " + limit.name + " at " + figure(limit.value);
    return chart.title + (text.empty() ? "" : ": " + text.substr(2));
}

/// Names beside samples of their lines; returns the y below them.
inline double draw_legend(Drawing& drawing, const std::vector<Series>& all, double y) {
    if (all.size() < 2)
        return y;
    double x = 0;
    y += 17;
    for (const Series& series : all) {
        const std::string name = shortened(series.name, drawing.width - 22, 11, true);
        const double width = 22 + text_width(name);
        if (x > 0 && x + width > drawing.width) {
            x = 0;
            y += 15;
        }
        const std::string colour = std::to_string(series.colour);
        drawing.line(x + 1, y - 4, x + 17, y - 4,
                     "curve s" + colour +
                         (series.look == Series::Look::Dashed  ? " dashed"
                          : series.look == Series::Look::Faint ? " faint"
                                                               : ""));
        if (series.look == Series::Look::Marked)
            drawing.circle(x + 9, y - 4, 2.8, "f" + colour);
        drawing.text(x + 22, y, name, "start", name == series.name ? "" : series.name);
        x += width + 12;
    }
    return y;
}

inline void draw_series(Drawing& drawing, const Series& series, const Axis& x, const Axis& y) {
    std::string steps{};
    bool pen_down = false;
    for (const Point& p : series.points) {
        if (is_finite(p.y))
            steps += (pen_down ? "L" : "M") + Drawing::point(x(p.x), y(p.y));
        pen_down = is_finite(p.y);
    }
    if (steps.empty())
        return;
    const std::string colour = std::to_string(series.colour);
    const bool dashed = series.look == Series::Look::Dashed, marked = series.look == Series::Look::Marked;
    drawing.path(steps, "curve s" + colour +
                            (dashed                               ? " dashed"
                             : series.look == Series::Look::Faint ? " faint"
                                                                  : ""));
    for (const Point& p : series.points)
        if (is_finite(p.y) && (marked || !p.tip.empty()))
            drawing.circle(x(p.x), y(p.y), marked ? 2.8 : 6, marked ? "f" + colour : "target", p.tip);
}

/// A dashed line with its name at the end and on the side where it covers least of the curves.
inline void draw_limit(Drawing& drawing, const LimitLine& limit, const std::vector<Series>& curves,
                       const Axis& x, const Axis& y) {
    const std::string words = limit.name + " " + in_short(limit.value);
    const double width = text_width(words), height = y(limit.value);
    drawing.line(x.first(), height, x.last(), height, "limit");
    double best_left = 0, best_top = 0, least = std::numeric_limits<double>::infinity();
    for (const double left : {x.last() - 3 - width, x.first() + 3})
        for (const double top : {height - 17, height + 4}) {
            double price = top < y.last() || top + 13 > y.first() ? 1e6 : 0;
            for (const Series& series : curves)
                for (const Point& p : series.points)
                    price +=
                        x(p.x) >= left && x(p.x) <= left + width && y(p.y) >= top - 2 && y(p.y) <= top + 15;
            if (price < least)
                least = price, best_left = left, best_top = top;
        }
    drawing.text(best_left, best_top + 11, words, "limit-name halo start");
}

} // namespace detail

/// The chart as a picture that is legible as it is on a phone.
inline Drawing drawn(const LineChart& chart) {
    Drawing drawing(380, chart.height, detail::described(chart));
    detail::Extent across, up;
    for (const Series& series : chart.series)
        for (const Point& p : series.points) {
            if (is_finite(p.y))
                across.take(p.x);
            up.take(p.y);
        }
    for (const LimitLine& limit : chart.limits)
        up.take(limit.value);
    for (const Phase& phase : chart.phases)
        across.take(phase.first), across.take(phase.last);
    const std::vector<Phase> phases = chart.phases.size() > 1 ? chart.phases : std::vector<Phase>{};
    if (chart.from_zero || chart.shares)
        up.take(0);
    if (chart.shares)
        up.take(1);

    Axis x = Axis::exact(across.low, across.high, true);
    Axis y =
        chart.logarithmic && up.low > 0 ? Axis::logarithmic(up.low, up.high) : Axis::rounded(up.low, up.high);
    place_across(drawing, x, y);
    const PhaseNames names(phases, x);
    drawing.text(0, 13, chart.title, "title start");
    const double names_end = detail::draw_legend(drawing, chart.series, 13);
    drawing.height += std::max(0.0, names_end - 45); // 45: below two lines
    const double top = names_end + 12 + names.height;
    y.place(drawing.height - 36, top);
    draw_phases(drawing, phases, x, top, y.first());
    names.draw(drawing, top);
    draw_axes(drawing, x, y, chart.x_name);

    for (const Series& series : chart.series)
        detail::draw_series(drawing, series, x, y);
    for (const LimitLine& limit : chart.limits)
        detail::draw_limit(drawing, limit, chart.series, x, y);
    return drawing;
}

} // namespace pliny::report
