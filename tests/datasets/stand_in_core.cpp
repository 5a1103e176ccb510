// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/stand_in.hpp>

#include <filesystem>
#include <string>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

std::string stand_in_error(const std::filesystem::path& folder) {
    try {
        stand_in_name("Data", folder);
    } catch (const DatasetError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE(
    "stand-in: the first line of stand-in.txt becomes the name, bounded and without control characters") {
    const TemporaryFolder folder;
    CHECK(stand_in_name("Data", folder.path()) == "Data");
    CHECK(stand_in_name("Data", folder / "missing") == "Data");
    const auto named = [&](const std::string& text) {
        write_file(folder / "stand-in.txt", text);
        return stand_in_name("Data", folder.path());
    };
    CHECK(named("glyphs of 3 fonts\r\nmore\n") == "Data stand-in: glyphs of 3 fonts");
    CHECK(named("no newline") == "Data stand-in: no newline");
    CHECK(named("\x1b[31mred\t\x7f\x01!\n") == "Data stand-in: [31mred!");
    CHECK(named("caf\xc3\xa9\n") == "Data stand-in: caf??");
    CHECK(named(std::string(1000, 'x')) == "Data stand-in: " + std::string(200, 'x'));
    CHECK(named(std::string("a\0b", 3)) == "Data stand-in: ab");
}

TEST_CASE("stand-in: a file that says nothing, or is none, is an error") {
    const TemporaryFolder folder;
    const auto path = folder / "stand-in.txt";
    const std::string expected =
        "; expected a text of at most 65536 bytes whose first line says what the images are";
    for (const std::string text : {"", "\n", "  \r\nsecond line\n", "\x1b\x07\n"}) {
        write_file(path, text);
        CHECK(stand_in_error(folder.path()) == path.string() + ": found an empty first line" + expected);
    }
    write_file(path, std::string(65'537, 'x'));
    CHECK(stand_in_error(folder.path()) == path.string() + ": found a file of 65537 bytes" + expected);
    std::filesystem::remove(path);
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    CHECK(stand_in_error(folder.path()) == path.string() + ": found something not a regular file" + expected);
}
