// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/axis.hpp>
#include <pliny/report/charts/drawing.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace pliny::report {

/// A part of the x axis with a name.
struct Phase {
    std::string name{};
    double first = 0;
    double last = 0;
};

/// The names of phases above a plot, in as many lines as they need in order not to touch.
class PhaseNames {
public:
    PhaseNames(const std::vector<Phase>& phases, const Axis& x) {
        std::vector<double> taken; // per line, up to which pixel
        for (const Phase& phase : phases) {
            const double half = text_width(phase.name) / 2, middle = (x(phase.first) + x(phase.last)) / 2;
            Place place{phase.name, std::max(x.first() + half, std::min(middle, x.last() - half)), 0};
            while (place.line < taken.size() && taken[place.line] > place.x - half)
                ++place.line;
            taken.resize(std::max(taken.size(), place.line + 1));
            taken[place.line] = place.x + half + 5;
            places.push_back(std::move(place));
        }
        height = 13 * static_cast<double>(taken.size());
    }

    /// `bottom` is where the plot begins.
    void draw(Drawing& drawing, double bottom) const {
        for (const Place& place : places)
            drawing.text(place.x, bottom - 5 - 13 * static_cast<double>(place.line), place.name, "middle");
    }

    double height = 0;

private:
    struct Place {
        std::string name;
        double x;
        std::size_t line;
    };
    std::vector<Place> places{};
};

/// Shades every other phase, with a line between neighbours.
inline void draw_phases(Drawing& drawing, const std::vector<Phase>& phases, const Axis& x, double top,
                        double bottom) {
    for (std::size_t i = 0; i < phases.size(); ++i) {
        const double first = x(phases[i].first), last = x(phases[i].last);
        if (i % 2 == 1)
            drawing.rectangle(first, top, last - first, bottom - top, "band");
        if (i > 0)
            drawing.line(first, top, first, bottom, "grid");
    }
}

} // namespace pliny::report
