// SPDX-License-Identifier: Apache-2.0
// The program between alpha and what costs read: derivatives are finite differences, for every nesting; what
// counts alone costs what the found network does.
#include <pliny/core.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <random>
#include <vector>

using namespace pliny;

namespace {

// clang-format off
struct Plaited : Network<Image<2, 8, 8>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Choice<Conv2d<8, Kernel<3>, Padding<1>>,
           Sequential<Conv2d<4>, ReLU, Choice<Conv2d<8>, Conv2d<8, Kernel<3>, Padding<1>>>>,
           Identity>,
    ReLU, Conv2d<8, Kernel<3>, Padding<1>, Depthwise>, ReLU,
    Residual<Conv2d<8>>, ReLU, MaxPool2d<4>, Flatten, Linear<6>, ReLU, Linear<3>>> {};
struct Woven : Network<Image<2, 8, 8>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Concat<Conv2d<4>, Conv2d<8, Kernel<3>, Padding<1>>>, ReLU,
    Conv2d<6, Kernel<3>, Padding<1>, Groups<2>>, ReLU, Conv2d<5>, ReLU, MaxPool2d<8>, Flatten, Linear<3>>> {};
// clang-format on

template <class Search>
class Differences {
    using Program = Architecture<Search>;
    using State = typename Program::State;
    std::mt19937 generator{5};

    std::vector<double> random_alpha() {
        std::normal_distribution<double> number;
        std::vector<double> alpha(Program::alphas);
        for (double& a : alpha)
            a = number(generator);
        return alpha;
    }
    static std::unique_ptr<State> at(const std::vector<double>& alpha, double temperature) {
        auto now = std::make_unique<State>();
        Program::spread(std::span<const double>(alpha), now->number);
        now->temperature = temperature;
        Program::relax(*now);
        return now;
    }

public:
    template <auto Metric>
    void check() {
        double largest = 0;
        for (int setting = 0; setting < 10; ++setting) {
            const std::vector<double> alpha = random_alpha();
            const double temperature = setting % 2 ? 1 : 0.6;
            const auto now = at(alpha, temperature);
            auto slopes = std::make_unique<typename Program::Slopes>();
            const double value = Program::add_slopes(Metric, *now, *slopes, 2.5);
            CHECK(value == doctest::Approx(Program::cost(Metric, *now)).epsilon(1e-12));
            std::vector<double> found(Program::alphas);
            Program::through(*now, *slopes, found);
            constexpr double step = 1e-6;
            for (std::size_t a = 0; a < alpha.size(); ++a) {
                if (!Search::relaxed && a < Program::masks)
                    continue; // straight through a threshold: see below
                std::vector<double> more = alpha, less = alpha;
                more[a] += step;
                less[a] -= step;
                const double expected = 2.5 *
                                        (Program::cost(Metric, *at(more, temperature)) -
                                         Program::cost(Metric, *at(less, temperature))) /
                                        (2 * step);
                largest = std::max(largest, std::abs(expected));
                CHECK(found[a] == doctest::Approx(expected).epsilon(1e-5).scale(value));
            }
            // By a mask: the derivative at the channel as it is, times the sign of its alpha.
            if constexpr (!Search::relaxed)
                Program::AliveChannels::for_each_group(
                    std::span<const double>(now->mask), [&](std::size_t g, std::span<const double> group) {
                        const auto first = static_cast<std::size_t>(Search::space::analysis.offset[g]);
                        for (std::size_t c = 0; c + 1 < group.size(); ++c) {
                            auto wider = std::make_unique<State>(*now),
                                 narrower = std::make_unique<State>(*now);
                            wider->counted[first + c] += step, wider->widths[g] += step;
                            narrower->counted[first + c] -= step, narrower->widths[g] -= step;
                            const double sign = alpha[first + c] > 0 ? 1 : -1;
                            const double expected =
                                2.5 * sign *
                                (Program::cost(Metric, *wider) - Program::cost(Metric, *narrower)) /
                                (2 * step);
                            CHECK(found[first + c] == doctest::Approx(expected).epsilon(1e-5).scale(value));
                        }
                        CHECK(found[first + group.size() - 1] == 0);
                    });
        }
        CHECK((largest > 0 || (!Search::quantizes && !Search::chooses)));
    }
};

template <class Search, auto... Metrics>
void check_differences() {
    (Differences<Search>().template check<Metrics>(), ...);
}

/// What counts alone, against the assignment of the same numbers.
template <class Search, auto Metric>
void check_discrete() {
    using Program = Architecture<Search>;
    std::mt19937 generator(9);
    std::normal_distribution<double> number;
    for (int setting = 0; setting < 50; ++setting) {
        auto now = std::make_unique<typename Program::State>();
        for (double& each : now->number)
            each = number(generator);
        now->discrete = true;
        Program::relax(*now);
        const Assignment<Search> assignment(now->number);
        CHECK(Program::cost(Metric, *now) == doctest::Approx(assignment.cost(Metric)).epsilon(1e-12));
        CHECK(Program::cost(Metric, *now) <= Search::bounds[0].largest * (1 + 1e-12));
        CHECK(Program::cost(Metric, *now) >= Search::bounds[0].smallest * (1 - 1e-12));
    }
}

template <class Net>
using MixedBits = Mps<Net, PerChannel, Weights<0, 2, 8>, Activations<4, 8>, Cost<OpsBit>>;

} // namespace

TEST_CASE("architecture: derivatives of costs are finite differences") {
    check_differences<Pit<Woven, Cost<Params>, RelaxedCost>, Params, Ops>();
    check_differences<Pit<SuperNet<Plaited>, Cost<Params>>, Params, Ops>();
    check_differences<Pit<SuperNet<Plaited>, Cost<Params>, RelaxedCost>, Params, Ops>();
    check_differences<SuperNet<Plaited>, Params, Ops>();
    check_differences<MixedBits<Woven>, ParamsBit, OpsBit>();
    check_differences<Mps<Woven, KeepBatchNorm>, ParamsBit, OpsBit>();
    check_differences<MixedBits<Pit<Woven>>, ParamsBit, OpsBit>();
    check_differences<MixedBits<Pit<Woven, RelaxedCost>>, ParamsBit, OpsBit>();
    check_differences<Mps<Pit<Woven, RelaxedCost>, Exclude<"7">>, ParamsBit, OpsBit>();
    check_differences<MixedBits<SuperNet<Plaited>>, ParamsBit, OpsBit>();
    check_differences<Mps<SuperNet<Plaited>>, ParamsBit, MpicLatency>();
    check_differences<MixedBits<Pit<SuperNet<Plaited>>>, ParamsBit, OpsBit>();
    check_differences<Mps<Pit<SuperNet<Plaited>, RelaxedCost>, Exclude<"0">>, ParamsBit, OpsBit>();
    check_differences<Pit<NmSparse<2, 4, Woven>, Cost<Params>, RelaxedCost>, Params, Ops>();
    check_differences<Mps<Pit<SuperNet<NmSparse<2, 4, Plaited>>>>, ParamsBit, OpsBit>();
}

TEST_CASE("architecture: what counts alone costs what is found, within the bounds") {
    check_discrete<Pit<SuperNet<Plaited>, Cost<Params>>, Params>();
    check_discrete<MixedBits<Pit<Woven>>, OpsBit>();
    check_discrete<Mps<Pit<NmSparse<2, 4, Woven>>, PerChannel>, ParamsBit>();
    check_discrete<Mps<Pit<Woven>, Cost<OpsBit>>, OpsBit>();
    check_discrete<MixedBits<SuperNet<Plaited>>, OpsBit>();
    check_discrete<Mps<Pit<SuperNet<Plaited>>, Cost<OpsBit>>, OpsBit>();
}

namespace {

/// Settled, all limits hold, closely; once more, nothing changes.
template <class Search>
void check_settled(double closely) {
    using Program = Architecture<Search>;
    std::mt19937 generator(3);
    std::normal_distribution<double> number;
    int moved[5]{};
    for (int setting = 0; setting < 40; ++setting) {
        CAPTURE(setting);
        std::vector<double> numbers(Program::numbers);
        for (double& each : numbers)
            each = number(generator);
        for (std::size_t a = 0; a < Program::masks; ++a) // mostly alive, or mostly dead
            numbers[a] = setting % 2 ? 0.4 + 0.3 * numbers[a] : 0.6 + 0.3 * numbers[a];
        const Settled settled = Settle<Search>::apply(numbers);
        moved[0] += settled.removed, moved[1] += settled.restored, moved[2] += settled.rechosen;
        moved[3] += settled.lowered, moved[4] += settled.raised;
        const Assignment<Search> found(numbers);
        CHECK(found.meets_limits());
        double used = 0;
        for (std::size_t l = 0; l < Search::limits.size(); ++l)
            used = std::max(used, found.costs()[l] / Search::limits[l]);
        CHECK(used >= closely);
        std::vector<double> again = numbers;
        const Settled second = Settle<Search>::apply(again);
        CHECK(second.removed + second.restored + second.rechosen + second.lowered + second.raised == 0);
        CHECK(again == numbers);
        for (double& each : again) // in float32 the same is decided
            each = static_cast<float>(each);
        const Assignment<Search> rounded(again);
        CHECK(rounded.mask == found.mask);
        CHECK(rounded.path == found.path);
        CHECK(rounded.chosen == found.chosen);
    }
    CHECK((moved[0] > 0) == Search::prunes);
    CHECK((moved[1] > 0) == Search::prunes);
    CHECK((moved[3] > 0) == Search::quantizes);
    CHECK((moved[4] > 0) == Search::quantizes);
}

} // namespace

TEST_CASE("settle: widths, paths and bits at once") {
    using Half = Duccio<Limit<Percent<50>>>;
    using Third = Duccio<Limit<Percent<33>>>;
    using Tenth = Duccio<Limit<Percent<10>>>;
    check_settled<Mps<Pit<Woven>, PerChannel, Half>>(0.9);
    check_settled<Mps<Pit<Woven>, Tenth>>(0.8);
    check_settled<Mps<SuperNet<Plaited>, PerChannel, Third>>(0.9);
    check_settled<Mps<SuperNet<Plaited>, Third>>(0.4);
    check_settled<Mps<Pit<SuperNet<Plaited>>, PerChannel, Duccio<Limit<Percent<5>>>>>(0.8);
    check_settled<Mps<Pit<SuperNet<Plaited>>, Cost<ParamsBit, OpsBit>,
                      Duccio<Limit<ParamsBit, Percent<20>>, Limit<OpsBit, Percent<10>>>>>(0.6);
}
