// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/drawing.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace pliny::report {

/// Names beside points of a plot, each where it covers least of what is already there.
class Labels {
public:
    Labels(double left, double right, double top, double bottom)
        : left_(left), right_(right), top_(top), bottom_(bottom) {}

    /// A rectangle that names should not cover.
    void keep_free(double x, double y, double width, double height) {
        taken_.push_back({x, y, width, height});
    }

    /// Finds the place of a name for the point at (x, y).
    void add(double x, double y, const std::string& words) {
        const double width = text_width(words), height = 13;
        Name best{words, {}, x, y};
        double least = std::numeric_limits<double>::infinity();
        for (const double away : {9.0, 20.0, 34.0, 48.0})
            for (const auto& [sideways, up] : directions) {
                const double middle_x = x + sideways * (away + width / 2);
                const double middle_y = y + up * (away + (sideways == 0 ? 4 : 0));
                const Box box{middle_x - width / 2, middle_y - height / 2, width, height};
                const double price = covered(box) + 40 * outside(box) + 0.6 * away;
                if (price < least - 1e-9) {
                    least = price;
                    best.box = box;
                }
            }
        taken_.push_back(best.box);
        names_.push_back(best);
    }

    /// Thin lines to the names that stand farther away; below the points.
    void draw_lines(Drawing& drawing) const {
        for (const Name& name : names_) {
            const double x = std::clamp(name.x, name.box.x, name.box.x + name.box.width);
            const double y = std::clamp(name.y, name.box.y + 2, name.box.y + name.box.height - 2);
            if (std::hypot(x - name.x, y - name.y) > 14)
                drawing.line(name.x, name.y, x, y, "grid");
        }
    }

    void draw_names(Drawing& drawing) const {
        for (const Name& name : names_)
            drawing.text(name.box.x, name.box.y + 10.5, name.words, "strong halo start");
    }

private:
    struct Box {
        double x = 0, y = 0, width = 0, height = 0;
    };
    struct Name {
        std::string words;
        Box box;
        double x, y; // of the point
    };
    static constexpr std::array<std::array<double, 2>, 8> directions{
        {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, -1}, {1, 1}, {-1, -1}, {-1, 1}}};

    double covered(const Box& a) const {
        double area = 0;
        for (const Box& b : taken_)
            area += std::max(0.0, std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x)) *
                    std::max(0.0, std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y));
        return area;
    }
    double outside(const Box& a) const {
        return std::max(0.0, left_ - a.x) + std::max(0.0, a.x + a.width - right_) +
               std::max(0.0, top_ - a.y) + std::max(0.0, a.y + a.height - bottom_);
    }

    double left_, right_, top_, bottom_;
    std::vector<Box> taken_;
    std::vector<Name> names_;
};

} // namespace pliny::report
