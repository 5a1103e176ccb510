// SPDX-License-Identifier: Apache-2.0
// Real numbers in types, dual numbers, costs as concepts, the arithmetic of DUCCIO.
#include <pliny/core.hpp>

using namespace pliny;

static_assert(Real(0.1).digits == 1 && Real(0.1).places == 1 && Real(0.1).value() == 0.1);
static_assert(Real(1e-5).digits == 1 && Real(1e-5).places == 5 && Real(1e-5).value() == 1e-5);
static_assert(Real(-2.25).digits == -225 && Real(-2.25).value() == -2.25);
static_assert(Real(25).digits == 25 && Real(25).places == 0 && Real(25.0).digits == 25);
static_assert(Real(0.3).value() == 0.3 && Real(1.0 / 1024).value() == 1.0 / 1024 && Real(0.0).digits == 0);

constexpr Dual x = Dual::in(3), y = Dual::out(5);
static_assert((x + y).value == 8 && (x + y).by_in == 1 && (x + y).by_out == 1);
static_assert((x - y).value == -2 && (x - y).by_in == 1 && (x - y).by_out == -1);
static_assert((x * y).value == 15 && (x * y).by_in == 5 && (x * y).by_out == 3);
static_assert((y / x).value == 5.0 / 3 && (Dual(6) / Dual::in(2)).by_in == -1.5);
static_assert((x * x * y).by_in == 30 && (2 * x + 1).by_in == 2 && (x * 4).by_out == 0);
static_assert((Dual::out(6) / Dual::in(2)).by_out == 0.5 && (Dual::out(6) / Dual::in(2)).by_in == -1.5);

// A cost of one's own.
struct FileBytes {
    static constexpr std::string_view name = "file_bytes";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return call.weights() * 4 + call.biases() * 4;
    }
};
struct Nameless {
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return call.weights();
    }
};
struct IntegersOnly {
    static constexpr std::string_view name = "integers_only";
    constexpr std::int64_t operator()(const LayerCall<std::int64_t>& call) const { return call.weights(); }
};
struct NotDifferentiable {
    static constexpr std::string_view name = "not_differentiable";
    template <class Number>
    constexpr double operator()(const LayerCall<Number>&) const {
        return 1;
    }
};
static_assert(LayerCost<decltype(Params)> && LayerCost<decltype(OpsNoBias)> && LayerCost<FileBytes>);
static_assert(!LayerCost<Nameless> && !LayerCost<IntegersOnly> && !LayerCost<NotDifferentiable>);
static_assert(!LayerCost<int> && !LayerCost<Percentage> && !LayerCost<ReLU>);
static_assert(cost_of<Cnn, FileBytes{}> == 4 * 421'642);
static_assert(cost_index<Ops, Cost<Params, Ops>> == 1 &&
              cost_index<FileBytes{}, Cost<Params, FileBytes{}>> == 1);
static_assert(cost_index<OpsNoBias, Cost<Params, Ops>> == -1 && Cost<Params, Ops>::size == 2);
static_assert(same_cost<cost_at<1, Cost<Params, Ops>>, Ops> && !same_cost<Params, Ops>);

// Limits: amounts, and the cost that each bounds.
template <class Type>
using TermsOf = RegularizerTerms<typename Type::terms>;
static_assert(Limit<Percent<25>>::amount_of(421'642) == 105'410.5 &&
              Limit<100'000>::amount_of(421'642) == 1e5);
static_assert(Limit<Ops, Percent<2.5>>::amount_of(1000) == 25);
static_assert(Limit<100>::index_in<Cost<Ops>>() == 0 && Limit<100>::index_in<Cost<Params, Ops>>() == -1);
static_assert(Limit<Ops, 100>::index_in<Cost<Params, Ops>>() == 1 &&
              Limit<Ops, 100>::index_in<Cost<Params>>() == -1);
static_assert(Strength<0.5>::index_in<Cost<Ops>>() == 0 &&
              Strength<0.5>::index_in<Cost<Params, Ops>>() == -1);
static_assert(Strength<0.5, Ops>::index_in<Cost<Params, Ops>>() == 1 && Strength<0.5>::weight == 0.5);

static_assert(Duccio<Limit<100>>::gain == 4 && Duccio<Gain<0.5>, Limit<100>>::gain == 0.5);
static_assert(TermsOf<Duccio<Limit<Params, 1>, Gain<2>, Limit<Ops, 2>>>::limits == 2);
static_assert(TermsOf<Duccio<Limit<Ops, 1>, Limit<Params, 2>>>::limit_indices<Cost<Params, Ops>>() ==
              std::array{1, 0});

// DUCCIO: strength x ramp x max(0, cost - limit).
static_assert(DuccioTerm::ramp(0, 20) == 0.01 && DuccioTerm::ramp(5, 20) == 0.505);
static_assert(DuccioTerm::ramp(10, 20) == 1 && DuccioTerm::ramp(20, 20) == 1 && DuccioTerm::ramp(1, 1) == 1);
constexpr DuccioTerm ten{.limit = 10, .gain = 1, .strength = 10};
static_assert(ten.value(15, 1) == 50 && ten.value(15, 0.5) == 25 && ten.value(10, 1) == 0 &&
              ten.value(5, 1) == 0);
static_assert(ten.slope(15, 0.5) == 5 && ten.slope(10, 1) == 0 && ten.slope(5, 1) == 0);
constexpr auto armed = [](double limit, double gain, double cost, double task_loss) {
    DuccioTerm term{.limit = limit, .gain = gain};
    term.arm(cost, task_loss);
    return term;
};
static_assert(armed(100, 4, 350, 2.5).strength == 0.04 && armed(100, 4, 350, 2.5).value(350, 1) == 10);
static_assert(armed(100, 1, 100, 2).strength == 0 && armed(100, 1, 80, 2).strength == 0);
static_assert(armed(1000, 1, 1001, 2).strength == 0.2); // the excess counts as 1 % of the limit at least
static_assert([] {                                      // fixed once
    DuccioTerm term = armed(100, 1, 350, 2.5);
    term.arm(101, 50);
    return term.strength;
}() == 0.01);
