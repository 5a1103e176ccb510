// SPDX-License-Identifier: Apache-2.0
// Numbers in texts and files are the same in every locale.
#include <pliny/core.hpp>
#include <pliny/graph/layer_widths.hpp>
#include <pliny/meta/classic_locale.hpp>
#include <pliny/meta/type_name.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <limits>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "support/comma_locale.hpp"

using namespace pliny;
using pliny::testing::CommaLocale;

namespace {

struct Wide : Network<Image<1, 40, 40>, Sequential<Conv2d<2000, Kernel<3>>, Flatten, Linear<1200>>> {};

std::string streamed(double number) {
    std::ostringstream out;
    out << number;
    return out.str();
}
std::string printed(double number) {
    char text[40];
    return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%g", number))};
}

} // namespace

TEST_CASE("texts: words and numbers as streams and printf write them in the classic locale") {
    for (const double number :
         {0.0, -0.0, 1.0, 0.1, 2.0 / 3, -1234567.0, 123456.7, 1e-5, 1.5e-7, 1e100, 1e6, 999999.5, 5e-324,
          std::numeric_limits<double>::max(), std::numeric_limits<double>::infinity(),
          -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
        CHECK(joined(number) == streamed(number));
        CHECK(joined(number) == printed(number));
        CHECK(joined(static_cast<float>(number)) ==
              streamed(static_cast<double>(static_cast<float>(number))));
    }
    CHECK(joined("a ", std::string("b"), 'c', 12, -3, 4ul, true, std::string_view(" d"), 1.5f) ==
          "a bc12-341 d1.5");
    CHECK(joined().empty());
    CHECK(decimals(1234567.891, 2) == "1234567.89");
    CHECK(decimals(0.5, 0) == "0"); // to even, as printf rounds
    CHECK(decimals(-2.675, 3) == "-2.675");
    CHECK(decimals(std::numeric_limits<double>::max(), 1).size() == 309 + 2);
    CHECK(decimals(std::numeric_limits<double>::quiet_NaN(), 2) == "nan");
    CHECK(decimals(1, 1000) == "1." + std::string(40, '0'));
}

TEST_CASE("texts: times") {
    CHECK(duration(0) == "0.00 s");
    CHECK(duration(0.25) == "0.25 s");
    CHECK(duration(0.994) == "0.99 s");
    CHECK(duration(0.996) == "1.0 s");
    CHECK(duration(41.07) == "41.1 s");
    CHECK(duration(59.94) == "59.9 s");
    CHECK(duration(59.96) == "1 min 00 s");
    CHECK(duration(121) == "2 min 01 s");
    CHECK(duration(3599.4) == "59 min 59 s");
    CHECK(duration(3599.6) == "1 h 00 min");
    CHECK(duration(3725) == "1 h 02 min");
    CHECK(duration(100 * 3600 + 59.6 * 60) == "101 h 00 min");
    for (const double number :
         {-1.0, 1e12, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        CHECK(duration(number) == "-");
}

TEST_CASE("locales: a decimal comma and grouped thousands change no text and no file") {
    const auto texts = [] {
        const auto json = nlohmann::ordered_json::parse(R"({"a": 0.001, "b": 1234567, "c": [1e-7]})");
        return std::string(joined(1234567, " ", 0.001, " ", 9876543210u)) + decimals(1234567.5, 3) +
               six_digits(0.5) + duration(7.25) + describe<Wide>() + spelled_network<Wide>() +
               widths_table<Wide>(full_widths<std::int64_t>(plan<Wide>)) + spelled(Real(0.001)) +
               spelled_type<Pit<Wide, Cost<Params>, Strength<1e-6>>>() + json.dump() +
               std::to_string(json["a"].get<double>() == 0.001);
    };
    const std::string classic = texts();
    CHECK(classic.find("1234567 0.001 9876543210") == 0);
    CHECK(classic.find("3465601200") != std::string::npos); // 2000 x 38 x 38 x 1200 weights and biases
    CHECK(classic.find(R"({"a":0.001,"b":1234567,"c":[1e-07]}1)") != std::string::npos);
    const CommaLocale comma;
    REQUIRE(streamed(1234.5) == "1.234,5");
    if (comma.c_has_comma)
        REQUIRE(printed(0.5) == "0,5");
    CHECK(texts() == classic);
}

TEST_CASE("locales: the classic one for a while") {
    const CommaLocale comma;
    const std::string c_locale = std::setlocale(LC_ALL, nullptr);
    {
        const ClassicLocale classic;
        CHECK(streamed(1234.5) == "1234.5");
        CHECK(printed(0.5) == "0.5");
        CHECK(std::stod("0.5") == 0.5);
    }
    CHECK(streamed(1234.5) == "1.234,5");
    CHECK(std::setlocale(LC_ALL, nullptr) == c_locale);
    CHECK(printed(0.5) == (comma.c_has_comma ? "0,5" : "0.5"));
}
