// SPDX-License-Identifier: Apache-2.0
// Settling where alternatives are chosen: properties over random alphas, against all paths.
#include "core/all_paths.hpp"
#include "static/choice_networks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

using namespace pliny;
using namespace pliny::test;

namespace {

/// The discrete network that alphas say, with the costs of its limits summed row by row along its path.
template <class Search>
struct PathState {
    using Space = typename Search::space;
    using Net = typename Search::network;
    using A = Alive<Space>;
    using T = ChoiceShares<Net>;
    using Limits = std::array<double, Search::limits.size()>;
    std::vector<double> choice_alpha, mask;
    std::array<double, Space::groups> widths;
    PathOf<Net> path;

    explicit PathState(const std::vector<double>& alphas)
        : choice_alpha(alphas.begin() + Space::first_choice_alpha, alphas.end()),
          mask(A::masks(std::span(alphas).first(Space::first_choice_alpha))),
          widths(A::widths(std::span<const double>(mask))),
          path(T::largest(std::span<const double>(choice_alpha))) {}

    static Limits costs(const PathOf<Net>& path, const std::array<double, Space::groups>& widths) {
        const auto indices =
            RegularizerTraits<typename Search::regularizer>::template cost_indices<typename Search::costs>;
        const auto all = [&]<auto... C>(Cost<C...>) {
            return std::array{cost_along<Net>(path, [&](int row) {
                return plan<Net>[row].has_weights()
                           ? row_cost(C, plan<Net>, row, std::span<const double>(widths))
                           : 0;
            })...};
        }
        (typename Search::costs{});
        Limits costs;
        for (std::size_t l = 0; l < costs.size(); ++l)
            costs[l] = all[static_cast<std::size_t>(indices[l])];
        return costs;
    }
    static bool within(const PathOf<Net>& path, const std::array<double, Space::groups>& widths) {
        const Limits sums = costs(path, widths);
        return std::equal(sums.begin(), sums.end(), Search::limits.begin(), std::less_equal<>{});
    }
    bool holds() const { return within(path, widths); }
    /// ... on the narrowest network of this path.
    bool could_hold() const { return within(path, Space::narrowest); }
    /// The alternatives that the path takes, -1 where a choice does not run.
    PathOf<Net> taken() const {
        auto taken = path;
        for (std::size_t c = 0; c < path.size(); ++c)
            if (!runs<Net>(plan<Net>.choices[c], path))
                taken[c] = -1;
        return taken;
    }
    /// Of alternative i of choice c.
    double likelihood(std::size_t c, int i) const {
        return choice_alpha[alternative_at<Net>(c, i)] - choice_alpha[alternative_at<Net>(c, path[c])];
    }
};

/// What holds of every search, whatever it searches. Returns how many choices were made anew.
template <class Search>
int check_settled(const std::vector<double>& start) {
    using Space = typename Search::space;
    using Net = typename Search::network;
    const PathState<Search> before(start);
    std::vector<double> alphas = start;
    const Settled settled = Settle<Search>::apply(alphas);
    const PathState<Search> after(alphas);
    CHECK(after.holds());

    // Each choice made anew is one alpha raised to the top; all others stay. None is, without need.
    int raised = 0, differ = 0;
    for (std::size_t c = 0; c < after.path.size(); ++c) {
        for (int i = 0; i < plan<Net>[plan<Net>.choices[c]].inputs; ++i) {
            const double now = after.choice_alpha[alternative_at<Net>(c, i)];
            const double then = before.choice_alpha[alternative_at<Net>(c, i)];
            raised += now != then;
            CHECK((now == then ||
                   (now > then && i == after.path[c] && runs<Net>(plan<Net>.choices[c], after.path))));
        }
        differ += after.path[c] != before.path[c];
    }
    CHECK(raised == settled.rechosen);
    CHECK(differ == settled.rechosen);
    if (before.could_hold() && Space::first_choice_alpha > 0)
        CHECK(settled.rechosen == 0);

    // In float32 the same is chosen, and nothing is left to do.
    std::vector<double> rounded = alphas;
    for (double& a : rounded)
        a = static_cast<float>(a);
    CHECK(PathState<Search>(rounded).path == after.path);
    CHECK(PathState<Search>(rounded).mask == after.mask);
    for (const std::vector<double>& settled_alphas : {alphas, rounded}) {
        std::vector<double> again = settled_alphas;
        const Settled second = Settle<Search>::apply(again);
        CHECK(second.removed + second.restored + second.rechosen == 0);
        CHECK(again == settled_alphas);
    }
    return settled.rechosen;
}

/// The likeliest paths that can meet the limits, by the sum of the differences of alphas; the largest alphas
/// where a choice does not run.
template <class Search>
auto likeliest_paths(const PathState<Search>& before) {
    using Net = typename Search::network;
    double best = -1e300;
    std::vector<PathOf<Net>> likeliest;
    for (PathOf<Net> path : all_paths<Net>()) {
        if (!PathState<Search>::within(path, Search::space::narrowest))
            continue;
        double sum = 0;
        for (std::size_t c = 0; c < path.size(); ++c)
            if (!runs<Net>(plan<Net>.choices[c], path))
                path[c] = before.path[c];
            else
                sum += before.likelihood(c, path[c]);
        if (sum > best + 1e-12) {
            best = sum;
            likeliest.clear();
        }
        if (sum > best - 1e-12)
            likeliest.push_back(path);
    }
    return likeliest;
}

/// SuperNet: random alphas far apart (most choices are decided) or in eighths (some are not).
template <class Search>
void check_super_net(int rounds) {
    using Net = typename Search::network;
    constexpr double undecided = -0.6931471805599453; // log(1/2): half the share may be taken instead
    std::mt19937 engine(11);
    int kept = 0, found = 0, used = 0;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        std::vector<double> start = random_eighths(engine, Search::space::alphas);
        for (double& a : start)
            a = round % 2 ? a : 9 * a + static_cast<double>(engine() % 97) * 1e-3;
        const PathState<Search> before(start);
        const int changes = check_settled<Search>(start);
        std::vector<double> alphas = start;
        Settle<Search>::apply(alphas);
        const PathState<Search> after(alphas);
        CHECK((before.holds() || changes > 0));

        // Measured from the path of the largest alphas, or else a likeliest one: nothing changes, or choices
        // that are not decided make the network larger.
        const auto amount = [&](const PathOf<Net>& path) {
            const auto costs = PathState<Search>::costs(path, Search::space::narrowest);
            double sum = 0;
            for (std::size_t l = 0; l < costs.size(); ++l)
                sum += costs[l] / Search::limits[l];
            return sum;
        };
        const auto explains = [&](const PathOf<Net>& from) {
            bool same = true;
            for (std::size_t c = 0; c < from.size(); ++c)
                if (after.path[c] != from[c] && runs<Net>(plan<Net>.choices[c], after.path)) {
                    same = false;
                    if (before.likelihood(c, after.path[c]) < before.likelihood(c, from[c]) + undecided)
                        return false;
                }
            used += !same;
            return same || amount(after.path) > amount(from);
        };
        const auto origins = before.holds() ? std::vector{before.path} : likeliest_paths<Search>(before);
        CHECK(std::any_of(origins.begin(), origins.end(), explains));
        kept += alphas == start;
        found += !before.holds();
        // Closely: no alternative that is as good as chosen makes the network larger within the limits.
        for (std::size_t c = 0; c < after.path.size(); ++c)
            for (int i = 0; i < plan<Net>[plan<Net>.choices[c]].inputs; ++i) {
                auto other = after.path;
                other[c] = i;
                if (after.likelihood(c, i) >= undecided && PathState<Search>::within(other, after.widths))
                    CHECK(amount(other) <= amount(after.path) * (1 + 1e-12));
            }
    }
    CHECK(kept > rounds / 20);
    CHECK(found > rounds / 20);
    CHECK(used > rounds / 50);
}

/// Pit<SuperNet>: widths as well.
template <class Search>
void check_both(int rounds) {
    using Space = typename Search::space;
    std::mt19937 engine(12);
    int rechosen = 0, kept = 0, removals = 0;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        std::vector<double> start = random_eighths(engine, Space::alphas);
        for (std::size_t a = 0; a < Space::first_choice_alpha; ++a)
            start[a] *= 0.1 * (round % 5); // more and fewer alive
        const PathState<Search> before(start);
        const int changes = check_settled<Search>(start);
        std::vector<double> alphas = start;
        const Settled settled = Settle<Search>::apply(alphas);
        const PathState<Search> after(alphas);
        CHECK((changes > 0) == !before.could_hold());
        const auto origins = before.could_hold() ? std::vector{before.path} : likeliest_paths<Search>(before);
        const auto same = [&](auto path) { // but for choices that do not run
            for (std::size_t c = 0; c < path.size(); ++c)
                if (after.taken()[c] < 0)
                    path[c] = -1;
            return path == after.taken();
        };
        CHECK(std::any_of(origins.begin(), origins.end(), same));
        double change = 0;
        for (std::size_t g = 0; g < Space::groups; ++g) {
            CAPTURE(g);
            change += after.widths[g] - before.widths[g];
            const double full = Space::graph.groups[g].width;
            CHECK(after.widths[g] <= full);
            if (after.widths[g] == full)
                continue;
            CHECK(after.widths[g] >= Space::multiple);
            auto wider = after.widths; // closely: not one step more
            wider[g] += Space::multiple;
            CHECK_FALSE(PathState<Search>::within(after.path, wider));
        }
        CHECK(change == settled.restored - settled.removed);
        if (changes == 0 && before.holds())
            CHECK(settled.removed == 0);
        for (std::size_t a = 0; a < Space::first_choice_alpha; ++a) {
            CHECK(std::signbit(alphas[a]) == std::signbit(start[a]));
            if (before.mask[a] == after.mask[a])
                CHECK(alphas[a] == start[a]);
        }
        rechosen += changes > 0;
        kept += changes == 0;
        removals += settled.removed > 0;
    }
    CHECK(rechosen > rounds / 20);
    CHECK(kept > rounds / 20);
    CHECK(removals > rounds / 20);
}

} // namespace

TEST_CASE("settle choices: SuperNet, one limit") {
    check_super_net<SuperNet<Nested, Cost<Params>, Duccio<Limit<5'300>>>>(200);
    check_super_net<SuperNet<Around, Cost<Params>, Duccio<Limit<870>>>>(200);
    check_super_net<SuperNet<Deepest, Cost<Params>, Duccio<Limit<60>>>>(200);
    check_super_net<SuperNet<Chain, Cost<Params>, Duccio<Limit<Percent<40>>>>>(200);
}
TEST_CASE("settle choices: SuperNet, several limits") {
    check_super_net<SuperNet<Chain, Duccio<Limit<Params, Percent<55>>, Limit<Ops, Percent<45>>>>>(200);
    check_super_net<SuperNet<Around, Duccio<Limit<Params, 890>, Limit<Ops, 8'000>>>>(200);
}
TEST_CASE("settle choices: Pit<SuperNet>") {
    check_both<Pit<SuperNet<Nested>, Cost<Params>, Duccio<Limit<658>>>>(200);
    check_both<Pit<SuperNet<Around>, Cost<Params>, Duccio<Limit<272>>>>(200);
    check_both<Pit<SuperNet<Chain>, Cost<Params>, Duccio<Limit<60>>>>(100);
}
TEST_CASE("settle choices: Pit<SuperNet> with multiples and several limits") {
    check_both<
        Pit<SuperNet<Chain>, Cost<Params, Ops>, Duccio<Limit<Params, 450>, Limit<Ops, 22'000>>, Multiple<4>>>(
        100);
}
