// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/csv.hpp>
#include <pliny/datasets/csv_columns.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "datasets/idx_files.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

using Fields = std::vector<std::string>;
using Numbers = std::vector<float>;
using Labels = std::vector<std::int64_t>;

const TemporaryFolder& csv_folder() {
    static const TemporaryFolder here;
    return here;
}
std::filesystem::path csv_file() { return csv_folder() / "table.csv"; }

/// All fields, with the line of each row before them.
Fields fields(const std::string& text, char separator = ',') {
    const CsvTable table = read_csv_table(write_file(csv_file(), text), separator);
    Fields all;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        all.push_back(std::to_string(table.line(row)));
        for (std::size_t column = 0; column < table.columns(); ++column)
            all.emplace_back(table.field(row, column));
    }
    return all;
}

CsvNumbers numbers(const std::string& text, const CsvOptions& options = {}) {
    return read_csv_numbers(write_file(csv_file(), text), options);
}

/// The message of an error after the file's name.
std::string csv_error(const std::function<void()>& action) {
    return error_of<DatasetError>(action, csv_file().string() + ": ");
}
std::string csv_error(const std::string& text, const CsvOptions& options = {}) {
    return csv_error([&] { numbers(text, options); });
}

} // namespace

TEST_CASE("csv: fields, quotes, ends of lines") {
    CHECK(fields("a,b\n1,2\n") == Fields{"1", "a", "b", "2", "1", "2"});
    CHECK(fields("a,b\r\n1,2") == Fields{"1", "a", "b", "2", "1", "2"});
    CHECK(fields("a,b\r1,2\r") == Fields{"1", "a", "b", "2", "1", "2"});
    CHECK(fields("\xef\xbb\xbf"
                 "a,b\n") == Fields{"1", "a", "b"});
    CHECK(fields("\xef\xbb,b\n") == Fields{"1", "\xef\xbb", "b"});
    CHECK(fields("\xef\xbb\xbf\xef\xbb\xbf,b\n") == Fields{"1", "\xef\xbb\xbf", "b"});
    CHECK(fields("\xef\xbb") == Fields{"1", "\xef\xbb"});
    CHECK(fields("\n\n,\n\r\n,x\n") == Fields{"3", "", "", "5", "", "x"});
    CHECK(fields("\"a,\"\"b\"\"\nc\",2\n3,4\n") == Fields{"1", "a,\"b\"\nc", "2", "3", "3", "4"});
    CHECK(fields("\"\"\n\"x\"") == Fields{"1", "", "2", "x"});
    CHECK(fields("\"\r\n\",2\n") == Fields{"1", "\r\n", "2"});
    CHECK(fields("a;b,c\n", ';') == Fields{"1", "a", "b,c"});
    CHECK(fields("a\tb\n", '\t') == Fields{"1", "a", "b"});
    CHECK(fields(gzipped("a,b\n1,2\n")) == Fields{"1", "a", "b", "2", "1", "2"});
    std::string many; // larger than a piece
    for (int i = 0; i < 20'000; ++i)
        many += std::to_string(i) + ",\"" + std::to_string(2 * i) + "\"\r\n";
    const Fields all = fields(many);
    REQUIRE(all.size() == 60'000);
    CHECK(all[59'997] == "20000");
    CHECK(all[59'999] == "39998");
}

TEST_CASE("csv: what is against the rules is named with its line and column") {
    CHECK(csv_error("a,b\n1,x\"y\n") ==
          "found a quote inside a field in line 2, column 2; expected the whole "
          "field in quotes, and those in it doubled");
    CHECK(csv_error("a,b\n\"1\"2,3\n") ==
          "found something behind the quote that ends a field in line 2, column "
          "1; expected a separator or the end of the line");
    CHECK(csv_error("a,b\n\"1,2\n3,4\n") ==
          "found a quote that is opened in line 2 and never closed; expected a second one");
    CHECK(csv_error("a,b\n1,2\n\n3\n") == "found 1 field(s) in line 4; expected 2, as in the first line");
    CHECK(csv_error("a,b\n1,2,3\n") == "found 3 field(s) in line 2; expected 2, as in the first line");
    CHECK(csv_error(std::string("\xff\xfe"
                                "a\0,\0",
                                6)) ==
          "found a zero byte in line 1, column 1; expected text in UTF-8 (Excel calls it CSV UTF-8)");
    CHECK(csv_error("") == "found an empty file; expected rows of a table");
    CHECK(csv_error("\n\n") == "found an empty file; expected rows of a table");
    CHECK(csv_error([] {
              read_csv_table(csv_folder() / "missing.csv");
          }).ends_with("missing.csv: found no such file; expected a readable CSV file, plain or gzip"));
    CHECK(
        csv_error([] { read_csv_table(csv_file(), '"'); }) ==
        "read_csv: found a quote, the end of a line or a zero byte as separator; expected another character");
}

TEST_CASE("csv: texts become classes in the order of their bytes, the last column by default") {
    const CsvNumbers iris =
        numbers("length, width ,species\n5.1,3.5,setosa\n7,3.2e0,versicolor\n+6.3,-3,setosa\n"
                "0.5,1,\"Virginica\"\n");
    CHECK(iris.inputs == Numbers{5.1f, 3.5f, 7, 3.2f, 6.3f, -3, 0.5f, 1});
    CHECK(iris.labels == Labels{1, 2, 1, 0});
    CHECK(iris.class_names == Fields{"Virginica", "setosa", "versicolor"});
    CHECK(iris.feature_names == Fields{"length", "width"});
    CHECK(iris.rows == 4);
    CHECK(iris.skipped == 0);
    CHECK(iris.numbers.empty());
    CHECK(numbers("a,t\n1,x\n2,y\n", {.class_names = {"z", "y", "x"}}).labels == Labels{2, 1});
    CHECK(numbers("a,t\n1,NA\n2,y\n", {.class_names = {"NA", "y"}}).labels == Labels{0, 1});
    CHECK(csv_error("a,t\n1,x\n2,q\n", {.class_names = {"y", "x"}}) ==
          "found in line 3, column 't': 'q'; expected one of the classes 'y', 'x'");
    CHECK(csv_error("a,t\n1,x\n", {.class_names = {"x", "x"}}) ==
          "found the class 'x' twice in .class_names; expected each once");
}

TEST_CASE("csv: whole numbers become classes in the order of their values") {
    const CsvNumbers wine = numbers("quality,a\n10,1\n3,2\n5,3\n3.0,4\n", {.targets = {"quality"}});
    CHECK(wine.labels == Labels{2, 0, 1, 0});
    CHECK(wine.class_names == Fields{"3", "5", "10"});
    CHECK(wine.inputs == Numbers{1, 2, 3, 4});
    CHECK(numbers("1,0,-1\n1,0,1\n", {.header = false}).class_names == Fields{"-1", "1"});
    CHECK(numbers("1,x\n2,7\n", {.header = false}).class_names == Fields{"7", "x"});
    CHECK(csv_error("a,price\n1,2\n1,2.5\n") ==
          "found in line 3, column 'price': '2.5'; expected a class, or "
          "numbers as targets (.numbers = true)");
}

TEST_CASE("csv: numbers as targets, columns by name and by place, columns left out") {
    const std::string text = "id,a,b,c\nx1,1,2,3.5\nx2,4,5,-6\n";
    const CsvNumbers one = numbers(text, {.numbers = true, .ignore = {"id"}});
    CHECK(one.inputs == Numbers{1, 2, 4, 5});
    CHECK(one.numbers == Numbers{3.5f, -6});
    CHECK(one.labels.empty());
    CHECK(one.class_names.empty());
    const CsvNumbers two = numbers(text, {.targets = {"c", 1}, .numbers = true, .ignore = {0}});
    CHECK(two.inputs == Numbers{2, 5});
    CHECK(two.numbers == Numbers{3.5f, 1, -6, 4});
    CHECK(two.feature_names == Fields{"b"});
    const CsvNumbers german = numbers("a;b\n1,5;2\n-0,25;3\n", {.separator = ';', .decimal = ','});
    CHECK(german.inputs == Numbers{1.5f, -0.25f});
    CHECK(german.class_names == Fields{"2", "3"});
    CHECK(numbers("1,2,3\n", {.targets = {0}, .header = false}).feature_names ==
          Fields{"column 1", "column 2"});
}

TEST_CASE("csv: missing values are errors, or their rows are left out") {
    for (const std::string missing : {"", "  ", "NA", "?", "nan", "NaN", "null"}) {
        const std::string text = "a,b,t\n1,2,x\n3," + missing + ",y\n4,5,x\n";
        CHECK(csv_error(text) == "found in line 3, column 'b': a missing value; expected a value; "
                                 ".skip_missing = true leaves such rows out");
        const CsvNumbers rest = numbers(text, {.skip_missing = true});
        CHECK(rest.inputs == Numbers{1, 2, 4, 5});
        CHECK(rest.labels == Labels{0, 0});
        CHECK(rest.class_names == Fields{"x"});
        CHECK(rest.skipped == 1);
        CHECK(numbers(text, {.ignore = {"b"}}).rows == 3);
    }
    CHECK(csv_error("a,t\n1,\n") == "found in line 2, column 't': a missing value; expected a value; "
                                    ".skip_missing = true leaves such rows out");
    CHECK(csv_error("a,t\n1,\n", {.skip_missing = true}) ==
          "found no rows without missing values; expected at least one");
    CHECK(csv_error("a,t\n") == "found no rows; expected at least one");
}

TEST_CASE("csv: what is no number, and columns that are not there") {
    for (const std::string wrong :
         {"red", "1,5", "0x10", "1 2", "1e", "inf", "1e39", "--1", "+-1", "1e400"}) {
        const std::string quoted = "\"" + wrong + "\"";
        CHECK(csv_error("a,b,t\n1,2,x\n3," + quoted + ",y\n") ==
              "found in line 3, column 'b': '" + wrong +
                  "'; expected a number of float32 with '.' as its point, or a column that is left out "
                  "(.ignore)");
    }
    CHECK(csv_error("1,x\ny,x\n", {.header = false})
              .starts_with("found in line 2, column 0: 'y'; expected a number"));
    CHECK(csv_error("1.5;x\n", {.header = false, .separator = ';', .decimal = ','})
              .starts_with("found in line 1, column 0: '1.5'; expected a number of float32 with ',' as"));
    CHECK(csv_error("1,2\n3,4\n") ==
          "found numbers alone in the first line; expected the names of the columns; "
          ".header = false reads a file without");
    CHECK(csv_error("a,b\n1,2\n", {.targets = {"c"}}) == "found no column 'c'; expected one of 'a', 'b'");
    CHECK(csv_error("a,a\n1,2\n", {.targets = {"a"}}) ==
          "found two columns 'a'; expected one, or its number");
    CHECK(csv_error("1,2\n", {.targets = {"c"}, .header = false}) ==
          "found no column 'c'; expected numbers of columns, as there is no header");
    CHECK(csv_error("a,b\n1,2\n", {.targets = {2}}) ==
          "found 2 column(s) and number 2 asked for; expected -2 to 1 (-1 is the last)");
    CHECK(csv_error("a;b\n1;2\n") ==
          "found 0 column(s) of inputs and 1 of targets among 1; expected one of each, separated by ','");
    CHECK(csv_error("a,b,c\n1,2,3\n", {.targets = {"a", "b"}}) ==
          "found 2 columns of targets; expected one of classes, or numbers (.numbers = true)");
}
