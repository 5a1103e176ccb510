// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/report/charts/axis.hpp>
#include <pliny/report/charts/drawing.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace pliny::report {

namespace detail {

/// Smallest and largest of the values that are numbers.
struct Extent {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    void take(double value) {
        if (is_finite(value))
            low = std::min(low, value), high = std::max(high, value);
    }
};

} // namespace detail

/// Sets the pixels of the x axis so that the names of all ticks have room.
inline void place_across(Drawing& drawing, Axis& x, const Axis& y) {
    double left = 0;
    for (const double tick : y.ticks)
        left = std::max(left, text_width(y.label(tick)));
    const double right = x.ticks.empty() ? 0 : text_width(x.label(x.ticks.back())) / 2;
    x.place(left + 8, drawing.width - std::max(6.0, right));
}

/// Both axes with their ticks, between `top` and the lower edge, and horizontal lines.
inline void draw_axes(Drawing& drawing, const Axis& x, const Axis& y, const std::string& x_name) {
    for (const double tick : y.ticks) {
        drawing.line(x.first(), y(tick), x.last(), y(tick), "grid");
        drawing.text(x.first() - 7, y(tick) + 4, y.label(tick), "end");
    }
    const double bottom = y.first();
    drawing.line(x.first(), bottom, x.last(), bottom, "axis");
    for (const double tick : x.ticks) {
        drawing.line(x(tick), bottom, x(tick), bottom + 4, "axis");
        drawing.text(x(tick), bottom + 16, x.label(tick), "middle");
    }
    drawing.text((x.first() + x.last()) / 2, bottom + 32, x_name, "middle");
}

} // namespace pliny::report
