// SPDX-License-Identifier: Apache-2.0
// Slopes of regularizers against central differences, and sums of regularizers against their parts.
#include <pliny/core.hpp>

#include "support/squared_excess.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace pliny;
using pliny::testing::SquaredExcess;

namespace {

using Two = Duccio<Limit<Params, 600>, Limit<Ops, 400>>;
using Own = SquaredExcess<Limit<Ops, 300>>;
using Sum = Regularizers<Two, Strength<0.5, Params>, Own>;

/// A step, the numbers that a regularizer keeps, and what it says of them.
struct Case {
    std::vector<double> costs, limits, state;
    double task_loss = 0.7, epoch = 3, epochs = 10;

    RegularizerStep step() const { return {costs, limits, task_loss, SearchProgress(epoch, epochs)}; }
    template <class Type>
    double value() const {
        std::vector<double> slopes(costs.size());
        return Type::value(step(), state, slopes);
    }
    template <class Type>
    std::vector<double> slopes() const {
        std::vector<double> slopes(costs.size());
        (void)Type::value(step(), state, slopes);
        return slopes;
    }
    template <class Type>
    std::vector<double> moved() const {
        std::vector<double> next = state;
        Type::advance(step(), next);
        return next;
    }
};

template <class Type>
void check_slopes(const Case& at) {
    const std::vector<double> slopes = at.slopes<Type>();
    for (std::size_t t = 0; t < at.costs.size(); ++t) {
        CAPTURE(t);
        const double h = 1e-3;
        Case above = at, below = at;
        above.costs[t] += h;
        below.costs[t] -= h;
        const double by_differences = (above.value<Type>() - below.value<Type>()) / (2 * h);
        CHECK(slopes[t] == doctest::Approx(by_differences).epsilon(1e-6).scale(1e-3));
    }
}

std::vector<double> joined_numbers(std::vector<double> first, const std::vector<double>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

} // namespace

TEST_CASE("regularizers: slopes are those of central differences") {
    for (const double params : {550.0, 640.0})
        for (const double ops : {250.0, 350.0, 470.0}) {
            CAPTURE(params);
            CAPTURE(ops);
            check_slopes<Two>({{params, ops}, {600, 400}, {0.3, 0.02}}); // armed: the strengths stand
            check_slopes<Strength<0.5, Params>>({{params}, {}, {}});
            check_slopes<Own>({{ops}, {300}, {0.4, 7}});
            check_slopes<Sum>({{params, ops, params, ops}, {600, 400, 300}, {0.3, 0.02, 0.4, 7}});
        }
}

TEST_CASE("regularizers: several are the sum of each, with terms, limits and numbers in a row") {
    for (const double strength : {0.0, 0.02}) // not armed, armed
        for (const double ops : {250.0, 350.0, 470.0}) {
            CAPTURE(strength);
            CAPTURE(ops);
            const Case two{{640, ops}, {600, 400}, {strength, strength}}, plain{{640}, {}, {}},
                own{{ops}, {300}, {0.4, 7}};
            const Case all{{640, ops, 640, ops}, {600, 400, 300}, {strength, strength, 0.4, 7}};
            CHECK(all.value<Sum>() ==
                  two.value<Two>() + plain.value<Strength<0.5, Params>>() + own.value<Own>());
            CHECK(all.slopes<Sum>() ==
                  joined_numbers(joined_numbers(two.slopes<Two>(), plain.slopes<Strength<0.5, Params>>()),
                                 own.slopes<Own>()));
            CHECK(all.moved<Sum>() == joined_numbers(two.moved<Two>(), own.moved<Own>()));

            const Case again{joined_numbers(all.costs, own.costs), joined_numbers(all.limits, own.limits),
                             joined_numbers(all.state, own.state)};
            using Nested = Regularizers<Sum, Own>;
            CHECK(again.value<Nested>() == all.value<Sum>() + own.value<Own>());
            CHECK(again.moved<Nested>() == joined_numbers(all.moved<Sum>(), own.moved<Own>()));
        }
}

TEST_CASE("regularizers: Duccio counts with the strength that it then gets") {
    const Case first{{640, 350}, {600, 400}, {0, 0}};
    Case armed = first;
    armed.state = first.moved<Two>();
    CHECK(armed.state == std::vector<double>{4 * 0.7 / 40, 0});
    CHECK(first.value<Two>() == armed.value<Two>());
    CHECK(first.slopes<Two>() == armed.slopes<Two>());
    CHECK(first.value<Two>() > 0);
    Case later = armed; // another loss does not change it
    later.task_loss = 99;
    CHECK(later.moved<Two>() == armed.state);
    CHECK(later.value<Two>() == armed.value<Two>());
}
