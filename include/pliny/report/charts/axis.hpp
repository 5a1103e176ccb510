// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/report/page/numbers.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace pliny::report {

/// One axis of a chart: where values lie between two pixels, and ticks at round numbers.
class Axis {
public:
    /// From a round number below to a round number above, with about `count` ticks.
    static Axis rounded(double low, double high, int count = 5) {
        const double step = prepare(low, high, count);
        Axis axis{std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
        axis.mark();
        return axis;
    }

    /// Exactly this range. `whole`: ticks at whole numbers only, as for epochs.
    static Axis exact(double low, double high, bool whole, int count = 7) {
        double step = prepare(low, high, count);
        if (whole && step != std::floor(step))
            step = step < 1 ? 1 : 2;
        Axis axis{low, high, step};
        axis.mark();
        return axis;
    }

    /// Powers of ten, and 2 and 5 times them where there are few. Both ends must be above 0.
    static Axis logarithmic(double low, double high) {
        Axis axis{std::log10(low), std::log10(std::max(high, low * 1.01)), 1};
        axis.logarithmic_ = true;
        const bool few = axis.high_ - axis.low_ < 2.5;
        const double room = 0.03 * (axis.high_ - axis.low_);
        axis.low_ -= room;
        axis.high_ += room;
        for (double decade = std::floor(axis.low_); decade <= axis.high_; ++decade)
            for (const double factor : {1.0, 2.0, 5.0})
                if (const double tick = factor * std::pow(10, decade);
                    (few || factor == 1) && std::log10(tick) >= axis.low_ && std::log10(tick) <= axis.high_)
                    axis.ticks.push_back(tick);
        return axis;
    }

    /// Sets the pixels of both ends.
    void place(double first, double last) {
        first_ = first;
        last_ = last;
    }

    double operator()(double value) const {
        const double v = logarithmic_ ? std::log10(std::max(value, 1e-300)) : value;
        return first_ + (std::clamp(v, low_, high_) - low_) / (high_ - low_) * (last_ - first_);
    }

    std::string label(double tick) const {
        if (logarithmic_ || std::max(std::abs(low_), std::abs(high_)) >= 10'000)
            return compact(tick);
        return grouped(tick, places_for(step_ * 1.0001, 1) + (needs_two_digits() ? 1 : 0));
    }

    double first() const { return first_; }
    double last() const { return last_; }

    std::vector<double> ticks;

private:
    Axis(double low, double high, double step) : low_(low), high_(high), step_(step) {}

    /// Makes the range sound and gives the step between ticks: 1, 2, 2.5 or 5 times a power of ten.
    static double prepare(double& low, double& high, int count) {
        if (!is_finite(low) || !is_finite(high) || low > high)
            low = 0, high = 1;
        if (high - low < 1e-9 * std::max({std::abs(low), std::abs(high), 1e-9})) {
            const double room = low == 0 ? 0.5 : std::abs(low) * 0.05;
            low -= low == 0 ? 0 : room;
            high += room;
        }
        const double rough = (high - low) / count, power = std::pow(10, std::floor(std::log10(rough)));
        for (const double factor : {1.0, 2.0, 2.5, 5.0})
            if (factor * power >= rough * 0.85)
                return factor * power;
        return 10 * power;
    }

    void mark() {
        for (double i = std::ceil(low_ / step_ - 1e-6); i * step_ <= high_ + 1e-6 * step_; ++i)
            ticks.push_back(i * step_);
    }

    bool needs_two_digits() const {
        const double leading = step_ / std::pow(10, std::floor(std::log10(step_ * 1.0001)));
        return step_ < 10 && std::abs(leading - 2.5) < 0.01; // 2.5, 0.25, ...
    }

    double low_, high_, step_;
    double first_ = 0, last_ = 1;
    bool logarithmic_ = false;
};

} // namespace pliny::report
