// SPDX-License-Identifier: Apache-2.0
// Masks of PIT against golden/pit_masks.json; Multiple<N>; widths.
#include "core/golden.hpp"

#include <pliny/core.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace pliny;
using nlohmann::json;

namespace {

/// A network with one trainable group of a given width.
template <std::int64_t Width>
struct OneGroup : Network<Image<1, 2, 2>, Sequential<Conv2d<Width>, Conv2d<1>>> {};
template <std::int64_t Width, class... Options>
using SpaceOf = PitSpace<OneGroup<Width>, Options...>;

std::vector<double> numbers(const json& tensor) { return tensor["data"].get<std::vector<double>>(); }

void check_close(const std::vector<double>& found, const std::vector<double>& expected) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-5).scale(0.1));
}

template <std::int64_t Width>
void check_masks(const json& golden) {
    using A = Alive<SpaceOf<Width>>;
    const std::vector<double> alpha = numbers(golden["alpha"]);
    check_close(A::thetas(alpha), numbers(golden["theta"]));
    CHECK(A::masks(alpha) == numbers(golden["mask"]));
    const std::vector<double> theta = A::thetas(alpha), mask = A::masks(alpha);
    CHECK(A::widths(theta)[1] == doctest::Approx(golden["eff_continuous"].get<double>()).epsilon(1e-5));
    CHECK(A::widths(mask)[1] == golden["eff_discrete"].get<double>());
    CHECK(A::widths(mask)[0] == 1);
    for (const char* through : {"grad_alpha_through_mask", "grad_alpha_through_theta"}) {
        std::vector<double> gradient = numbers(golden["upstream"]);
        A::through_theta(alpha, gradient);
        check_close(gradient, numbers(golden[through]));
    }
}

/// Calls f with the width among `Widths` that is wanted; false where it is none of them.
template <std::int64_t... Widths, class F>
bool with_width(std::integer_sequence<std::int64_t, Widths...>, std::size_t wanted, F f) {
    return ((wanted == static_cast<std::size_t>(Widths)
                 ? (f(std::integral_constant<std::int64_t, Widths>{}), true)
                 : false) ||
            ...);
}

} // namespace

TEST_CASE("channel masks against the reference") {
    int cases = 0;
    for (const json& golden : test::golden_cases("pit_masks.json")) {
        if (golden["kind"] != "features")
            continue;
        ++cases;
        CAPTURE(golden["name"].get<std::string>());
        const std::size_t width = numbers(golden["alpha"]).size();
        if (width == 1) { // one channel cannot die: no alpha at all
            CHECK(SpaceOf<1>::analysis.alphas == 0);
            CHECK(numbers(golden["mask"]) == std::vector<double>{1});
            continue;
        }
        const bool known = with_width(std::integer_sequence<std::int64_t, 4, 5, 10, 57>{}, width,
                                      [&](auto w) { check_masks<w()>(golden); });
        CHECK_MESSAGE(known, "add the width ", width, " to this test");
    }
    CHECK(cases == 7);
}

TEST_CASE("theta at the threshold is dead") {
    using A = Alive<SpaceOf<4>>;
    const double above = std::nextafter(0.5, 1.0);
    CHECK(A::masks(std::vector{0.5, -0.5, above, 0.0}) == std::vector<double>{0, 0, 1, 1});
    CHECK(A::masks(std::vector{-above, -3.0, 0.0, -0.9}) == std::vector<double>{1, 1, 0, 1});
}

TEST_CASE("the sign of alpha decides the direction of its gradient, except for the last channel") {
    using A = Alive<SpaceOf<4>>;
    std::vector<double> gradient{1, 2, 3, 4};
    A::through_theta(std::vector{-0.7, 0.0, 0.3, -0.9}, gradient);
    CHECK(gradient == std::vector<double>{-1, 0, 3, 0});
}

TEST_CASE("Multiple: the number alive is rounded up, the best of the dead come back") {
    using A = Alive<SpaceOf<8, Multiple<4>>>;
    // Only the last channel is above: the three next best join it.
    CHECK(A::masks(std::vector{0.1, 0.4, 0.2, 0.3, 0.0, 0.05, 0.01, 0.0}) ==
          std::vector<double>{0, 1, 1, 1, 0, 0, 0, 1});
    // Four above: no change. Five above: all eight.
    CHECK(A::masks(std::vector{0.6, 0.4, 0.7, 0.3, 0.8, 0.2, 0.1, 0.0}) ==
          std::vector<double>{1, 0, 1, 0, 1, 0, 0, 1});
    CHECK(A::masks(std::vector{0.6, 0.4, 0.7, 0.3, 0.8, 0.9, 0.1, 0.0}) == std::vector<double>(8, 1));
    // Equal thetas: the earlier channel first.
    CHECK(A::masks(std::vector<double>(8, 0.0)) == std::vector<double>{1, 1, 1, 0, 0, 0, 0, 1});
    CHECK(A::widths(A::masks(std::vector<double>(8, 0.0)))[1] == 4);
}
