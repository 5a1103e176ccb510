// SPDX-License-Identifier: Apache-2.0
// The relaxed cost of networks with choices: the mean over all paths, and its derivatives.
#include "core/all_paths.hpp"
#include "static/choice_networks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

using namespace pliny;
using namespace pliny::test;

namespace {

using Numbers = std::span<const double>;

std::vector<double> random_alpha(std::mt19937& engine, std::size_t size) {
    std::normal_distribution<double> normal;
    std::vector<double> alpha(size);
    for (double& a : alpha)
        a = normal(engine);
    return alpha;
}

template <class Net>
auto random_widths(std::mt19937& engine) {
    auto widths = full_widths<double>(plan<Net>);
    for (double& width : widths)
        width *= std::uniform_real_distribution<double>(0.1, 1)(engine);
    return widths;
}

/// Over all paths, the sum of how likely a path is times what it costs: the product, over the choices that
/// run, of the share of the alternative taken.
template <class Net, class C>
double mean_over_paths(const C& cost, Numbers widths, Numbers thetas) {
    double mean = 0;
    for (const auto& path : all_paths<Net>()) {
        double likelihood = 1;
        for (std::size_t c = 0; c < path.size(); ++c)
            if (runs<Net>(plan<Net>.choices[c], path))
                likelihood *= thetas[alternative_at<Net>(c, path[c])];
        mean += likelihood * cost_along<Net>(path, [&](int row) {
                    return plan<Net>[row].has_weights() ? row_cost(cost, plan<Net>, row, widths) : 0;
                });
    }
    return mean;
}

template <class Net>
void check_mean(int rounds) {
    std::mt19937 engine(21);
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        const auto widths = random_widths<Net>(engine);
        const auto theta = ChoiceShares<Net>::softmax(random_alpha(engine, ChoiceShares<Net>::size), {}, 0.7);
        const double params = total_cost(Params, plan<Net>, Numbers(widths), Numbers(theta));
        const double ops = total_cost(Ops, plan<Net>, Numbers(widths), Numbers(theta));
        CHECK(params == doctest::Approx(mean_over_paths<Net>(Params, widths, theta)).epsilon(1e-12));
        CHECK(ops == doctest::Approx(mean_over_paths<Net>(Ops, widths, theta)).epsilon(1e-12));
    }
}

/// One path as shares is that path, in whole numbers, too.
template <class Net>
void check_one_hot() {
    const auto widths = full_widths<double>(plan<Net>);
    const auto whole = full_widths<std::int64_t>(plan<Net>);
    for (const auto& path : all_paths<Net>()) {
        const auto thetas = one_hot(plan<Net>, path);
        const double expected = cost_along<Net>(path, [&](int row) {
            return plan<Net>[row].has_weights() ? row_cost(Ops, plan<Net>, row, Numbers(widths)) : 0;
        });
        CHECK(total_cost(Ops, plan<Net>, Numbers(widths), Numbers(thetas)) == expected);
        CHECK(static_cast<double>(total_cost(Ops, plan<Net>, std::span<const std::int64_t>(whole),
                                             Numbers(thetas))) == expected);
        const auto running = running_alternatives(plan<Net>, path);
        for (int row = 1; row < plan<Net>.size(); ++row) {
            const int a = plan<Net>[row].alternative;
            CHECK((a < 0 || running[static_cast<std::size_t>(a)]) == runs<Net>(row, path));
            CHECK(reach(plan<Net>, row, thetas) == (runs<Net>(row, path) ? 1 : 0));
        }
    }
}

template <class Net>
void check_gradient(int rounds) {
    std::mt19937 engine(22);
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        auto widths = random_widths<Net>(engine);
        auto theta = ChoiceShares<Net>::softmax(random_alpha(engine, ChoiceShares<Net>::size), {}, 1);
        const auto cost = [&] { return total_cost(Ops, plan<Net>, Numbers(widths), Numbers(theta)); };
        std::vector<double> by_width(widths.size()), by_theta(theta.size());
        const double value =
            cost_gradient(Ops, plan<Net>, Numbers(widths), std::span(by_width), theta, std::span(by_theta));
        CHECK(value == doctest::Approx(cost()).epsilon(1e-13));
        std::vector<double> only_widths(widths.size()); // without the derivatives by shares
        CHECK(cost_gradient(Ops, plan<Net>, Numbers(widths), std::span(only_widths), theta) == value);
        CHECK(only_widths == by_width);
        const auto difference =
            [&](double& at) { // the cost is a quadratic in each number: exact but for rounding
                const double h = 1e-2, middle = at;
                at = middle + h;
                const double more = cost();
                at = middle - h;
                const double less = cost();
                at = middle;
                return (more - less) / (2 * h);
            };
        for (std::size_t g = 0; g < widths.size(); ++g)
            CHECK(by_width[g] == doctest::Approx(difference(widths[g])).epsilon(1e-8));
        for (std::size_t a = 0; a < theta.size(); ++a)
            CHECK(by_theta[a] == doctest::Approx(difference(theta[a])).epsilon(1e-8));
    }
}

} // namespace

TEST_CASE("choices: the relaxed cost is the mean over all paths") {
    check_mean<Nested>(20);
    check_mean<Around>(20);
    check_mean<Deepest>(20);
    check_mean<Chain>(10);
}
TEST_CASE("choices: one path") {
    check_one_hot<Nested>();
    check_one_hot<Around>();
    check_one_hot<Deepest>();
    check_one_hot<Chain>();
}
TEST_CASE("choices: derivatives of the relaxed cost against central differences") {
    check_gradient<Nested>(5);
    check_gradient<Around>(5);
    check_gradient<Deepest>(5);
    check_gradient<Chain>(5);
    check_gradient<ResNet8ChoicesAt28>(2);
}

TEST_CASE("choices: derivatives by alpha, through softmax") {
    using T = ChoiceShares<Nested>;
    std::mt19937 engine(23);
    const std::vector<double> alpha = random_alpha(engine, T::size), noise = random_alpha(engine, T::size);
    const auto widths = full_widths<double>(plan<Nested>);
    constexpr double temperature = 0.6;
    const auto cost = [&](const std::vector<double>& at) {
        return total_cost(Params, plan<Nested>, Numbers(widths), Numbers(T::softmax(at, noise, temperature)));
    };
    const auto theta = T::softmax(alpha, noise, temperature);
    std::vector<double> by_width(widths.size()), gradient(T::size);
    cost_gradient(Params, plan<Nested>, Numbers(widths), std::span(by_width), theta, std::span(gradient));
    T::through_softmax(theta, temperature, gradient);
    for (std::size_t a = 0; a < alpha.size(); ++a) {
        auto more = alpha, less = alpha;
        more[a] += 1e-5;
        less[a] -= 1e-5;
        CHECK(gradient[a] == doctest::Approx((cost(more) - cost(less)) / 2e-5).epsilon(1e-7));
    }
}

TEST_CASE("choices: extremes and number of paths against all of them") {
    std::mt19937 engine(24);
    const auto check = [&]<class Net>(std::type_identity<Net>) {
        const auto paths = all_paths<Net>();
        CHECK(path_count(plan<Net>) == static_cast<double>(paths.size()));
        for (int round = 0; round < 50; ++round) {
            std::vector<double> prices(static_cast<std::size_t>(plan<Net>.size()));
            for (double& price : prices)
                price = static_cast<double>(engine() % 9);
            const auto price = [&](int row) { return prices[static_cast<std::size_t>(row)]; };
            double least = 1e300, largest = -1;
            for (const auto& path : paths) {
                least = std::min(least, cost_along<Net>(path, price));
                largest = std::max(largest, cost_along<Net>(path, price));
            }
            const auto found = path_extremes(plan<Net>, price);
            CHECK(found.least == least);
            CHECK(found.largest == largest);
            CHECK(cost_along<Net>(found.least_path, price) == least);
            CHECK(cost_along<Net>(found.largest_path, price) == largest);
        }
    };
    check(std::type_identity<Nested>{});
    check(std::type_identity<Around>{});
    check(std::type_identity<Deepest>{});
    check(std::type_identity<Chain>{});
}
