// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/drawing.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace pliny::report {

/// A quantity before and after; the bar shows the share that is left.
struct Bar {
    std::string name{};
    double after = 0;
    double before = 0;
};

/// Horizontal bars, one below the other.
struct BarChart {
    std::string title{};
    std::vector<Bar> bars{};
    bool titled = true; // without: what it shows is said beside it
};

/// The chart as a picture that is legible as it is on a phone.
inline Drawing drawn(const BarChart& chart) {
    constexpr double row = 21;
    const double top = chart.titled ? 30 : 0;
    const auto words = [](const Bar& bar) { return figure(bar.after) + " of " + figure(bar.before); };
    const auto share = [](const Bar& bar) {
        return bar.before > 0 ? std::clamp(bar.after / bar.before, 0.0, 1.0) : 0.0;
    };
    double names = 0, numbers = 0;
    std::string label = chart.title;
    for (const Bar& bar : chart.bars) {
        names = std::max(names, std::min(text_width(bar.name), 150.0));
        numbers = std::max(numbers, text_width(words(bar)));
        label += (&bar == chart.bars.data() ? ": " : "; ") + bar.name + " " + words(bar);
    }
    Drawing drawing(380, top + row * static_cast<double>(chart.bars.size()) + 4, label);
    if (chart.titled)
        drawing.text(0, 13, chart.title, "title start");
    const double first = names + 10, last = drawing.width - numbers - 52;
    double y = top;
    for (const Bar& bar : chart.bars) {
        const std::string percent = fixed(100 * share(bar), 0) + " %";
        const std::string tip = bar.name + ": " + words(bar) + ", " + percent;
        drawing.text(0, y + 12, shortened(bar.name, 150), "strong start", tip);
        drawing.rectangle(first, y + 2, last - first, 12, "track", 3, tip);
        if (share(bar) > 0)
            drawing.rectangle(first, y + 2, std::max(2.0, share(bar) * (last - first)), 12, "f1", 3, tip);
        drawing.text(drawing.width - 46, y + 12, words(bar), "strong end");
        drawing.text(drawing.width, y + 12, percent, "end");
        y += row;
    }
    return drawing;
}

} // namespace pliny::report
