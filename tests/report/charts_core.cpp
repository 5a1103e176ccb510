// SPDX-License-Identifier: Apache-2.0
#include <pliny/report/charts/bar_chart.hpp>
#include <pliny/report/charts/line_chart.hpp>
#include <pliny/report/charts/scatter_chart.hpp>
#include <pliny/report/run/run_charts.hpp>

#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "report/samples.hpp"

using namespace pliny::report;
using namespace pliny::testing;

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

} // namespace

TEST_CASE("charts: a line chart says what it shows") {
    const LineChart chart{
        .title = "Cost & more",
        .x_name = "epochs",
        .from_zero = true,
        .series = {{"params", 1, Series::Look::Marked, {{0, 400, "first"}, {1, NAN, ""}, {2, 90, ""}}}},
        .limits = {{"limit", 100}},
        .phases = {{"search", 0, 1}, {"settled", 1, 2}}};
    const Drawing drawing = drawn(chart);
    CHECK(drawing.label == "Cost & more: params from 400 to 90; limit at 100");
    const std::string svg = drawing.inlined();
    CHECK(svg.starts_with("<svg viewBox=\"0 0 380 260\" role=\"img\" aria-label=\"Cost &amp; more: params"));
    CHECK(contains(svg, "<title>first</title>"));
    CHECK(contains(svg, ">limit 100</text>"));
    CHECK(contains(svg, ">settled</text>"));
    CHECK(!contains(svg, "nan"));
    CHECK(!contains(svg, "http"));
    CHECK(contains(drawing.standalone(), "xmlns=\"http://www.w3.org/2000/svg\""));
    CHECK(contains(drawing.standalone(), "prefers-color-scheme: dark"));
}

TEST_CASE("charts: nothing to draw is no error") {
    CHECK(!contains(drawn(LineChart{}).inlined(), "nan"));
    CHECK(!contains(drawn(BarChart{}).inlined(), "nan"));
    CHECK(!contains(drawn(ScatterChart{}).inlined(), "nan"));
    CHECK(!contains(drawn(BarChart{"", {{"x", 0, 0}}}).inlined(), "nan"));
    CHECK(!contains(drawn(ScatterChart{"", "", "", {{"only", {5, 90}}}}).inlined(), "nan"));
}

TEST_CASE("charts: phases lie one after the other, the baseline beside the search") {
    const Json report = sample("cnn_pit_duccio");
    const Timeline time(report);
    REQUIRE(time.phases.size() == 4);
    CHECK(time.phases[1].name == "search");
    CHECK(time.phases[1].first == 2);
    CHECK(time.phases[1].last == 4);
    CHECK(time.phases[3].last == 7);
    CHECK(time.end_of("baseline", 0) == 3);
    CHECK(time.end_of("fine-tune", 1) == 7);
    CHECK(time.at_step("warm-up", 0) > 0);
    CHECK(time.at_step("settled", 0) > 4);

    Json plain = report; // of a sweep: its baseline is all that there is
    plain["method"] = "none";
    CHECK(Timeline(plain).phases.back().name == "baseline");
}

TEST_CASE("charts: curves of a run") {
    const Json report = sample("cnn_pit_duccio");
    const Timeline time(report);
    const LineChart loss = loss_chart(report, time);
    REQUIRE(loss.series.size() == 3);
    CHECK(loss.series[2].name == "unpruned");
    CHECK(loss.series[2].points.size() == 5);
    CHECK(accuracy_chart(report, time).series.size() == 3);
    const auto costs = cost_charts(report, time);
    REQUIRE(costs.size() == 1);
    REQUIRE(costs[0].limits.size() == 1);
    CHECK(costs[0].limits[0].value == 105410.5);
    CHECK(costs[0].phases.size() == 2);

    const Json validated = sample("cnn_pit");
    const Timeline its_time(validated);
    CHECK(accuracy_chart(validated, its_time).series[1].name == "validation");
    CHECK(cost_charts(validated, its_time).size() == 2);
    CHECK(cost_charts(validated, its_time)[1].limits.empty());
    CHECK(cost_charts(sample("cnn_train"), Timeline(sample("cnn_train"))).empty());
}

TEST_CASE("charts: widths as bars") {
    const Drawing drawing = drawn(widths_chart(sample("cnn_pit_duccio")));
    CHECK(drawing.label == "Channels left in each layer: 0 32 of 32; 4 30 of 64; 9 65 of 128; 11 10 of 10");
    CHECK(count_of(drawing.inlined(), "class=\"track\"") == 4);
    CHECK(contains(drawing.inlined(), ">47 %</text>"));
    CHECK(widths_chart(sample("cnn_train")).bars.empty());
    CHECK(shortened("features.body.10.conv", 60) == "…10.conv");
    CHECK(shortened("features.body.10.conv", 60, 11, true) == "features…");
    CHECK(shortened("short", 60) == "short");
}

TEST_CASE("charts: points on the Pareto front are filled") {
    const ScatterChart chart{
        "data", "parameters", "accuracy %", {{"a", {100, 90}}, {"b", {10, 80}}, {"c", {50, 70}}}};
    const Drawing drawing = drawn(chart);
    CHECK(drawing.label == "data, accuracy % over parameters: a 90 at 100, on the Pareto front; "
                           "b 80 at 10, on the Pareto front; c 70 at 50");
    const std::string svg = drawing.inlined();
    CHECK(count_of(svg, "class=\"f1\"") == 2);
    CHECK(count_of(svg, "class=\"hollow s1\"") == 1);
    CHECK(count_of(svg, "class=\"curve dashed s0\"") == 1);
}
