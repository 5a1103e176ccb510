// SPDX-License-Identifier: Apache-2.0
// Which images an experiment takes for what, and what its report says of them and of choices.
#include <pliny/train/definitions/experiment_report.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace pliny;

namespace {

/// 100 images for training, 10 to test, each of its own brightness.
Images numbered(std::int64_t count) {
    const at::Tensor numbers = at::arange(count, at::kLong);
    return {numbers.to(at::kByte).view({count, 1, 1, 1}).expand({count, 1, 4, 4}).contiguous(),
            numbers % 3,
            3,
            0,
            1,
            "numbers"};
}
const std::vector<pliny::detail::DatasetEntry> datasets{
    {"numbers", "somewhere", 3, [](const std::filesystem::path&) -> Examples { return numbered(100); },
     [](const std::filesystem::path&) -> Examples { return numbered(10); }}};

pliny::detail::ExperimentSetup loaded(const Recipe& recipe) {
    pliny::detail::ExperimentSetup setup{.search = "SuperNet<Net>", .recipe = recipe};
    setup.recipe.dataset = "numbers";
    pliny::detail::load_examples(setup, datasets, Shape{1, 4, 4}, Shape{3});
    return setup;
}

/// First and last of some images, as "70-89".
std::string range(const Examples& images) {
    if (images.size() == 0)
        return "none";
    const auto at = [&](std::int64_t i) { return std::to_string(images.inputs[i][0][0][0].item<int>()); };
    return at(0) + "-" + at(images.size() - 1);
}

std::string setup_error(const Recipe& recipe) {
    try {
        loaded(recipe);
    } catch (const DatasetError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("experiment: images for the architecture are the last ones before those to validate") {
    const auto plain = loaded({});
    CHECK(range(plain.train) == "0-99");
    CHECK(range(plain.validation) == "none");
    CHECK(range(plain.held_out) == "none");

    const auto both = loaded({.validation = 10, .bilevel = 20});
    CHECK(range(both.train) == "0-69");
    CHECK(range(both.held_out) == "70-89");
    CHECK(range(both.validation) == "90-99");
    CHECK(range(both.test) == "0-9");

    const auto few = loaded({.bilevel = 20, .limit_train = 50});
    CHECK(range(few.train) == "0-29");
    CHECK(range(few.held_out) == "30-49");

    CHECK(setup_error({.bilevel = 100}) == "--bilevel 100: there are 100 training images");
    CHECK(setup_error({.validation = 10, .bilevel = 90}) ==
          "--bilevel 90: there are 90 training images besides those of --validation");
    CHECK(setup_error({.validation = 100}) == "--validation 100: there are 100 training images");
    CHECK(range(loaded({.validation = 10, .bilevel = 89}).train) == "0-0");
}

TEST_CASE("experiment: the report has the images held out, theta and, after what was found, the choices") {
    const auto setup = loaded({.bilevel = 20});
    TrainingState state;
    state.curve.push_back({.phase = "warm-up"});
    state.curve.push_back({.phase = "search", .theta = {{0.25, 0.75}}});
    const auto without = pliny::detail::report_of(setup, state);
    CHECK(!without.contains("choices"));
    CHECK(without["images"]["held_out"] == 20);
    CHECK(without["images"]["train"] == 80);
    CHECK(!without["curve"][0].contains("theta"));
    CHECK(without["curve"][1]["theta"].dump() == "[[0.25,0.75]]");

    state.results["choices"] = {{{"name", "3"}, {"alternatives", {"Identity", "ReLU"}}, {"chosen", 1}}};
    const auto report = pliny::detail::report_of(setup, state);
    CHECK(report["choices"].dump() == R"([{"name":"3","alternatives":["Identity","ReLU"],"chosen":1}])");
    std::vector<std::string> keys;
    for (const auto& item : report.items())
        keys.push_back(item.key());
    const auto found = std::ranges::find(keys, "found");
    REQUIRE(found + 2 < keys.end());
    CHECK(*(found + 1) == "choices");
    CHECK(*(found + 2) == "limits");
}
