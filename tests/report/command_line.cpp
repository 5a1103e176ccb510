// SPDX-License-Identifier: Apache-2.0
// CLI11 reads and writes numbers by the locales of C and C++; inside a ClassicLocale it does not.
#include <pliny/meta/classic_locale.hpp>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/comma_locale.hpp"

using namespace pliny;

namespace {

struct Read {
    double rate = 0.001;
    int images = 60000;
    std::string defaults, help;
};

/// What a command line gives, with the defaults and the help that it shows.
Read parsed(std::vector<std::string> arguments) {
    Read read;
    CLI::App app("test", "test");
    CLI::Option* rate = app.add_option("--lr", read.rate, "Rate")->check(CLI::Range(0.0, 2.5));
    CLI::Option* images = app.add_option("--images", read.images, "Images");
    for (CLI::Option* option : {rate, images})
        option->capture_default_str();
    read.defaults = rate->get_default_str() + " " + images->get_default_str();
    read.help = app.help();
    app.parse(std::move(arguments));
    return read;
}

} // namespace

TEST_CASE("command line: read as in the classic locale, whatever the program has chosen") {
    const Read plain = parsed({"--images=50000", "--lr=0.25"});
    CHECK(plain.rate == 0.25);
    CHECK(plain.images == 50000);
    CHECK(plain.defaults == "0.001 60000");

    const pliny::testing::CommaLocale comma;
    const ClassicLocale classic;
    const Read read = parsed({"--images=50000", "--lr=0.25"});
    CHECK(read.rate == 0.25);
    CHECK(read.images == 50000);
    CHECK(read.defaults == plain.defaults);
    CHECK(read.help == plain.help);
    CHECK_THROWS_AS(parsed({"--lr=0,25"}), CLI::ParseError);
}

TEST_CASE("command line: what CLI11 does without that") {
    const pliny::testing::CommaLocale comma;
    CHECK(parsed({}).defaults == "0,001 60.000"); // as a stream of the global locale writes them
    if (comma.c_has_comma)
        CHECK_THROWS_AS(parsed({"--lr=0.25"}), CLI::ParseError); // strtod stops at the point
}
