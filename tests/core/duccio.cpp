// SPDX-License-Identifier: Apache-2.0
// DUCCIO against golden/duccio.json, and the wanted behaviour where the reference is wrong.
#include "core/golden.hpp"

#include <pliny/regularizers/duccio.hpp>

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>

using namespace pliny;
using nlohmann::json;

namespace {

struct Result {
    double value = 0;
    std::map<std::string, double> strengths, slopes;
};

/// What the terms of a case give at its last call.
Result run(const json& golden) {
    Result result;
    for (const auto& [name, target] : golden["targets"].items()) {
        DuccioTerm term{.limit = target, .gain = 1};
        const double cost = golden["costs"][name];
        if (golden.contains("strengths"))
            term.strength = golden["strengths"][name];
        else if (golden.contains("costs_at_first_call"))
            term.arm(golden["costs_at_first_call"][name], golden["task_loss"]);
        if (golden.contains("task_loss"))
            term.arm(cost, golden["task_loss"]);
        const double ramp = DuccioTerm::ramp(golden["epoch"], golden["epochs"]);
        result.value += term.value(cost, ramp);
        result.strengths[name] = term.strength;
        result.slopes[name] = term.slope(cost, ramp);
    }
    return result;
}

} // namespace

TEST_CASE("DUCCIO against the reference") {
    int cases = 0;
    for (const json& golden : test::golden_cases("duccio.json")) {
        if (golden["defect"])
            continue;
        ++cases;
        CAPTURE(golden["name"].get<std::string>());
        const Result result = run(golden);
        const auto close = [](double value) {
            return doctest::Approx(value).epsilon(3e-6).scale(1e-9);
        }; // float32 there
        CHECK(result.value == close(golden["value"]));
        for (const auto& [name, strength] : golden["resulting_strengths"].items())
            CHECK(result.strengths.at(name) == close(strength));
        for (const auto& [name, slope] : golden["grad_cost"].items())
            CHECK(result.slopes.at(name) == close(slope));
    }
    CHECK(cases > 30);
}

TEST_CASE("DUCCIO where the reference is wrong") {
    std::map<std::string, json> golden;
    for (const json& item : test::golden_cases("duccio.json"))
        if (item["defect"])
            golden[item["name"].get<std::string>()] = item;

    SUBCASE("a start below the limit leaves the limit its force") {
        const Result result = run(golden.at("defect/start_below_target"));
        CHECK(result.strengths.at("params") == 2.0 / 50);
        CHECK(result.value == 2);
    }
    SUBCASE("a start at the limit is no violation") {
        const Result at = run(golden.at("defect/start_at_target"));
        CHECK(at.value == 0);
        CHECK(at.slopes.at("params") == 0);
        CHECK(at.strengths.at("params") == 0);
        const Result later = run(golden.at("defect/start_at_target_later_above"));
        CHECK(later.value == 2);
        CHECK(later.slopes.at("params") == 2.0 / 50);
    }
    SUBCASE("a tiny excess gives no huge strength") {
        const Result result = run(golden.at("defect/start_just_above_target"));
        CHECK(result.strengths.at("params") == 0.2);
        CHECK(result.value == doctest::Approx(0.2 * 0.001).epsilon(1e-6));
    }
    SUBCASE("a negative task loss does not reward violation") {
        DuccioTerm term{.limit = 100, .gain = 1};
        term.arm(150, -2);
        CHECK(term.strength == 2.0 / 50);
    }
    SUBCASE("no gradient at the limit") {
        const Result result = run(golden.at("defect/cost_equals_target_half_gradient"));
        CHECK(result.value == 0);
        CHECK(result.slopes.at("params") == 0);
    }
    SUBCASE("impossible epochs are refused") {
        for (const char* name : {"defect/negative_epoch", "defect/zero_epochs_e0", "defect/zero_epochs_e1"}) {
            CAPTURE(name);
            CHECK_THROWS_AS(run(golden.at(name)), std::invalid_argument);
        }
        CHECK_THROWS_AS(DuccioTerm::ramp(std::stod("nan"), 1), std::invalid_argument);
    }
}
