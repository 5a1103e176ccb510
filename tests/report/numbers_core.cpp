// SPDX-License-Identifier: Apache-2.0
#include "support/comma_locale.hpp"

#include <pliny/report/charts/axis.hpp>
#include <pliny/report/charts/pareto.hpp>
#include <pliny/report/fields.hpp>
#include <pliny/report/page/escape.hpp>
#include <pliny/report/page/numbers.hpp>
#include <pliny/report/runs/variants.hpp>

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

using namespace pliny::report;
using namespace pliny::testing;

TEST_CASE("report numbers: as people write them") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(105265) == "105,265");
    CHECK(grouped(-1234567.891, 2) == "-1,234,567.89");
    CHECK(figure(105410.5, 12) == "105,410.5");
    CHECK(figure(0.001) == "0.001");
    CHECK(figure(1e-9) == "1.000e-09");
    CHECK(figure(12.29) == "12.29");
    CHECK(rounded(5.001, 3) == "5.00");
    CHECK(rounded(130.9, 3) == "131");
    CHECK(compact(421642) == "422 k");
    CHECK(compact(4278922) == "4.28 M");
    CHECK(compact(999950) == "1 M");
    CHECK(compact(15.47e9) == "15.5 G");
    CHECK(compact(0.25) == "0.25");
    CHECK(in_short(105410.5) == "105,410");
    CHECK(in_short(29546333) == "29.55 M");
    CHECK(signed_number(-0.09, 2) == "-0.09");
    CHECK(signed_number(0.3, 2) == "+0.30");
    CHECK(signed_number(-0.001, 2) == "0.00");
    CHECK(file_size(134301514.0 * 4) == "512.32");
    CHECK(file_size(424276) == "0.405");
}

TEST_CASE("report numbers: what is no number is a dash, and locales change nothing") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = HUGE_VAL;
    for (const double number : {nan, infinity, -infinity}) {
        CHECK(grouped(number) == "-");
        CHECK(figure(number) == "-");
    }
    const CommaLocale comma;
    CHECK(grouped(1234.5, 1) == "1,234.5");
    CHECK(figure(0.5) == "0.5");
}

TEST_CASE("report axis: ticks at round numbers") {
    const Axis percent = Axis::rounded(81.9, 92.7);
    CHECK(percent.ticks.front() == 80);
    CHECK(percent.ticks.back() == 94);
    CHECK(percent.label(92) == "92");
    const Axis cost = Axis::rounded(0, 421642);
    CHECK(cost.ticks.back() == 500'000);
    CHECK(cost.label(100'000) == "100 k");
    const Axis fine = Axis::rounded(86.6, 87.4);
    CHECK(fine.label(fine.ticks.front()).size() == 4);

    Axis epochs = Axis::exact(0, 7, true);
    CHECK(epochs.ticks.size() == 8);
    epochs.place(10, 80);
    CHECK(epochs(0) == 10);
    CHECK(epochs(7) == 80);
    CHECK(epochs(9) == 80); // stays inside
    CHECK(Axis::exact(0, 300, true).ticks.size() < 9);
    CHECK(Axis::exact(0, 1, true).ticks == std::vector<double>{0, 1});

    const Axis loss = Axis::logarithmic(0.11, 2.3);
    CHECK(loss.ticks == std::vector<double>{0.2, 0.5, 1, 2});
    CHECK(Axis::logarithmic(1, 1e6).ticks.size() == 7);
}

TEST_CASE("report axis: one value, no value") {
    for (const Axis& axis :
         {Axis::rounded(5, 5), Axis::rounded(0, 0), Axis::rounded(1e12, 1e12),
          Axis::rounded(HUGE_VAL, -HUGE_VAL), Axis::exact(3, 3, true), Axis::logarithmic(2, 2)}) {
        CHECK(std::isfinite(axis(4)));
        CHECK(axis.ticks.size() < 20);
    }
}

TEST_CASE("report texts: escaped for HTML and Markdown") {
    CHECK(escaped("<script>alert(\"a\" & 'b')</script>") ==
          "&lt;script&gt;alert(&quot;a&quot; &amp; &#39;b&#39;)&lt;/script&gt;");
    CHECK(escaped(std::string("a\0b\x01\x1f\n", 6)) == "a\xEF\xBF\xBD"
                                                       "b\xEF\xBF\xBD\xEF\xBF\xBD\n");
    CHECK(markdown_escaped("a|b<c>\n*d* `e` &amp; [f](g)\\") ==
          "a\\|b\\<c> \\*d\\* \\`e\\` \\&amp; \\[f\\](g)\\\\");
}

TEST_CASE("report fields: what is absent is nothing") {
    const Json json = Json::parse(R"({"a": {"b": 1.5, "c": null, "d": "x", "e": [1]}, "n": 3})");
    CHECK(number_at(json, {"a", "b"}) == 1.5);
    CHECK(!number_at(json, {"a", "c"}));
    CHECK(!number_at(json, {"a", "d"}));
    CHECK(!number_at(json, {"n", "b"}));
    CHECK(text_at(json, {"a", "d"}) == "x");
    CHECK(text_at(json, {"a", "b"}, "none") == "none");
    CHECK(list_at(json, {"a", "e"}).size() == 1);
    CHECK(list_at(json, {"a", "d"}).empty());
    CHECK(short_name("pliny::Cnn") == "Cnn");
    CHECK(short_name("pliny::Network<pliny::Image<1>>") == "Network<pliny::Image<1>>");
}

TEST_CASE("report fields: the part in which types differ") {
    const std::string at_50 = "Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<50>>>>";
    const std::string at_25 = "Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<25>>>>";
    const std::string strong = "Pit<Cnn, Cost<Params>, Strength<1e-6>>";
    CHECK(differing_part(at_50, {at_50, at_25}) == "Percent<50>");
    CHECK(differing_part(at_25, {at_50, at_25}) == "Percent<25>");
    CHECK(differing_part(at_25, {at_50, at_25, strong}) == "Duccio<Limit<Percent<25>>>");
    CHECK(differing_part(strong, {at_50, at_25, strong}) == "Strength<1e-6>");
    CHECK(differing_part("A<B<X, 20>, C>", {"A<B<X, 21>, C>"}) == "B<X, 20>");
    CHECK(differing_part("A<B{R{5, 0}}, C>", {"A<B{R{50, 0}}, C>"}) == "B{R{5, 0}}");
    CHECK(differing_part("A<X>", {"B<X>"}) == "A<X>");
    CHECK(differing_part("A", {"AB"}) == "A");
    CHECK(differing_part("5", {"6"}) == "5");
}

TEST_CASE("pareto front") {
    const std::vector<Tradeoff> all{{100, 90}, {50, 90}, {50, 90}, {25, 85}, {30, 84}, {10, 95 - 20}};
    CHECK(on_front(all) == std::vector<bool>{false, true, true, true, false, true});
    static_assert(dominates({1, 2}, {2, 1}));
    static_assert(!dominates({1, 2}, {1, 2}));
    CHECK(on_front({}).empty());
}
