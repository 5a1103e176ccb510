// SPDX-License-Identifier: Apache-2.0
// The likeliest path within limits, against all paths.
#include "core/all_paths.hpp"
#include "static/choice_networks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <random>
#include <vector>

using namespace pliny;
using namespace pliny::test;

namespace {

// clang-format off
/// Six choices in a row.
struct Flat : Network<Image<3, 8, 8>, Sequential<
    Choice<Conv2d<8>, Conv2d<8, Kernel<3>, Padding<1>>>,
    Repeat<4, Choice<Conv2d<8>, Conv2d<8, Kernel<3>, Padding<1>>, Identity, Sequential<Conv2d<2>, Conv2d<8>>>>,
    Choice<Conv2d<4>, Conv2d<4, Kernel<5>, Padding<2>>, Sequential<Conv2d<2>, Conv2d<4>>>>> {};
// clang-format on

/// Sum, over the choices that run, of alpha(taken) - the largest alpha there.
template <class Net>
double log_likelihood(const PathOf<Net>& path, const std::vector<double>& alpha) {
    double sum = 0;
    for (std::size_t c = 0; c < path.size(); ++c) {
        if (!runs<Net>(plan<Net>.choices[c], path))
            continue;
        double largest = -1e300;
        for (int i = 0; i < plan<Net>[plan<Net>.choices[c]].inputs; ++i)
            largest = std::max(largest, alpha[alternative_at<Net>(c, i)]);
        sum += alpha[alternative_at<Net>(c, path[c])] - largest;
    }
    return sum;
}

/// Compares `rounds` random searches with all paths; counts how often there is none, and how often one that
/// is not made of the largest alphas.
template <class Net, std::size_t Limits>
void compare(int rounds) {
    const auto paths = all_paths<Net>();
    REQUIRE(static_cast<double>(paths.size()) == path_count(plan<Net>));
    int impossible = 0, moved = 0, free = 0;
    std::mt19937 engine(17);
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        const std::vector<double> alpha = random_eighths(engine, ChoiceShares<Net>::size);
        std::array<std::vector<double>, Limits> prices; // of every row; whole numbers, some 0
        for (auto& price : prices) {
            price.resize(static_cast<std::size_t>(plan<Net>.size()));
            for (double& p : price)
                p = static_cast<double>((engine() % 12) * (engine() % 3));
        }
        const auto price = [&](int row) {
            std::array<double, Limits> all{};
            for (std::size_t l = 0; l < Limits; ++l)
                all[l] = prices[l][static_cast<std::size_t>(row)];
            return all;
        };
        const auto costs = [&](const PathOf<Net>& path) {
            std::array<double, Limits> all{};
            for (std::size_t l = 0; l < Limits; ++l)
                all[l] = cost_along<Net>(path, [&](int row) { return price(row)[l]; });
            return all;
        };
        // The limits: what some path costs, or slightly less, so that equality matters.
        std::array<double, Limits> limits = costs(paths[engine() % paths.size()]);
        for (double& limit : limits)
            limit -= static_cast<double>(engine() % 2);
        if (round % 10 == 0) // below all paths
            limits[0] = path_extremes(plan<Net>, [&](int row) { return price(row)[0]; }).least - 1;
        const auto within = [&](const PathOf<Net>& path) {
            const auto all = costs(path);
            return std::equal(all.begin(), all.end(), limits.begin(), std::less_equal<>{});
        };
        std::optional<double> best;
        for (const auto& path : paths)
            if (within(path))
                best = std::max(best.value_or(-1e300), log_likelihood<Net>(path, alpha));

        const auto found = LikelyPath<Net, Limits>::find(alpha, limits, price);
        REQUIRE(found.size() == (best ? 1 : 0));
        impossible += found.empty();
        if (found.empty())
            continue;
        CHECK(within(found[0]));
        CHECK(log_likelihood<Net>(found[0], alpha) == *best);
        CHECK(std::find(paths.begin(), paths.end(), found[0]) !=
              paths.end()); // 0 where a choice does not run
        moved += *best < 0;
        free += *best == 0;
    }
    CHECK(impossible >= rounds / 10);
    CHECK(moved > rounds / 10);
    CHECK(free > rounds / 50);
}

} // namespace

TEST_CASE("likely path: one limit") {
    compare<Nested, 1>(400);
    compare<Around, 1>(400);
    compare<Deepest, 1>(400);
    compare<Chain, 1>(300);
    compare<Flat, 1>(100);
}
TEST_CASE("likely path: two and three limits") {
    compare<Nested, 2>(400);
    compare<Around, 2>(400);
    compare<Deepest, 2>(400);
    compare<Chain, 2>(300);
    compare<Flat, 2>(100);
    compare<Chain, 3>(200);
}

TEST_CASE("likely path: a cheap alternative inside a dear one") {
    // Rows of Nested: 2 the short way, 3 and 4 the long one with 5 or 6 at its end.
    const auto price = [](int row) {
        const double of_rows[] = {0, 1, 9, 2, 0, 3, 7, 0, 0, 0, 0, 0, 1};
        return std::array{of_rows[row]};
    };
    using Path = LikelyPath<Nested, 1>;
    const std::vector<double> alpha{0, 1, 2, 0, 3}; // inner: the second; outer: the third, then the first
    using Found = std::vector<std::array<int, 2>>;
    CHECK(Path::find(alpha, {11}, price) == Found{{1, 2}});   // 1 + 2 + 7 + 1
    CHECK(Path::find(alpha, {10.5}, price) == Found{{0, 2}}); // 1 + 2 + 3 + 1: one step down the inner choice
    CHECK(Path::find(alpha, {6}, price) == Found{{0, 1}});    // only the empty one
    CHECK(Path::find(alpha, {2}, price) == Found{{0, 1}});    // equality
    CHECK(Path::find(alpha, {1.75}, price).empty());
    // 1 + 9 + 1 = 11 is as likely as the inner step, -1, where the limit allows both: the cheaper stands.
    CHECK(Path::find(std::vector<double>{0, 1.5, 2, 0, 3}, {11}, price) == Found{{1, 2}});
    CHECK(Path::find(std::vector<double>{0, 1.5, 2, 0, 3}, {10.5}, price) == Found{{0, 2}});
}

TEST_CASE("likely path: without limits that bind, the largest alphas") {
    std::mt19937 engine(3);
    for (int round = 0; round < 50; ++round) {
        const auto alpha = random_eighths(engine, ChoiceShares<Chain>::size);
        const auto found = LikelyPath<Chain, 1>::find(alpha, {1e9}, [](int) { return std::array{1.0}; });
        REQUIRE(found.size() == 1);
        CHECK(log_likelihood<Chain>(found[0], alpha) == 0);
    }
}

TEST_CASE("likely path: large networks take no time") {
    std::mt19937 engine(5);
    std::normal_distribution<double> normal;
    std::vector<double> alpha(ChoiceShares<Vgg16Choices>::size);
    for (double& a : alpha)
        a = normal(engine);
    const auto full = full_widths<double>(plan<Vgg16Choices>);
    const auto price = [&](int row) {
        const bool counts = plan<Vgg16Choices>[row].has_weights();
        const std::span<const double> widths(full);
        return std::array{counts ? row_cost(Params, plan<Vgg16Choices>, row, widths) : 0,
                          counts ? row_cost(Ops, plan<Vgg16Choices>, row, widths) : 0};
    };
    const std::array limits{125e6, 9e9};
    const auto found = LikelyPath<Vgg16Choices, 2>::find(alpha, limits, price);
    REQUIRE(found.size() == 1);
    for (std::size_t l = 0; l < 2; ++l)
        CHECK(cost_along<Vgg16Choices>(found[0], [&](int row) { return price(row)[l]; }) <= limits[l]);
    CHECK(log_likelihood<Vgg16Choices>(found[0], alpha) < 0);
}
