// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/core.hpp>

#include <cstddef>
#include <random>
#include <span>
#include <vector>

namespace pliny::test {

/// A row runs where every alternative whose rows it is among is chosen.
template <class Net>
bool runs(int row, const PathOf<Net>& chosen) {
    for (std::size_t c = 0; c < chosen.size(); ++c)
        for (const Alternative& one : plan<Net>.alternatives_of(plan<Net>.choices[c]))
            if (one.first <= row && row < one.end && one.number != chosen[c])
                return false;
    return true;
}

/// Every path once: choices that do not run have the number 0.
template <class Net>
std::vector<PathOf<Net>> all_paths() {
    std::vector<PathOf<Net>> paths;
    PathOf<Net> path{};
    for (;;) {
        bool once = true;
        for (std::size_t c = 0; c < path.size(); ++c)
            once = once && (path[c] == 0 || runs<Net>(plan<Net>.choices[c], path));
        if (once)
            paths.push_back(path);
        std::size_t c = 0;
        while (c < path.size() && ++path[c] == plan<Net>[plan<Net>.choices[c]].inputs)
            path[c++] = 0;
        if (c == path.size())
            return paths;
    }
}

/// What the rows of a path cost in all; choices are free.
template <class Net, class Price>
double cost_along(const PathOf<Net>& path, const Price& price) {
    double sum = 0;
    for (int row = 1; row < plan<Net>.size(); ++row)
        if (plan<Net>[row].facts.kind != Kind::Choice && runs<Net>(row, path))
            sum += price(row);
    return sum;
}

/// Which alternative of choice c has the number a among all of them.
template <class Net>
std::size_t alternative_at(std::size_t c, int number) {
    return static_cast<std::size_t>(plan<Net>[plan<Net>.choices[c]].first_alternative + number);
}

/// Eighths from -3 to 3, of which sums are exact and some are equal.
inline std::vector<double> random_eighths(std::mt19937& engine, std::size_t size) {
    std::uniform_int_distribution<int> eighths(-24, 24);
    std::vector<double> numbers(size);
    for (double& number : numbers)
        number = eighths(engine) / 8.0;
    return numbers;
}

} // namespace pliny::test
