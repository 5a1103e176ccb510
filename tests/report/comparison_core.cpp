// SPDX-License-Identifier: Apache-2.0
#include <pliny/report/comparison.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "report/samples.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny::report;
using namespace pliny::testing;

namespace {

/// A run with the given seed and results.
Json repeated(const std::string& name, int seed, double accuracy, double seconds) {
    Json report = sample(name);
    report["seed"] = seed;
    report["settings"]["--seed"] = std::to_string(seed);
    report["settings"]["--out"] = "build/" + name + std::to_string(seed);
    report[report["found"].is_null() ? "baseline" : "found"]["test_accuracy"] = accuracy;
    report["seconds"] = {{report["found"].is_null() ? "train" : "search", seconds}, {"baseline", 50.0}};
    if (report["found"].is_null())
        report["seconds"].erase("baseline");
    for (Json& epoch : report["epochs"])
        epoch["seconds"] = epoch["phase"] == "search" ? 16.5 : 15.0;
    return report;
}

} // namespace

TEST_CASE("comparison: mean, deviation and number of runs that differ in the seed") {
    const std::vector<double> values{90, 91, 92};
    const auto three = spread(values);
    CHECK(three->mean == doctest::Approx(91));
    CHECK(three->deviation == doctest::Approx(1));
    CHECK(three->count == 3);
    CHECK(spread(std::vector<double>{5})->deviation == 0);
    CHECK(!spread({}));
}

TEST_CASE("comparison: both tables, numbers worked out by hand") {
    // Plain: 100 s and 110 s, mean 105; search: 115.5 s, 1.1 times as long. An epoch: 16.5 s over 15 s.
    const Comparison c = comparison({repeated("cnn_pit_duccio", 0, 91.6, 115.5),
                                     repeated("cnn_train", 0, 92, 100), repeated("cnn_train", 1, 91, 110)});
    CHECK(contains(c.markdown, "| program | epochs | FashionMNIST | time ratio | epoch ratio |\n"
                               "|---|---:|---:|---:|---:|\n"
                               "| cnn_train | 7 | 1 min 45 s n = 2 | 1.00 | 1.00 |\n"
                               "| cnn_pit_duccio | 7 | 1 min 56 s | 1.10 | 1.10 |\n"));
    CHECK(contains(
        c.markdown,
        "## FashionMNIST\n\n"
        "| program | size MiB | accuracy % | parameters | ms, batch 1 | ms, batch 128 | limits | runs |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|\n"
        "| cnn_train | 1.61 ± 0.00 | 91.50 ± 0.71 | 421,642 ± 0 | 0.207 ± 0.000 | 12.3 ± 0.0 | - | 2 |\n"
        "| cnn_pit_duccio | 0.405 | 91.60 | 105,265 | 0.155 | 9.40 | met | 1 |\n"));
    CHECK(contains(c.html, "Comparison of 3 runs"));
    CHECK(contains(c.html, "2 experiments, 1 data set"));
    CHECK(contains(c.html, "cnn_pit_duccio 91.6 at 105,265, on the Pareto front"));
    CHECK(!contains(c.html, "http:"));
    CHECK(contains(c.pareto_svg, "cnn_pit_duccio: 91.60 % with 105,265 parameters"));
}

TEST_CASE("comparison: without a plain run, the unpruned network and the run's own epochs stand for it") {
    const Comparison c = comparison({repeated("cnn_pit_duccio", 0, 91.6, 115.5)});
    CHECK(contains(c.markdown, "| cnn_pit_duccio | 7 | 1 min 56 s | - | 1.10 |\n"));
    CHECK(contains(c.markdown, "| Cnn, unpruned | 1.61 | 91.77 | 421,642 | 0.207 | 12.3 | - | 1 |\n"));
    CHECK(!contains(comparison({sample("cnn_pit")}).markdown, "unpruned |"));
}

TEST_CASE("comparison: ratios only to plain runs under the same conditions") {
    Json plain = repeated("cnn_train", 0, 92, 100);
    const Json search = repeated("cnn_pit_duccio", 0, 91.6, 115.5);
    for (const auto& [key, value] :
         {std::pair("device", Json("NVIDIA H200")), std::pair("threads", Json(16)),
          std::pair("network", Json("pliny::Vgg16")), std::pair("dataset", Json("MNIST"))}) {
        Json other = plain;
        other[key] = value;
        CHECK_MESSAGE(contains(comparison({search, other}).markdown, "| - | 1.10 |"), key);
    }
    plain["settings"]["--batch"] = "16";
    CHECK(contains(comparison({search, plain}).markdown, "| - | 1.10 |"));
}

TEST_CASE("comparison: several data sets and programs with other settings") {
    Json mnist = repeated("cnn_pit_duccio", 0, 99.1, 60);
    mnist["dataset"] = "MNIST";
    Json long_search = repeated("cnn_pit_duccio", 0, 91.9, 200);
    long_search["settings"]["--search"] = "9";
    const Comparison c = comparison({repeated("cnn_pit_duccio", 0, 91.6, 100), mnist, long_search});
    CHECK(contains(c.markdown, "| program | epochs | FashionMNIST | MNIST | time ratio | epoch ratio |"));
    CHECK(contains(c.markdown, "| cnn_pit_duccio: --search 3 | 7 | 1 min 40 s | 1 min 00 s | - | 1.10 |\n"));
    CHECK(contains(c.markdown, "| cnn_pit_duccio: --search 9 | 7 | 3 min 20 s | - | - | 1.10 |\n"));
    CHECK(contains(c.markdown, "## MNIST\n"));
}

TEST_CASE("comparison: a sweep tells its searches apart, and its plain part counts whole") {
    Json plain = repeated("cnn_pit_duccio", 0, 91, 70);
    plain["method"] = "none";
    plain["search"] = nullptr;
    plain["found"] = nullptr;
    plain["limits"] = Json::array();
    plain["seconds"] = {{"warm_up", 30.0}, {"baseline", 75.0}};
    Json half = repeated("cnn_pit_duccio", 0, 91.6, 210), quarter = half;
    half["search"] = "Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<50>>>>";
    half["limits"][0]["satisfied"] = false;
    const Comparison c = comparison({plain, half, quarter});
    CHECK(contains(c.markdown, "| cnn_pit_duccio: plain | 12 | 1 min 45 s | 1.00 | 1.00 |\n"));
    CHECK(contains(c.markdown, "| cnn_pit_duccio: Percent\\<50> | 7 | 3 min 30 s | 2.00 |"));
    CHECK(contains(c.markdown, "| missed | 1 |\n"));
    CHECK(contains(c.pareto_svg, ">Percent&lt;50&gt;</text>"));
}

TEST_CASE("comparison: text from reports stays text") {
    Json report = repeated("cnn_pit_duccio", 0, 91.6, 100);
    for (const char* key : {"program", "dataset", "command", "device"})
        report[key] = "<script>|alert(1)</script>";
    const Comparison c = comparison({report});
    CHECK(!contains(c.html, "<script"));
    CHECK(!contains(c.pareto_svg, "<script"));
    CHECK(contains(c.markdown, "\\<script>\\|alert(1)\\</script>"));
}

TEST_CASE("comparison: errors name file and field") {
    const TemporaryFolder folder;
    const auto path = folder / "report.json";
    const auto with = [&](const char* pointer, const Json& value) {
        Json report = sample("cnn_pit_duccio");
        report[Json::json_pointer(pointer)] = value;
        write_file(path, report.dump());
        return error_of<ReportError>([&] { read_report(folder.path()); });
    };
    CHECK(with("/seed", 1) == "no error");
    CHECK(with("/format", "pliny report 9") ==
          path.string() + ": format: found \"pliny report 9\", expected \"pliny report 1\"");
    CHECK(with("/found/parameters", "many") ==
          path.string() + ": found.parameters: found \"many\", expected a number");
    CHECK(with("/epochs/3/seconds", nullptr) ==
          path.string() + ": epochs[3].seconds: found null, expected a number");
    CHECK(with("/found", nullptr) == path.string() + ": found: found null, expected an object");
    CHECK(with("/method", "none").starts_with(path.string() + ": found: found {\"parameters\":105265,"));
    CHECK(with("/limits/0", 5) == path.string() + ": limits[0]: found 5, expected an object");
    CHECK(with("/seconds/search", "long") ==
          path.string() + ": seconds.search: found \"long\", expected a number");

    Json report = sample("cnn_train");
    report.erase("baseline");
    write_file(path, report.dump());
    CHECK(error_of<ReportError>([&] { read_report(path); }) ==
          path.string() + ": baseline: found nothing, expected an object");
    write_file(path, "{\"format\": ");
    CHECK(error_of<ReportError>([&] {
              read_report(path);
          }).starts_with(path.string() + ": found no JSON, expected a report: "));
    write_file(path, "[]");
    CHECK(error_of<ReportError>([&] { read_report(path); }) ==
          path.string() + ": found no JSON object, expected a report");
    CHECK(error_of<ReportError>([&] { read_report(folder / "missing"); }) ==
          (folder / "missing").string() + ": cannot be read, expected the report.json of a run");
    CHECK(error_of<ReportError>([] { comparison({Json(1)}); }) ==
          "report 1: found no JSON object, expected a report");
}

TEST_CASE("comparison: bits per weight, and accuracy over the size of the file, where bits were searched") {
    const Comparison c = comparison({sample("cnn_mps"), sample("cnn_train")});
    CHECK(contains(c.markdown,
                   "| program | size MiB | accuracy % | parameters | bits per weight | ms, batch 1 |"));
    CHECK(contains(c.markdown, "| 421,642 | 32 |"));
    CHECK(contains(c.pareto_svg, "bytes of the file"));
    CHECK(!contains(c.pareto_svg, "parameters"));
    CHECK(!contains(comparison({sample("cnn_train")}).markdown, "bits per weight"));
}
