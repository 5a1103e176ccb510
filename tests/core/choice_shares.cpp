// SPDX-License-Identifier: Apache-2.0
// The arithmetic of shares, against definitions and central differences.
#include "core/all_paths.hpp"
#include "core/differences.hpp"
#include "static/choice_networks.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

using namespace pliny;
using test::check_numbers;
using test::differences;
using test::Nested; // alternatives 0 and 1 of the inner choice, 2 to 4 of the outer one
using Shares = ChoiceShares<Nested>;

namespace {

std::vector<double> random_numbers(int seed) {
    std::mt19937 engine(static_cast<unsigned>(seed));
    std::normal_distribution<double> normal(0, 1.5);
    std::vector<double> numbers(Shares::size);
    for (double& number : numbers)
        number = normal(engine);
    return numbers;
}

} // namespace

TEST_CASE("choices: softmax, choice by choice") {
    const std::vector<double> alpha{std::log(1.0), std::log(3.0), std::log(2.0), std::log(1.0),
                                    std::log(5.0)};
    check_numbers(Shares::softmax(alpha, {}, 1), {0.25, 0.75, 0.25, 0.125, 0.625});
    // At temperature 1/2 the weights are squared.
    check_numbers(Shares::softmax(alpha, {}, 0.5), {0.1, 0.9, 4 / 30.0, 1 / 30.0, 25 / 30.0});
    check_numbers(Shares::softmax(alpha, {}, 1e9), {0.5, 0.5, 1 / 3.0, 1 / 3.0, 1 / 3.0}, 1e-8);
    CHECK(Shares::softmax(alpha, {}, 1e-3) == std::vector<double>{0, 1, 0, 0, 1});
    // Noise is added before the division by the temperature.
    const std::vector<double> noise{std::log(9.0), std::log(3.0), 0, std::log(2.0), -std::log(5.0)};
    check_numbers(Shares::softmax(alpha, noise, 1), {0.5, 0.5, 0.4, 0.4, 0.2});
    check_numbers(Shares::softmax(alpha, noise, 0.5), {0.5, 0.5, 4 / 9.0, 4 / 9.0, 1 / 9.0});
    // The noise of one choice is none of the other's business.
    const std::vector<double> one_sided{0, 0, 7, 7, 7};
    check_numbers(Shares::softmax(alpha, one_sided, 1), {0.25, 0.75, 0.25, 0.125, 0.625});
}

TEST_CASE("choices: softmax of large numbers, without alternatives, with one") {
    check_numbers(Shares::softmax(std::vector<double>{1e4, 1e4, -1e4, -1e4 + std::log(3.0), -2e4}, {}, 1),
                  {0.5, 0.5, 0.25, 0.75, 0}, 1e-9);
    check_numbers(Shares::softmax(std::vector<double>{1e300, -1e300, 1e300, 1e300, 0}, {}, 0.1),
                  {1, 0, 0.5, 0.5, 0});
    struct Sole : Network<Features<4>, Choice<Linear<3>>> {};
    CHECK(ChoiceShares<Sole>::softmax(std::vector<double>{-7}, {}, 0.1) == std::vector<double>{1});
    CHECK(ChoiceShares<Cnn>::softmax({}, {}, 1).empty());
    CHECK(ChoiceShares<Cnn>::largest({}).empty());
    for (int seed = 0; seed < 50; ++seed) {
        const auto theta = Shares::softmax(random_numbers(seed), random_numbers(seed + 100), 0.3);
        CHECK(theta[0] + theta[1] == doctest::Approx(1).epsilon(1e-14));
        CHECK(theta[2] + theta[3] + theta[4] == doctest::Approx(1).epsilon(1e-14));
    }
}

TEST_CASE("choices: the largest, and the first of equals") {
    CHECK(Shares::largest(std::vector<double>{1, 2, 3, 5, 4}) == std::array{1, 1});
    CHECK(Shares::largest(std::vector<double>{2, 2, -1, -1, -1}) == std::array{0, 0});
    CHECK(Shares::largest(std::vector<double>{-2, -2.5, 0, 7, 7}) == std::array{0, 1});
    CHECK(Shares::largest(std::vector<double>{0, 1e-300, 0, 0, 1e-300}) == std::array{1, 2});
}

TEST_CASE("choices: gradient through softmax") {
    for (int seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        const std::vector<double> alpha = random_numbers(seed), noise = random_numbers(seed + 50),
                                  upstream = random_numbers(seed + 100);
        for (double temperature : {0.4, 1.0, 5.0}) {
            const auto value = [&](const std::vector<double>& at) {
                const auto theta = Shares::softmax(at, noise, temperature);
                return std::inner_product(theta.begin(), theta.end(), upstream.begin(), 0.0);
            };
            std::vector<double> gradient = upstream;
            Shares::through_softmax(Shares::softmax(alpha, noise, temperature), temperature, gradient);
            check_numbers(gradient, differences(alpha, value), 1e-7);
            // Alphas of a choice that move together change nothing.
            CHECK(gradient[0] + gradient[1] == doctest::Approx(0).scale(1));
            CHECK(gradient[2] + gradient[3] + gradient[4] == doctest::Approx(0).scale(1));
        }
    }
    std::vector<double> gradient{1, 5, 2, 2, 2};
    Shares::through_softmax(std::vector<double>{0.25, 0.75, 0.5, 0.25, 0.25}, 2, gradient);
    check_numbers(gradient, {0.125 * (1 - 4), 0.375 * (5 - 4), 0, 0, 0});
}

TEST_CASE("choices: entropy and its derivatives") {
    std::vector<double> nothing(Shares::size);
    const double certain = Shares::entropy(std::vector<double>{1, 0, 0, 1, 0}, 0, nothing);
    CHECK(certain == 0);
    CHECK(Shares::entropy(std::vector<double>{0.5, 0.5, 1, 0, 0}, 0, nothing) ==
          doctest::Approx(std::log(2)).epsilon(1e-14));
    CHECK(Shares::entropy(std::vector<double>{0.5, 0.5, 1 / 3.0, 1 / 3.0, 1 / 3.0}, 0, nothing) ==
          doctest::Approx(std::log(2) + std::log(3)).epsilon(1e-14));
    CHECK(nothing == std::vector<double>(Shares::size));
    for (int seed = 0; seed < 20; ++seed) {
        const auto theta = Shares::softmax(random_numbers(seed), {}, 1);
        const auto value = [](const std::vector<double>& at) {
            std::vector<double> unused(at.size());
            return Shares::entropy(at, 1, unused);
        };
        std::vector<double> gradient{100, 0, 0, 0, 0}; // they are added
        Shares::entropy(theta, 0.5, gradient);
        auto expected = differences(theta, value, 1e-7);
        for (double& slope : expected)
            slope /= 2;
        expected[0] += 100;
        check_numbers(gradient, expected, 1e-6);
    }
    // A share of 0 has no slope rather than an infinite one.
    std::vector<double> gradient(Shares::size);
    Shares::entropy(std::vector<double>{0, 1, 0, 0, 1}, 1, gradient);
    check_numbers(gradient, {0, -1, 0, 0, -1});
}

TEST_CASE("choices: inverse variation and its derivatives") {
    std::vector<double> nothing(Shares::size);
    // Inner: mean 1/2, variance (1/16 + 1/16) / 1; outer: mean 1/3, variance of 1/2, 1/4, 1/4 is 1/48.
    const std::vector<double> theta{0.25, 0.75, 0.5, 0.25, 0.25};
    CHECK(Shares::inverse_variation(theta, 1e-3, 0, nothing) ==
          doctest::Approx(0.25 / (0.125 + 1e-3) + 1 / 9.0 / (1 / 48.0 + 1e-3)).epsilon(1e-13));
    // Equal shares have no variance: mean^2 / epsilon, and no slope but that of the mean.
    std::vector<double> flat(Shares::size);
    CHECK(Shares::inverse_variation(std::vector<double>(Shares::size, 0.5), 0.01, 1, flat) ==
          doctest::Approx(50).epsilon(1e-13));
    check_numbers(flat, {50, 50, 100 / 3.0, 100 / 3.0, 100 / 3.0}, 1e-13);
    for (int seed = 0; seed < 20; ++seed) {
        for (double epsilon : {1e-3, 0.5}) {
            const auto at = Shares::softmax(random_numbers(seed), {}, 1);
            const auto value = [&](const std::vector<double>& shares) {
                std::vector<double> unused(shares.size());
                return 0.25 * Shares::inverse_variation(shares, epsilon, 1, unused);
            };
            std::vector<double> gradient(Shares::size);
            Shares::inverse_variation(at, epsilon, 0.25, gradient);
            check_numbers(gradient, differences(at, value, 1e-6), 1e-5);
        }
    }
    // A choice with one alternative adds nothing.
    struct Sole : Network<Features<4>, Sequential<Choice<Linear<3>>, Choice<Linear<3>, ReLU>>> {};
    std::vector<double> gradient(3);
    CHECK(ChoiceShares<Sole>::inverse_variation(std::vector<double>{1, 0.25, 0.75}, 1e-3, 1, gradient) ==
          doctest::Approx(0.25 / 0.126).epsilon(1e-13));
    CHECK(gradient[0] == 0);
    CHECK(gradient[1] != 0);
}
