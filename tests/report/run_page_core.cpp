// SPDX-License-Identifier: Apache-2.0
#include <pliny/report/run_page.hpp>

#include <cctype>
#include <string>

#include <doctest/doctest.h>

#include "report/samples.hpp"

using namespace pliny::report;
using namespace pliny::testing;

namespace {

/// What a reader sees: the body of the page without tags.
std::string seen(const std::string& page) {
    std::string text;
    bool tag = false;
    for (const char c : page.substr(page.find("<body>"))) {
        tag = tag || c == '<';
        text += tag ? ' ' : c;
        tag = tag && c != '>';
    }
    return text;
}

/// Whether a word stands in a text alone, not inside another word.
bool says(const std::string& text, const std::string& word) {
    const auto letter = [&](std::size_t i) {
        return i < text.size() && std::isalnum(static_cast<unsigned char>(text[i]));
    };
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
        if (!letter(at - 1) && !letter(at + word.size()))
            return true;
    return false;
}

void check_quiet(const std::string& page) {
    for (const char* request : {"http:", "https:", "src=", "url(", "<script", "<iframe", "@import"})
        CHECK_MESSAGE(!contains(page, request), request);
    CHECK(page.find("href=") == page.rfind("href=")); // the empty icon
    CHECK(contains(page, "href=\"data:,\""));
    const std::string text = seen(page);
    for (const char* word : {"nan", "inf", "null", "NaN", "undefined"})
        CHECK_MESSAGE(!says(text, word), word);
}

} // namespace

TEST_CASE("run page: a search with a limit") {
    const std::string page = run_page(sample("cnn_pit_duccio"));
    check_quiet(page);
    const std::string text = seen(page);
    for (const char* part : {"Cnn on FashionMNIST, searched with Pit",
                             "105,265",
                             "25.0 % of 421,642",
                             "91.68",
                             "-0.09 points",
                             "unpruned 91.77 %",
                             "met",
                             "99.9 % of 105,410",
                             "0.405",
                             "0.155",
                             "0.250",
                             "2,046,475",
                             "0.478",
                             "105,410.5",
                             "cnn_pit_duccio --seed 0 --out build/demo",
                             "60,000 to train, 10,000 to test",
                             "1,470 of 3,136",
                             "Channels left in each layer",
                             "--lr-alpha",
                             "Pit&lt;Cnn, Cost&lt;Params&gt;"})
        CHECK_MESSAGE(contains(text, part), part);
    CHECK(!contains(text, "validation %"));
    CHECK(!contains(text, "resumed"));
}

TEST_CASE("run page: a search without limits and baseline") {
    const std::string page = run_page(sample("cnn_pit"));
    check_quiet(page);
    const std::string text = seen(page);
    for (const char* part : {"49,208", "90.42", "54,000 to train, 6,000 to validate", "1 time",
                             "validation %", "Cost while searching: ops"})
        CHECK_MESSAGE(contains(text, part), part);
    CHECK(!contains(text, "Limits"));
    CHECK(!contains(text, "points,"));
}

TEST_CASE("run page: a plain training") {
    const std::string page = run_page(sample("cnn_train"));
    check_quiet(page);
    const std::string text = seen(page);
    for (const char* part : {"Cnn trained on FashionMNIST", "421,642", "91.81", "1.61", "1 min 4"})
        CHECK_MESSAGE(contains(text, part), part);
    for (const char* part : {"Channels left", "Limits", "Cost while", "unpruned", "ratio"})
        CHECK_MESSAGE(!contains(text, part), part);
}

TEST_CASE("run page: a search among alternatives") {
    const std::string page = run_page(sample("cnn_supernet"));
    check_quiet(page);
    const std::string text = seen(page);
    for (const char* part :
         {"CnnOfChoices on FashionMNIST, searched with SuperNet", "Choices", "7.1.body.0",
          "2 Conv2d&lt;32, Kernel&lt;3&gt;, Padding&lt;1&gt;, Groups&lt;32&gt;&gt;, BatchNorm2d",
          "left out with the block around it", "theta at the end of the search", "0.098, 0.011, 0.892",
          "Block 7.1.body.0", "48,000 to train, 12,000 for the architecture, 10,000 to test"})
        CHECK_MESSAGE(contains(text, part), part);
    CHECK(contains(page, "aria-label=\"Block 7: 0 Identity from 0.5 to 1; 1 Residual&lt;"));
    CHECK(contains(page, "aria-label=\"choices\""));
    CHECK(!contains(text, "Channels left"));
    for (const char* other : {"cnn_pit", "cnn_pit_duccio", "cnn_train"})
        CHECK(!contains(seen(run_page(sample(other))), "Choices"));
}

TEST_CASE("run page: a search for bits") {
    const Json report = sample("cnn_mps");
    const std::string page = run_page(report);
    check_quiet(page);
    const std::string text = seen(page);
    for (const char* part :
         {"Cnn on FashionMNIST, searched with Mps", "Bits of weights, by channel", "8 bits", "pruned",
          "in 8, out 8", "in 8, out float", "Bytes of weights, of those in float32", "421,408 of 1,685,632",
          "105,352 of 1,685,632", "bits each", "x pruned", "weight bytes", "on its grids"})
        CHECK_MESSAGE(contains(text, part), part);
    CHECK(contains(page, "aria-label=\"Bits of weights, by channel: 0 "));
    CHECK(contains(page, "aria-label=\"bits\""));
    CHECK(!contains(text, "unpruned"));
    for (const char* other : {"cnn_pit", "cnn_pit_duccio", "cnn_train", "cnn_supernet"})
        CHECK(!contains(seen(run_page(sample(other))), "Bits"));
    Json left = report; // no size without both figures; no strips of what is no list
    left["baseline"].erase("weight_bytes");
    CHECK(!contains(seen(run_page(left)), "of those in float32"));
}

TEST_CASE("run page: bits that are none") {
    const Json whole = sample("cnn_mps");
    for (const char* pointer :
         {"/bits", "/bits/0", "/bits/0/name", "/bits/0/weights", "/bits/0/weights/3", "/bits/0/input",
          "/bits/0/bits", "/bits/0/parameters", "/found/weight_bytes", "/baseline/weight_bytes", "/limits/0"})
        for (const Json& other :
             {Json(), Json(7), Json("x"), Json::array(), Json::object(), Json(-1), Json(1e30)}) {
            Json report = whole;
            report[Json::json_pointer(pointer)] = other;
            CHECK_NOTHROW(check_quiet(run_page(report)));
        }
}

TEST_CASE("run page: text from the report stays text") {
    Json report = sample("cnn_pit_duccio");
    const std::string nasty = "</style></title><script>alert('x')</script><img src=\"https://example.org\">";
    for (const char* key : {"program", "command", "network", "method", "search", "dataset", "device"})
        report[key] = nasty;
    report["settings"] = {{nasty, nasty}};
    report["versions"][nasty] = nasty;
    report["found"]["layers"][0]["name"] = nasty;
    report["found"]["layers"][0][nasty] = nasty;
    report["found"][nasty] = 1;
    report["limits"][0]["cost"] = nasty;
    report["found"]["latency_ms"][nasty] = 2;
    for (Json& epoch : report["epochs"]) {
        epoch["phase"] = nasty;
        epoch["cost"][nasty] = 5;
    }
    report["choices"] = {{{"name", nasty}, {"alternatives", {nasty, nasty}}, {"chosen", 1}}};
    report["bits"] = {{{"name", nasty}, {"kind", nasty}, {"weights", {8, 4}}, {"input", nasty}}};
    const std::string page = run_page(report);
    CHECK(!contains(page, "<script"));
    CHECK(!contains(page, "<img"));
    CHECK(contains(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
}

TEST_CASE("run page: any part may be absent, null or of another kind") {
    const Json whole = sample("cnn_supernet");
    check_quiet(run_page(Json::object()));
    for (const char* pointer : {"/choices/0", "/choices/0/name", "/choices/0/alternatives",
                                "/choices/0/chosen", "/choices/0/alternatives/1", "/curve/20/theta",
                                "/curve/20/theta/0", "/curve/20/theta/0/1", "/curve/20"})
        for (const Json& other :
             {Json(), Json(7), Json("x"), Json::array(), Json::object(), Json(-1), Json(1e30)}) {
            Json report = whole;
            report[Json::json_pointer(pointer)] = other;
            CHECK_NOTHROW(check_quiet(run_page(report)));
        }
    for (const auto& [key, value] : whole.items())
        for (const Json& other : {Json(), Json(1), Json("x"), Json::array(), Json::array({1, "x", nullptr}),
                                  Json::object(), Json{{"a", nullptr}}}) {
            Json report = whole;
            report[key] = other;
            CHECK_NOTHROW(check_quiet(run_page(report)));
        }
}

TEST_CASE("run page: what a later method adds is shown by name") {
    Json report = sample("cnn_pit_duccio");
    report["method"] = "SuperNet";
    report["found"]["param_bits"] = 842120;
    report["found"]["layers"] = {{{"name", "block.1"}, {"chosen", "Conv2d<64, Kernel<5>>"}}};
    const std::string text = seen(run_page(report));
    for (const char* part : {"param bits", "842,120", "chosen", "Conv2d&lt;64, Kernel&lt;5&gt;&gt;"})
        CHECK_MESSAGE(contains(text, part), part);
    CHECK(!contains(text, "Channels left"));
}
