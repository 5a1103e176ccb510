// SPDX-License-Identifier: Apache-2.0
// What pliny writes of choices: networks as C++ types, tables.
#include "static/choice_networks.hpp"

#include <pliny/graph/layer_widths.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

using namespace pliny;
using namespace pliny::test;

namespace {

const std::string three = "Conv2d<8, Kernel<3>, Padding<1>>";
const std::string behind = ", BatchNorm2d, ReLU, Flatten, Linear<10>>>";
using Texts = std::vector<std::string>;

/// The network on a path, all of its channels alive.
template <class Net>
std::string spelled_on(const PathOf<Net>& chosen) {
    return spelled_network<Net>(full_widths<std::int64_t>(plan<Net>), &chosen);
}

/// Found is spelled as Net is on a path; it costs as much, and its layers have the same paths.
template <class Found, class Net>
void check_same(const PathOf<Net>& chosen, const std::string& spelled) {
    CHECK(spelled_on<Net>(chosen) == spelled);
    CHECK(spelled_network<Found>() == spelled);
    const auto widths = full_widths<double>(plan<Net>);
    const auto shares = one_hot(plan<Net>, chosen);
    CHECK(total_cost(Ops, plan<Net>, std::span<const double>(widths), std::span<const double>(shares)) ==
          static_cast<double>(cost_of<Found, Ops>));
    const auto full = full_widths<std::int64_t>(plan<Net>);
    const auto layers = layer_widths<Net>(full, chosen);
    const auto own = layer_widths<Found>(full_widths<std::int64_t>(plan<Found>));
    REQUIRE(layers.size() == own.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
        CHECK(layers[i].path == own[i].path);
        CHECK(layers[i].kind == own[i].kind);
        CHECK(layers[i].in == own[i].in);
        CHECK(layers[i].out == own[i].out);
    }
}

} // namespace

TEST_CASE("choices as C++: a whole search space") {
    CHECK(spelled_network<Nested>() ==
          "Network<Image<3, 8, 8>, Sequential<Conv2d<8>, Choice<" + three +
              ", Sequential<>, Sequential<Conv2d<4>, ReLU, Choice<Conv2d<8>, Named<\"wide\", " + three +
              ">>>>" + behind);
    CHECK(spelled_network<Around>() ==
          "Network<Image<3, 8, 8>, Sequential<Conv2d<4>, Residual<Choice<Conv2d<4>, Zero>, Identity>, "
          "Concat<Choice<Conv2d<2>, Conv2d<2, Kernel<3>, Padding<1>>>, ReLU>, "
          "Sequential<Choice<Conv2d<6, NoBias>, Named<\"skip\", Identity>>, "
          "Choice<Conv2d<6, NoBias>, Named<\"skip\", Identity>>>, Flatten, Linear<2>>>");
}

TEST_CASE("choices as C++: what is chosen keeps its path") {
    // clang-format off
    struct First : Network<Image<3, 8, 8>, Sequential<Conv2d<8>,
        Sequential<Named<"0", Conv2d<8, Kernel<3>, Padding<1>>>>,
        BatchNorm2d, ReLU, Flatten, Linear<10>>> {};
    struct Empty : Network<Image<3, 8, 8>, Sequential<Conv2d<8>,
        Sequential<Named<"1", Sequential<>>>,
        BatchNorm2d, ReLU, Flatten, Linear<10>>> {};
    struct Inner : Network<Image<3, 8, 8>, Sequential<Conv2d<8>,
        Sequential<Named<"2", Sequential<Conv2d<4>, ReLU, Sequential<Named<"0", Conv2d<8>>>>>>,
        BatchNorm2d, ReLU, Flatten, Linear<10>>> {};
    struct Wide : Network<Image<3, 8, 8>, Sequential<Conv2d<8>,
        Sequential<Named<"2", Sequential<Conv2d<4>, ReLU,
            Sequential<Named<"wide", Conv2d<8, Kernel<3>, Padding<1>>>>>>>,
        BatchNorm2d, ReLU, Flatten, Linear<10>>> {};
    // clang-format on
    const std::string front = "Network<Image<3, 8, 8>, Sequential<Conv2d<8>, Sequential<";
    check_same<First, Nested>({0, 0}, front + "Named<\"0\", " + three + ">>" + behind);
    check_same<First, Nested>({1, 0},
                              front + "Named<\"0\", " + three + ">>" + behind); // the inner 1 is not seen
    check_same<Empty, Nested>({0, 1}, front + "Named<\"1\", Sequential<>>>" + behind);
    check_same<Inner, Nested>({0, 2}, front +
                                          "Named<\"2\", Sequential<Conv2d<4>, ReLU, "
                                          "Sequential<Named<\"0\", Conv2d<8>>>>>>" +
                                          behind);
    check_same<Wide, Nested>({1, 2},
                             front + "Named<\"2\", Sequential<Conv2d<4>, ReLU, Sequential<Named<\"wide\", " +
                                 three + ">>>>>" + behind);
    CHECK(layer_widths<Nested>(full_widths<std::int64_t>(plan<Nested>), {1, 2})[2].path == "1.2.2.wide");
}

TEST_CASE("choices as C++: inside residual blocks, concats and copies; as the whole network") {
    // clang-format off
    struct Mixed : Network<Image<3, 8, 8>, Sequential<
        Conv2d<4>,
        Residual<Sequential<Named<"1", Zero>>>,
        Concat<Sequential<Named<"0", Conv2d<2>>>, ReLU>,
        Sequential<Sequential<Named<"skip", Identity>>, Sequential<Named<"0", Conv2d<6, NoBias>>>>,
        Flatten, Linear<2>>> {};
    struct Long : Network<Features<4>, Sequential<Named<"0", Sequential<
        Sequential<Named<"1", Sequential<
            Sequential<Named<"1", Sequential<Linear<3>, Linear<2>>>>, ReLU, Linear<5>>>>,
        Linear<4>>>>> {};
    struct Nothing : Network<Features<4>, Sequential<Named<"1", Sequential<>>>> {};
    // clang-format on
    check_same<Mixed, Around>(
        {1, 0, 1, 0},
        "Network<Image<3, 8, 8>, Sequential<Conv2d<4>, Residual<Sequential<Named<\"1\", Zero>>, "
        "Identity>, Concat<Sequential<Named<\"0\", Conv2d<2>>>, ReLU>, "
        "Sequential<Sequential<Named<\"skip\", Identity>>, "
        "Sequential<Named<\"0\", Conv2d<6, NoBias>>>>, Flatten, Linear<2>>>");
    check_same<Long, Deepest>(
        {1, 2, 1, 0}, "Network<Features<4>, Sequential<Named<\"0\", Sequential<Sequential<Named<\"1\", "
                      "Sequential<Sequential<Named<\"1\", Sequential<Linear<3>, Linear<2>>>>, ReLU, "
                      "Linear<5>>>>, Linear<4>>>>>");
    check_same<Nothing, Deepest>({0, 0, 0, 1},
                                 "Network<Features<4>, Sequential<Named<\"1\", Sequential<>>>>");
}

TEST_CASE("choices as C++: with fewer channels") {
    const std::array<std::int64_t, 4> widths{3, 5, 2, 10};
    const std::array chosen{1, 2};
    CHECK(spelled_network<Nested>(widths, &chosen) ==
          "Network<Image<3, 8, 8>, Sequential<Conv2d<5>, Sequential<Named<\"2\", Sequential<Conv2d<2>, ReLU, "
          "Sequential<Named<\"wide\", Conv2d<5, Kernel<3>, Padding<1>>>>>>>, BatchNorm2d, ReLU, Flatten, "
          "Linear<10>>>");
    CHECK(spelled_network<Nested>(widths).find("Conv2d<2>, ReLU, Choice<Conv2d<5>, ") != std::string::npos);
    const auto layers = layer_widths<Nested>(widths, chosen);
    REQUIRE(layers.size() == 4);
    CHECK(layers[1].kind == "Conv2d 1x1");
    CHECK(layers[2].kind == "Conv2d 3x3");
    CHECK(layers[2].in == 2);
    CHECK(layers[2].out == 5);
    CHECK(layers[2].of_in == 4);
    CHECK(layers[2].of_out == 8);
    CHECK(widths_table<Nested>(widths, {0, 1}) ==
          "layer                    kind                    in             out\n"
          "0                        Conv2d 1x1          3 of 3          5 of 8\n"
          "5                        Linear          320 of 512        10 of 10\n");
}

TEST_CASE("alternatives as C++") {
    CHECK(spelled_alternatives<Nested>() ==
          std::vector<Texts>{
              {"Conv2d<8>", "Named<\"wide\", " + three + ">"},
              {three, "Sequential<>",
               "Sequential<Conv2d<4>, ReLU, Choice<Conv2d<8>, Named<\"wide\", " + three + ">>>"}});
    CHECK(spelled_alternatives<Around>() ==
          std::vector<Texts>{{"Conv2d<4>", "Zero"},
                             {"Conv2d<2>", "Conv2d<2, Kernel<3>, Padding<1>>"},
                             {"Conv2d<6, NoBias>", "Named<\"skip\", Identity>"},
                             {"Conv2d<6, NoBias>", "Named<\"skip\", Identity>"}});
    CHECK(spelled_alternatives<Deepest>()[0] == Texts{"Linear<2>", "Sequential<Linear<3>, Linear<2>>"});
    CHECK(spelled_alternatives<Deepest>()[1] == Texts{"ReLU", "Linear<6>", "Sequential<>"});
    CHECK(spelled_alternatives<Deepest>()[3][2] == "Linear<4, NoBias>");
    CHECK(spelled_alternatives<Cnn>().empty());
}

TEST_CASE("choices made") {
    const auto made = choices_made<Nested>({1, 2});
    REQUIRE(made.size() == 2);
    CHECK(made[0].path == "1.2.2");
    CHECK(made[0].alternatives == spelled_alternatives<Nested>()[0]);
    CHECK(made[0].chosen == 1);
    CHECK(made[1].path == "1");
    CHECK(made[1].chosen == 2);
    CHECK(choices_made<Nested>({1, 0})[0].chosen == std::nullopt); // inside what is not taken
    CHECK(choices_made<Nested>({1, 0})[1].chosen == 0);
    CHECK(choices_made<Deepest>({1, 2, 2, 0})[0].chosen == std::nullopt);
    CHECK(choices_made<Deepest>({1, 2, 2, 0})[1].chosen == 2);
    CHECK(choices_made<Deepest>({1, 2, 2, 2})[2].chosen == std::nullopt);
    CHECK(choices_made<Deepest>({1, 2, 2, 2})[3].path == "");
    CHECK(choices_made<Cnn>({}).empty());
}

TEST_CASE("table of choices") {
    const std::vector<std::vector<double>> thetas{{0.25, 0.75}, {0.5, 0.125, 0.375}};
    CHECK(choices_table<Nested>({1, 0}, thetas) ==
          "choice                   theta                            chosen\n"
          "1.2.2                    0.25 0.75                        -\n"
          "1                        0.50 0.12 0.38                   " +
              three + "\n");
    CHECK(choices_table<Nested>({1, 2}, thetas)
              .find("0.25 0.75                        Named<\"wide\", Conv2d<8") != std::string::npos);
}

TEST_CASE("describe a network with choices") {
    CHECK(describe<Nested>() ==
          R"(layer       kind                     output       weights             MACs  mask group
--------------------------------------------------------------------------------------
input       Input                     3x8x8                                 input*
0           Conv2d                    8x8x8            32             2048  0
1.0         Conv2d                    8x8x8           584            37376  0
1.2.0       Conv2d                    4x8x8            36             2304  1.2.0
1.2.1       ReLU                      4x8x8                                 1.2.0
1.2.2.0     Conv2d                    8x8x8            40             2560  0
1.2.2.wide  Conv2d                    8x8x8           296            18944  0
1.2.2       Choice                    8x8x8                                 0
1           Choice                    8x8x8                                 0
2           BatchNorm2d               8x8x8                                 0
3           ReLU                      8x8x8                                 0
4           Flatten                     512                                 0 x64
5           Linear                       10          5130             5130  5*
smallest                                             5162             7178
largest                                              5746            44554  * = frozen
2 choices, 4 paths
)");
    struct Sole : Network<Features<4>, Choice<Linear<3>, Linear<3, NoBias>>> {};
    CHECK(describe<Sole>().ends_with("* = frozen\n1 choice, 2 paths\n"));
    CHECK(describe<Around>().find("\n1.body.1    Zero                      4x8x8  ") != std::string::npos);
    CHECK(describe<Vgg16Choices>().ends_with("\n13 choices, 21233664 paths\n"));
    CHECK(describe<Cnn>().find("smallest") == std::string::npos);
    CHECK(describe<Cnn>().find("paths") == std::string::npos);
}

TEST_CASE("describe a search among alternatives") {
    using Search = SuperNet<Nested, Duccio<Limit<Ops, Percent<50>>, Limit<Params, 5500>>>;
    const std::string text = describe<Search>();
    CHECK(text.find("\n0           Conv2d                    8x8x8            32             2048  0*\n") !=
          std::string::npos); // SuperNet alone leaves all widths
    CHECK(text.ends_with("2 choices, 4 paths\n"
                         "cost params: 5746 at most, 5162 at least\n"
                         "cost ops: 44554 at most, 7178 at least\n"
                         "limit ops: 22277\n"
                         "limit params: 5500\n"));
    const std::string both = describe<Pit<SuperNet<Nested>, Cost<Params>, Duccio<Limit<1000>>>>();
    CHECK(both.find("\n0           Conv2d                    8x8x8            32             2048  0\n") !=
          std::string::npos);
    CHECK(both.ends_with("cost params: 5746 at most, 654 at least\nlimit params: 1000\n"));
}
