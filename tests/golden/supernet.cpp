// SPDX-License-Identifier: Apache-2.0
// Choices against the numbers that PLiNIO gives (supernet.json, tolerances of its guide).
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include "core/golden.hpp"
#include "golden/golden_tensor.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

using namespace pliny;
using namespace pliny::test;
using namespace pliny::testing;
using nlohmann::json;

namespace {

struct Spec40
    : Network<Image<32, 64, 64>,
              Named<"conv1",
                    Choice<Conv2d<32, Kernel<3>, SamePadding>,
                           Sequential<Conv2d<32, Kernel<3>, SamePadding>, Conv2d<32, Kernel<3>, SamePadding>>,
                           Conv2d<32, Kernel<5>, SamePadding>, Identity>>> {};
struct Trio : Network<Image<4, 6, 6>,
                      Named<"block", Choice<Conv2d<4, Kernel<3>, SamePadding>, Conv2d<4>, Identity>>> {};
struct Single : Network<Image<4, 6, 6>, Named<"block", Choice<Conv2d<4, Kernel<3>, SamePadding>>>> {};
struct Tiny
    : Network<
          Image<2, 5, 5>,
          Sequential<
              Named<"b0", Choice<Conv2d<3, Kernel<3>, SamePadding>,
                                 Sequential<Conv2d<3>, ReLU, Conv2d<3, Kernel<3>, SamePadding, Depthwise>>>>,
              Named<"b1",
                    Choice<Identity, Conv2d<3, Kernel<5>, SamePadding>,
                           Sequential<Conv2d<3, Kernel<3>, SamePadding, Depthwise, NoBias>, Conv2d<3>>>>,
              Flatten, Named<"fc", Linear<3>>>> {};

std::vector<double> numbers(const json& value) {
    return (value.is_object() ? value["data"] : value).get<std::vector<double>>();
}
/// The numbers of all blocks, in the order of the choices.
template <class Net>
std::vector<double> by_choice(const json& blocks) {
    std::vector<double> flat;
    for (int row : plan<Net>.choices) {
        const std::vector<double> own = numbers(blocks.at(std::string(plan<Net>[row].path.view())));
        flat.insert(flat.end(), own.begin(), own.end());
    }
    REQUIRE(flat.size() == ChoiceShares<Net>::size);
    return flat;
}

void check_numbers(const std::vector<double>& found, const std::vector<double>& expected, double rtol,
                   double atol) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(std::abs(found[i] - expected[i]) <= rtol * std::abs(expected[i]) + atol);
    }
}
double largest_of(const std::vector<double>& values) {
    double largest = 0;
    for (double v : values)
        largest = std::max(largest, std::abs(v));
    return largest;
}

/// Value and gradient of a number of a case: as the reference has them where it has a gradient, else those of
/// the straight-through estimator.
template <class Net>
void check_value(const json& golden, double value, const std::vector<double>& gradient, double rtol,
                 double fixed = 0) {
    if (golden["value"].is_string()) { // the reference gives NaN for a choice of one
        CHECK(value == 0);
        CHECK(largest_of(gradient) == 0);
        return;
    }
    const double expected = golden["value"];
    CHECK(std::abs(value - fixed - expected) <= rtol * std::abs(expected));
    const char* key = golden["grad_alpha"].is_null() ? "straight_through_grad_alpha" : "grad_alpha";
    if (!golden.contains(key) || golden[key].is_null())
        return;
    const std::vector<double> wanted = by_choice<Net>(golden[key]);
    check_numbers(gradient, wanted, 1e-3, 1e-4 * largest_of(wanted) + 1e-12);
}

/// The model of a case, brought to the state that it was measured in without a forward.
template <class Net, class Sampling>
void check_case(const json& golden) {
    using T = ChoiceShares<Net>;
    using Search = SuperNet<Net, Cost<Params, Ops>, Sampling>;
    const std::string mode = golden["mode"];
    const double temperature = golden["temperature"];
    const std::vector<double> alpha = by_choice<Net>(golden["alpha"]);
    const bool noisy = golden.contains("gumbel_noise") && mode != "soft_eval";
    const std::vector<double> noise = noisy ? by_choice<Net>(golden["gumbel_noise"]) : std::vector<double>{};

    // Shares.
    const std::vector<double> soft = T::softmax(alpha, noise, temperature);
    std::vector<double> shares = soft;
    if (mode.starts_with("hard")) {
        const auto path = one_hot(plan<Net>, T::largest(soft));
        shares.assign(path.begin(), path.end());
    }
    check_numbers(shares, by_choice<Net>(golden["theta"]), 1e-5, 1e-12);

    // Costs: those of layers outside of the blocks count in the model always.
    Model<Search> model;
    {
        const at::NoGradGuard no_grad;
        model.alpha.copy_(at::tensor(alpha, at::kDouble));
        model.set_temperature(temperature);
        if constexpr (Sampling::noisy)
            if (noisy)
                model.named_buffers()["noise"].copy_(at::tensor(noise, at::kDouble));
    }
    model.train(!mode.ends_with("eval") || mode == "soft_eval");
    const bool full = golden["full_cost"];
    const auto check_cost = [&]<auto Metric>(const char* name) {
        CAPTURE(name);
        double fixed = 0;
        if (!full)
            for (const Row& row : plan<Net>.rows)
                if (row.has_weights() && row.alternative < 0)
                    fixed += static_cast<double>(
                        Metric(LayerCall<std::int64_t>{row.facts, row.in.channels(), row.out().channels()}));
        model.zero_grad();
        const at::Tensor cost = model.template cost_tensor<Metric>();
        cost.backward();
        CHECK(model.template cost<Metric>() == doctest::Approx(cost.template item<double>()).epsilon(1e-6));
        check_value<Net>(golden["values"][name], model.template cost<Metric>(),
                         pliny::detail::read(model.alpha.grad()), 1e-5, fixed);
    };
    check_cost.template operator()<Params>("params");
    check_cost.template operator()<Ops>("ops");

    // The inverse coefficient of variation.
    std::vector<double> by_theta(shares.size());
    const double icv = T::inverse_variation(shares, golden["icv_eps"], 1, by_theta);
    T::through_softmax(soft, temperature, by_theta);
    check_value<Net>(golden["values"]["icv"], icv, by_theta, 1e-4);

    // The path, and what it weighs.
    const auto chosen = model.chosen();
    for (std::size_t c = 0; c < chosen.size(); ++c)
        CHECK(chosen[c] ==
              golden["exported_branch"][std::string(plan<Net>[plan<Net>.choices[c]].path.view())]);
    CHECK(model.exported().template cost<Params>() == golden["exported_params"].get<double>());
}

/// With weights: outputs, gradients, and the exported network.
void check_weights(const json& golden) {
    Model<SuperNet<Tiny, Cost<Params>>> model;
    const auto parameters = model.named_parameters();
    std::size_t copied = 0;
    {
        const at::NoGradGuard no_grad;
        for (const auto& [name, values] : golden["weights"].items()) {
            std::string own = name;
            if (const auto at = own.find(".sn_branches"); at != std::string::npos)
                own.erase(at, 12);
            parameters[own].copy_(golden_tensor(values));
            ++copied;
        }
        model.alpha.copy_(at::tensor(by_choice<Tiny>(golden["alpha"]), at::kDouble));
        model.set_temperature(golden["temperature"]);
    }
    REQUIRE(copied + 1 == parameters.size());
    const at::Tensor x = golden_tensor(golden["x"]);
    const bool eval = golden["mode"] == "hard_eval";
    model.train(!eval);
    const at::Tensor y = model(x);
    CHECK(at::allclose(y, golden_tensor(golden["y"]), 1e-5, 1e-5));
    if (!golden["grad_alpha_of_output"].is_null()) {
        y.backward(golden_tensor(golden["upstream"]));
        const std::vector<double> wanted = by_choice<Tiny>(golden["grad_alpha_of_output"]);
        check_numbers(pliny::detail::read(model.alpha.grad()), wanted, 1e-3, 1e-4 * largest_of(wanted));
    }
    Exported<Tiny> found = model.exported();
    found.eval();
    CHECK(at::allclose(found(x), golden_tensor(golden["y_exported"]), 1e-5, 1e-5));
    model.eval();
    CHECK(difference(found(x), model(x)) <= 1e-6);
}

template <class Net>
void check_by_sampling(const json& golden) {
    const bool hard = golden["mode"].get<std::string>().starts_with("hard");
    const bool gumbel = golden["gumbel"] && golden["mode"] != "soft_eval";
    if (gumbel && hard)
        check_case<Net, HardGumbel>(golden);
    else if (gumbel)
        check_case<Net, Gumbel>(golden);
    else if (hard)
        check_case<Net, Hard>(golden);
    else
        check_case<Net, Softmax>(golden);
}

} // namespace

TEST_CASE("golden: SuperNet") {
    std::set<std::string> seen;
    for (const json& golden : pliny::test::golden_cases("supernet.json")) {
        const std::string name = golden["name"];
        CAPTURE(name);
        seen.insert(name.substr(0, name.find('/')));
        if (name.starts_with("spec_9_40"))
            check_by_sampling<Spec40>(golden);
        else if (name.starts_with("tiny"))
            check_by_sampling<Tiny>(golden);
        else if (name.starts_with("defect"))
            check_by_sampling<Single>(golden);
        else
            check_by_sampling<Trio>(golden);
        if (golden.contains("weights"))
            check_weights(golden);
    }
    CHECK(seen == std::set<std::string>{"defect", "spec_9_40", "spec_9_41", "tiny", "trio"});
}
