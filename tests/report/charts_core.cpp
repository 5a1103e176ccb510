// SPDX-License-Identifier: Apache-2.0
#include <pliny/report/charts/bar_chart.hpp>
#include <pliny/report/charts/bit_strips.hpp>
#include <pliny/report/charts/line_chart.hpp>
#include <pliny/report/charts/scatter_chart.hpp>
#include <pliny/report/run/bits.hpp>
#include <pliny/report/run/choices.hpp>
#include <pliny/report/run/run_charts.hpp>
#include <pliny/report/run/run_tables.hpp>

#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "report/samples.hpp"

using namespace pliny::report;
using namespace pliny::testing;

namespace {

std::size_t occurrences(const std::string& text, const std::string& part) {
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

TEST_CASE("charts: strips of bits have a cell for every channel, neighbours joined, and a legend") {
    const BitStrips chart{"Bits", {{"conv", {8, 8, 0, 2}, "in 8"}, {"head", {4, 4}, ""}, {"odd", {-1}, ""}}};
    const Drawing drawing = drawn(chart);
    CHECK(drawing.label == "Bits: conv 2 x 8 bits, 1 x 2 bits, 1 x pruned; head 2 x 4 bits; odd 1 x float32");
    const std::string svg = drawing.inlined();
    for (const char* part : {">8 bits</text>", ">4 bits</text>", ">2 bits</text>", ">pruned</text>",
                             ">float32</text>", ">in 8</text>", "<title>head: 2 x 4 bits</title>"})
        CHECK_MESSAGE(contains(svg, part), part);
    CHECK(occurrences(svg, "<path") == 3); // of conv: 8, 2 and 0 bits; the others are bars
    CHECK(contains(svg, "<path class=\"f1\" d=\"M"));
    CHECK(contains(svg, "<path class=\"f2\" d=\"M"));
    CHECK(contains(svg, "<path class=\"track\" d=\"M"));
    CHECK(channels_by_bits({1, 16, 3}) == "1 x 16 bits, 1 x 3 bits, 1 x 1 bit");
}

TEST_CASE("charts: a wide layer takes several lines") {
    BitStrip strip{"wide", std::vector<int>(1000, 8), ""};
    const double bar = drawn(BitStrips{"", {strip}}).height;
    strip.bits[500] = 4;
    const Drawing drawing = drawn(BitStrips{"", {strip}});
    CHECK(drawing.height == bar + 8 * 3 - 12);
    CHECK(occurrences(drawing.inlined(), "V") == 8 + 1 + 1); // a rectangle a line, one cut in two by another
}

TEST_CASE("charts: nothing to draw is no error") {
    CHECK(!contains(drawn(BitStrips{}).inlined(), "nan"));
    CHECK(!contains(drawn(BitStrips{"", {{"none", {}, ""}}}).inlined(), "nan"));
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
    CHECK(score_chart(report, time).series.size() == 3);
    const auto costs = cost_charts(report, time);
    REQUIRE(costs.size() == 1);
    REQUIRE(costs[0].limits.size() == 1);
    CHECK(costs[0].limits[0].value == 105410.5);
    CHECK(costs[0].phases.size() == 2);

    const Json validated = sample("cnn_pit");
    const Timeline its_time(validated);
    CHECK(score_chart(validated, its_time).series[1].name == "validation");
    CHECK(cost_charts(validated, its_time).size() == 2);
    CHECK(cost_charts(validated, its_time)[1].limits.empty());
    CHECK(cost_charts(sample("cnn_train"), Timeline(sample("cnn_train"))).empty());
}

TEST_CASE("charts: theta of every choice over time") {
    const Json report = sample("cnn_supernet");
    const Timeline time(report);
    const auto charts = choice_charts(report, time);
    REQUIRE(charts.size() == 3);
    CHECK(charts[0].title == "Block 3");
    CHECK(charts[2].title == "Block 7.1.body.0");
    REQUIRE(charts[0].phases.size() == 2);
    CHECK(charts[0].phases[0].first == 2);
    CHECK(charts[0].phases[1].last == 5);
    REQUIRE(charts[0].series.size() == 3);
    REQUIRE(charts[1].series.size() == 2);
    CHECK(charts[1].series[0].name == "0 Identity");
    CHECK(charts[0].series[2].name ==
          "2 Conv2d<32, Kernel<3>, Padding<1>, Groups<32>>, BatchNorm2d, ReLU, Conv2d<64, Kernel<1>>");
    for (const LineChart& chart : charts)
        for (std::size_t a = 0; a < chart.series.size(); ++a)
            CHECK(chart.series[a].colour == static_cast<int>(a) + 1);
    const std::vector<Point>& third = charts[0].series[2].points;
    REQUIRE(third.size() == 30); // 25 samples of the search, 5 settled
    CHECK(third[0].x == doctest::Approx(2 + 2.0 / 721));
    CHECK(third[0].y == 0.3333);
    CHECK(third[24].x == 4);
    CHECK(third[24].y == 0.8916);
    CHECK(third[0].tip == "alternative 2, search step 1: 0.333");
    CHECK(third[1].tip.empty());
    CHECK(third[29].y == 1);

    const Drawing drawing = drawn(charts[0]);
    CHECK(drawing.height == 220 + 15); // a third line of names
    CHECK(drawing.label.starts_with("Block 3: 0 Conv2d<64, Kernel<3>, Padding<1>> from 0.3333 to 0; 1 "));
    const std::string svg = drawing.inlined();
    CHECK(contains(svg, ">0.0</text>"));
    CHECK(contains(svg, ">1.0</text>"));
    CHECK(!contains(svg, ">1.2</text>"));
    CHECK(contains(svg,
                   "Conv2d&lt;64, Kernel&lt;1&gt;&gt;</title>2 Conv2d&lt;32,")); // shortened, all in the tip
    CHECK(contains(svg, "Groups&lt;32&gt;&gt;, Bat…</text>"));
    CHECK(drawn(charts[2]).height == 220);
    CHECK(contains(drawn(charts[2]).inlined(), "class=\"curve s2\""));

    CHECK(choice_charts(sample("cnn_pit"), Timeline(sample("cnn_pit"))).empty());
    Json unknown = report; // choices, but no curves of theta
    for (Json& point : unknown["curve"])
        point.erase("theta");
    CHECK(choice_charts(unknown, time).empty());
    Json many = report;
    many["choices"][1]["alternatives"] = Json::array({"A", "B", "C", "D", "E", "F", "G", "H"});
    for (Json& point : many["curve"])
        if (point.contains("theta"))
            point["theta"][1] = {0, 0, 0, 0, 0, 0, 0.25, 0.75};
    const auto eight = choice_charts(many, time)[1].series;
    REQUIRE(eight.size() == 8);
    CHECK(eight[7].colour == 2);
    CHECK(eight[7].look == Series::Look::Dashed);
    CHECK(eight[7].points[0].y == 0.75);
}

TEST_CASE("charts: what was chosen, as a table") {
    const Table table = choices_table(sample("cnn_supernet"));
    REQUIRE(table.rows.size() == 3);
    CHECK(table.rows[0][0].text == "3");
    CHECK(table.rows[0][1].text.starts_with("2 Conv2d<32, Kernel<3>"));
    CHECK(table.rows[0][1].colour == 3);
    CHECK(table.rows[0][2].text == "0.098, 0.011, 0.892"); // when the search ended, not settled
    CHECK(table.rows[1][1].text == "0 Identity");
    CHECK(table.rows[2][1].text == "left out with the block around it");
    CHECK(table.rows[2][1].colour == -1);
    CHECK(table.rows[2][2].text == "0.275, 0.725");
    CHECK(choices_table(sample("cnn_pit_duccio")).rows.empty());
}

TEST_CASE("charts: widths as bars") {
    const Drawing drawing = drawn(widths_chart(sample("cnn_pit_duccio")));
    CHECK(drawing.label == "Channels left in each layer: 0 32 of 32; 4 30 of 64; 9 65 of 128; 11 10 of 10");
    CHECK(occurrences(drawing.inlined(), "class=\"track\"") == 4);
    CHECK(contains(drawing.inlined(), ">47 %</text>"));
    CHECK(widths_chart(sample("cnn_train")).bars.empty());
    Json choices = sample("cnn_supernet");
    CHECK(widths_chart(choices).bars.empty()); // all channels are left everywhere
    choices["found"]["layers"][0]["out"] = 31;
    CHECK(widths_chart(choices).bars.size() == 4);
    CHECK(shortened("features.body.10.conv", 60) == "…10.conv");
    CHECK(shortened("features.body.10.conv", 60, 11, true) == "features…");
    CHECK(shortened("short", 60) == "short");
}

TEST_CASE("charts: layers are called by path and kind") {
    CHECK(drawn(widths_chart(sample("cnn_pit"))).label ==
          "Channels left in each layer: 0 Conv2d 3x3 27 of 32; 4 Conv2d 3x3 22 of 64; 9 Linear 40 of 128; "
          "11 Linear 10 of 10");
    CHECK(contains(drawn(widths_chart(sample("cnn_pit"))).inlined(), "</title>4 Conv2d 3x3</text>"));
    const BitStrips bits = bits_chart(sample("cnn_mps"));
    REQUIRE(bits.strips.size() == 4);
    CHECK(bits.strips[1].name == "4 Conv2d 3x3");
    CHECK(bits_table(sample("cnn_mps")).rows[1][1].text == "Conv2d 3x3");
    const Table layers = layers_table(sample("cnn_supernet"));
    CHECK(layers.head == std::vector<std::string>{"layer", "kind", "inputs", "outputs"});
    CHECK(layers.rows[1][1].text == "Conv2d 3x3 depthwise");
    CHECK(layer_in_words(Json{{"name", "4"}}) == "4"); // as reports without kinds have it
    CHECK(layer_in_words(Json{{"kind", "Linear"}}) == "Linear");
    // A long path loses its beginning, not the kind.
    const std::string deep =
        drawn(BarChart{"", {{"features.denseblock1.layer3.conv2 Conv2d 3x3", 1, 2}}}).inlined();
    CHECK(contains(deep, ">…yer3.conv2 Conv2d 3x3</text>"));
}

TEST_CASE("charts: of a score of which less is better, the lowest values are on the Pareto front") {
    const ScatterChart chart{"data", "parameters",
                             "mse",  {{"a", {100, 0.1}}, {"b", {10, 0.3}}, {"c", {50, 0.4}}},
                             true,   std::numeric_limits<double>::infinity()};
    CHECK(drawn(chart).label == "data, mse over parameters: a 0.1 at 100, on the Pareto front; "
                                "b 0.3 at 10, on the Pareto front; c 0.4 at 50");
    const LineChart curves = score_chart(sample("mlp_mse"), Timeline(sample("mlp_mse")));
    CHECK(curves.title == "mse, less is better");
    REQUIRE(curves.series.size() == 4);
    CHECK(curves.series[0].points[0].y == 0.5211);
    CHECK(curves.series[0].points[0].tip == "test, warm-up epoch 1: 0.5211");
    CHECK(curves.series[1].points[1].y == 0.2721);
    CHECK(curves.logarithmic); // from 0.81 to 0.11
    CHECK(!score_chart(sample("cnn_pit"), Timeline(sample("cnn_pit"))).logarithmic);
}

TEST_CASE("charts: points on the Pareto front are filled") {
    const ScatterChart chart{
        "data", "parameters", "accuracy %", {{"a", {100, 90}}, {"b", {10, 80}}, {"c", {50, 70}}}};
    const Drawing drawing = drawn(chart);
    CHECK(drawing.label == "data, accuracy % over parameters: a 90 at 100, on the Pareto front; "
                           "b 80 at 10, on the Pareto front; c 70 at 50");
    const std::string svg = drawing.inlined();
    CHECK(occurrences(svg, "class=\"f1\"") == 2);
    CHECK(occurrences(svg, "class=\"hollow s1\"") == 1);
    CHECK(occurrences(svg, "class=\"curve dashed s0\"") == 1);
}
