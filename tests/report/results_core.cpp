// SPDX-License-Identifier: Apache-2.0
// The tables, tiles and sentences of a run: other scores than accuracy, times of inference, settling,
// command.
#include <pliny/report/command.hpp>
#include <pliny/report/comparison.hpp>
#include <pliny/report/run_page.hpp>

#include <string>

#include <doctest/doctest.h>

#include "report/samples.hpp"
#include "support/comma_locale.hpp"

using namespace pliny::report;
using namespace pliny::testing;

namespace {

/// A row of a table as text: "parameters | 10 | 5 | 0.500"; notes in brackets.
std::string row_of(const Table& table, const std::string& name) {
    for (const auto& row : table.rows)
        if (row.front().text == name) {
            std::string text;
            for (const Cell& cell : row)
                text += (text.empty() ? "" : " | ") + cell.text +
                        (cell.note.empty() ? "" : " [" + cell.note + "]");
            return text;
        }
    return "no such row";
}

/// A search under one limit of 1000 with a given cost before and after settling, and 40 channels.
Json settled(double before, double after, int removed, int restored) {
    return {{"method", "Pit"},
            {"limits",
             {{{"cost", "params"},
               {"limit", 1000},
               {"value", after},
               {"value_before_settling", before},
               {"satisfied", true}}}},
            {"found",
             {{"settled", {{"removed", removed}, {"restored", restored}}},
              {"layers", {{{"name", "0"}, {"out", 20}, {"of", 30}}, {{"name", "1"}, {"of", 10}}}}}}};
}

} // namespace

TEST_CASE("results: the score that a report names, with its direction") {
    const Json report = sample("mlp_mse");
    const Score score = score_of(report);
    CHECK(score.name == "mse");
    CHECK(score.headed() == "mse");
    CHECK(!score.higher_is_better);
    CHECK(score.spelled(0.11432) == "0.1143");
    CHECK(score.difference(0.0022) == "+0.0022");
    CHECK(score.difference(-12.5) == "-12.5");
    CHECK(score.difference(0) == "0");
    CHECK(score_of(sample("cnn_pit")) == Score{});
    CHECK(score_of(Json{{"score", {{"name", "accuracy"}, {"higher_is_better", true}}}}) == Score{});
    CHECK(Score{}.spelled(91.678) == "91.68 %");
    CHECK(Score{"rmse", "K", false}.headed() == "rmse K");
    CHECK(Score{"rmse", "K", false}.spelled(1.5) == "1.5 K");
    CHECK(row_of(results_table(report), "test mse") == "test mse | 0.1121 | 0.1143 | +0.0022");
    CHECK(row_of(results_table(sample("cnn_pit_duccio")), "test accuracy %") ==
          "test accuracy % | 91.77 | 91.68 | -0.09");
    CHECK(epochs_table(report).head == std::vector<std::string>{"phase", "epoch", "loss", "train mse",
                                                                "validation mse", "test mse", "params",
                                                                "penalty", "learning rate", "time"});

    const std::string page = run_page(report);
    for (const char* part :
         {"test mse", "+0.0022,", "unpruned 0.1121", "less is better",
          "Test mse of the search model 0.1398, right after export 0.1398, at the end 0.1143.",
          "4,096 to train", "13 features", "aria-label=\"mse, less is better: test from "})
        CHECK_MESSAGE(contains(page, part), part);
    CHECK(!contains(page, "ccuracy"));
}

TEST_CASE("results: a comparison keeps scores apart, and knows which way is better") {
    Json worse = sample("mlp_mse");
    worse["program"] = "other";
    worse["found"]["parameters"] = 2000;
    worse["found"]["test_score"] = 0.2;
    const Comparison one = comparison({sample("mlp_mse"), worse});
    CHECK(contains(one.markdown, "| program | size MiB | mse | parameters |"));
    CHECK(contains(one.markdown, "| prices | 0.005 | 0.1143 | 1,260 |"));
    CHECK(contains(one.markdown, "![mse over size, with the Pareto front](pareto.svg)"));
    CHECK(contains(one.html,
                   "mse, less is better over parameters: Prices, unpruned 0.1121 at 5,121, on the "
                   "Pareto front; prices 0.1143 at 1,260, on the Pareto front; other 0.2 at 2,000\""));
    CHECK(contains(one.pareto_svg, "prices: 0.1143 with 1,260 parameters"));
    CHECK(!contains(one.html, "ccuracy"));

    Json errors = sample("mlp_mse");
    errors["dataset"] = "FashionMNIST";
    const Comparison both = comparison({sample("cnn_train"), errors});
    CHECK(contains(both.markdown, "## FashionMNIST, accuracy\n\n| program | size MiB | accuracy % |"));
    CHECK(contains(both.markdown, "## FashionMNIST, mse\n\n| program | size MiB | mse |"));
    CHECK(contains(both.html, "Scores over size"));

    Json none = sample("mlp_mse");
    none["found"].erase("test_score");
    CHECK_THROWS_WITH(comparison({none}),
                      "report 1: found.test_accuracy: found nothing, expected a number or "
                      "null");
}

TEST_CASE("results: times of inference, and no ratio of what is not steady") {
    const Json report = sample("cnn_pit_far");
    const Table table = results_table(report);
    CHECK(row_of(table, "ms, batch 1, median") == "ms, batch 1, median | 0.203 | 0.151 | 0.744");
    CHECK(row_of(table, "ms, batch 1, minimum") == "ms, batch 1, minimum | 0.192 | 0.144 | 0.750");
    CHECK(row_of(table, "ms, batch 128, median") == "ms, batch 128, median | 112 | 112 | not steady");
    CHECK(row_of(table, "ms, batch 128, minimum") == "ms, batch 128, minimum | 12.3 | 9.35 | not steady");
    CHECK(row_of(results_table(sample("cnn_pit_duccio")), "ms, batch 1") ==
          "ms, batch 1 | 0.207 | 0.155 | 0.749"); // without details
    CHECK(
        latency_note(report) ==
        "Inference: batch 1 with 1 thread, 200 rounds; batch 128 with 2 threads, 40 rounds, both networks in "
        "turn. Not steady: the machine did other work meanwhile, times varied by 71 %; no ratios are made of "
        "such figures.");
    CHECK(latency_note(sample("cnn_pit_duccio")).empty());

    Json busy = report;
    busy["found"]["latency_ms"]["batch1"] = 56.0;
    busy["found"]["latency"]["batch1"]["steady"] = false;
    const std::string tile = html(pliny::report::detail::latency_tile(busy, "batch1"));
    CHECK(contains(tile, "56.0"));
    CHECK(contains(tile, "unpruned 0.203"));
    CHECK(contains(tile, "not steady"));
    CHECK(!contains(tile, "%"));
    CHECK(!contains(run_page(busy), "27,586"));
    CHECK(!contains(run_page(busy), "27586"));
    CHECK(contains(html(pliny::report::detail::latency_tile(report, "batch1")), "74.4 % of 0.203"));

    Json plain = sample("cnn_train");
    plain["baseline"]["latency"]["batch1"] = {{"minimum_ms", 0.2}, {"steady", false}};
    CHECK(row_of(results_table(plain), "ms, batch 1, median") == "ms, batch 1, median | 0.207 [not steady]");
    CHECK(contains(comparison({report}).markdown,
                   "| 0.151 min 0.144 | 112 min 9.35, not steady | met from 12.3 % | 1 |"));
    CHECK(contains(comparison({report}).markdown, pliny::report::detail::unsteady_note));
    CHECK(!contains(comparison({sample("cnn_pit_duccio")}).markdown, "steady"));
}

TEST_CASE("results: what settling did, and a word where it did too much") {
    const Json report = sample("cnn_pit_far");
    CHECK(settling_sentence(report) == "Settling removed 0 channels and restored 129.");
    CHECK(settling_warning(report) ==
          "The search ended at 12.3 % of its limit on params, and settling moved that to 99.9 %. Settling "
          "changed "
          "129 of 234 output channels. Part of this network was decided when settling, not by the search; a "
          "smaller --lr-alpha may end nearer to the limit.");
    const Table limits = limits_table(report);
    CHECK(limits.head == std::vector<std::string>{"cost", "limit", "found", "used", "before settling", ""});
    CHECK(row_of(limits, "params") == "params | 105,410.5 | 105,265 | 99.9 % | 12.3 % | met");
    CHECK(limits.rows[0][4].tone == Cell::Tone::Warn);
    const std::string page = run_page(report);
    CHECK(contains(page, "<p class=\"warning\" role=\"note\">"));
    CHECK(contains(page, "12.3 % before settling"));
    CHECK(contains(page, "<span class=\"value warn\">met</span>"));

    // Moved by more than a fifth of the limit, either way.
    CHECK(settling_warning(settled(800, 1000, 0, 2)).empty());
    CHECK(
        settling_warning(settled(799, 1000, 0, 2)) ==
        "The search ended at 79.9 % of its limit on params, and settling moved that to 100.0 %. Part of this "
        "network was decided when settling, not by the search; a smaller --lr-alpha may end nearer to the "
        "limit.");
    CHECK(settling_warning(settled(1200, 1000, 2, 0)).empty());
    CHECK(contains(settling_warning(settled(1201, 1000, 2, 0)), "120.1 % of its limit on params"));
    CHECK(contains(settling_warning(settled(1201, 1000, 2, 0)), "a longer search or a larger --lr-alpha"));
    // Alternatives come in steps: a search that ended below its limit and stayed there is none of settling's.
    CHECK(settling_warning(settled(300, 300, 0, 0)).empty());
    CHECK(settling_sentence(settled(300, 300, 0, 0)) == "Settling changed nothing.");
    // Or more than a tenth of the channels.
    CHECK(settling_warning(settled(950, 990, 2, 2)).empty());
    CHECK(settling_warning(settled(950, 990, 2, 3)) == "Settling changed 5 of 40 output channels. Part of "
                                                       "this network was decided when settling, not by the "
                                                       "search.");
    CHECK(contains(comparison({report}).markdown, "Met from 12 %, say:"));

    CHECK(settling_sentence(sample("cnn_mps")) ==
          "Settling lowered the bits of 0 and raised those of 35 layers, channels or activations.");
    Json choices = settled(900, 900, 1, 0);
    choices["found"]["settled"]["rechosen"] = 2;
    CHECK(settling_sentence(choices) == "Settling removed 1 channel and restored 0, and changed 2 choices.");
    CHECK(settling_sentence(sample("cnn_pit")).empty()); // no limits, nothing changed
    CHECK(settling_sentence(sample("cnn_train")).empty());
    CHECK(settling_warning(sample("cnn_train")).empty());
    CHECK(settling_warning(sample("cnn_pit_duccio")).empty());
    CHECK(contains(run_page(sample("cnn_pit_duccio")), "Settling removed 0 channels and restored 5."));
}

TEST_CASE("results: the command from the beginning") {
    const Json report = sample("cnn_pit_far");
    CHECK(command_line("cnn_pit_duccio", report["settings"], report["defaults"], "build/far") ==
          "cnn_pit_duccio --search 9 --lr-alpha 0.1 --threads 2 --data 'my data' --flip --out build/far");
    CHECK(command_line("./a b", Json{{"--x", "1"}}, Json{{"--x", "1"}}, "") == "'./a b'");
    CHECK(command_line("p", Json{{"--x", ""}, {"--y", "it's"}}, Json{{"--x", "1"}}, "o") ==
          "p --x '' --y 'it'\\''s' --out o");
    CHECK(command_line("p", Json{{"--name", "yes"}}, Json{{"--name", "auto"}}, "") == "p --name yes");
    CHECK(!contains(run_page(report), "may lack options"));
    Json old = report;
    old.erase("defaults");
    CHECK(contains(run_page(old), "The run went on from a checkpoint: this line may lack options"));
    old["resumed"] = 0;
    CHECK(!contains(run_page(old), "may lack options"));
}

TEST_CASE("results: runs are named after options that are not at their defaults") {
    const auto with = [](std::initializer_list<std::pair<const char*, const char*>> settings, bool known) {
        Json report = sample("cnn_pit_far");
        for (const auto& [name, value] : settings)
            report["settings"][name] = value;
        if (!known)
            report.erase("defaults");
        return report;
    };
    for (const bool known : {true, false}) {
        const std::vector<Json> two{with({{"--limit-test", "0"}}, known),
                                    with({{"--limit-test", "300"}}, known)};
        CHECK(variant_in_words(two[0], two) == "cnn_pit_duccio");
        CHECK(variant_in_words(two[1], two) == "cnn_pit_duccio: --limit-test 300");
        CHECK(!contains(comparison(two).markdown, "--limit-test 0"));
    }
    const std::vector<Json> searches{with({{"--search", "3"}}, true), with({{"--search", "9"}}, true),
                                     with({{"--search", "0"}, {"--warm-up", "0"}}, false)};
    CHECK(variant_in_words(searches[0], searches) == "cnn_pit_duccio");
    CHECK(variant_in_words(searches[1], searches) == "cnn_pit_duccio: --search 9");
    CHECK(variant_in_words(searches[2], searches) == "cnn_pit_duccio: --search 0, --warm-up 0");
    Json plain = with({}, true);
    plain["settings"].erase("--flip");
    const std::vector<Json> flips{with({}, true), plain};
    CHECK(variant_in_words(flips[0], flips) == "cnn_pit_duccio: --flip");
    CHECK(variant_in_words(flips[1], flips) == "cnn_pit_duccio");
}

TEST_CASE("results: MACs go by one name, which is explained where they stand") {
    const Json report = sample("cnn_pit_duccio");
    CHECK(row_of(results_table(report), "MACs (with biases)") ==
          "MACs (with biases) | 4,278,922 | 2,046,475 | 0.478");
    CHECK(contains(run_page(report),
                   "MACs (with biases): multiplications with their additions of one inference; "
                   "a bias counts as one more per output.</p>"));
}

TEST_CASE("results: pages are the same in every locale") {
    const std::vector<Json> reports{sample("cnn_pit_far"), sample("mlp_mse"), sample("cnn_mps"),
                                    sample("cnn_supernet")};
    const auto all = [&] {
        const Comparison c = comparison(reports);
        std::string text = c.markdown + c.html + c.pareto_svg;
        for (const Json& report : reports)
            text += run_page(Json::parse(report.dump()));
        return text;
    };
    const std::string classic = all();
    const CommaLocale comma;
    CHECK(all() == classic);
}

TEST_CASE("results: what is new may be absent, null or of another kind") {
    for (const char* name : {"cnn_pit_far", "mlp_mse"}) {
        const Json whole = sample(name);
        for (const char* pointer :
             {"/score", "/score/name", "/score/unit", "/score/higher_is_better", "/defaults",
              "/images/features", "/found/latency", "/found/latency/batch1",
              "/found/latency/batch1/minimum_ms", "/found/latency/batch1/steady",
              "/baseline/latency/batch128/spread", "/baseline/latency/batch1/threads", "/found/settled",
              "/found/settled/restored", "/found/layers/0/kind", "/limits/0/value_before_settling",
              "/limits/0/limit", "/found/test_score"})
            for (const Json& other :
                 {Json(), Json(7), Json("x"), Json::array(), Json::object(), Json(-1), Json(1e300)}) {
                Json report = whole;
                report[Json::json_pointer(pointer)] = other;
                std::string page;
                CHECK_NOTHROW(page = run_page(report));
                CHECK(!contains(page, ">nan"));
                CHECK(!contains(page, " inf "));
            }
    }
}
