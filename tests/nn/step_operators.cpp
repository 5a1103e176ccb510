// SPDX-License-Identifier: Apache-2.0
// What a training step of a search asks of LibTorch between alpha and the tensors: no number is read back and
// nothing is copied or converted.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/tensors.hpp"

#include <ATen/record_function.h>
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>

using namespace pliny;
using namespace pliny::testing;

namespace {

std::map<std::string, int> operators_seen;

std::unique_ptr<at::ObserverContext> see_operator(const at::RecordFunction& function) {
    ++operators_seen[function.name()];
    return nullptr;
}

/// How often each operator runs in a training step, after the first ones.
template <class ModelType, class Penalty>
std::map<std::string, int> operators_of_step(ModelType& model, const at::Tensor& x, const Penalty& penalty) {
    const auto step = [&] {
        const at::Tensor loss = model(x).square().mean();
        (loss + penalty(loss)).backward();
    };
    model.train();
    for (int warm_up = 0; warm_up < 2; ++warm_up) {
        step();
        model.zero_grad();
    }
    operators_seen.clear();
    const auto handle = at::addThreadLocalCallback(
        at::RecordFunctionCallback(see_operator).scopes({at::RecordScope::FUNCTION}));
    step();
    at::removeCallback(handle);
    return operators_seen;
}

constexpr const char* reads_and_copies[] = {
    "aten::item", "aten::_local_scalar_dense", "aten::to", "aten::_to_copy", "aten::copy_", "aten::clone"};

/// Those beyond what a step of the network alone takes, in words.
template <class Search, class Plain>
std::string beyond(Plain& plain) {
    using Net = typename Search::network;
    Model<Search> model;
    const at::Tensor x = random_batch(plan<Net>[0].out(), 4);
    auto found =
        operators_of_step(model, x, [&](const at::Tensor& task) { return model.penalty(task, 1, 2); });
    auto own = operators_of_step(plain, x, [](const at::Tensor& task) { return task * 0; });
    REQUIRE(own["aten::mean"] > 0);
    REQUIRE(found["aten::mean"] > 0);
    std::string text;
    for (const char* name : reads_and_copies)
        if (found[name] > own[name])
            text += joined(name, " ", found[name] - own[name], "; ");
    return text;
}

// clang-format off
struct Straight : Network<Image<2, 8, 8>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, Conv2d<8>, BatchNorm2d, ReLU, MaxPool2d<4>, Flatten,
    Linear<3>>> {};
struct Forked : Network<Image<2, 8, 8>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Choice<Conv2d<8, Kernel<3>, Padding<1>>, Sequential<Conv2d<4>, ReLU, Conv2d<8>>>, BatchNorm2d, ReLU,
    MaxPool2d<4>, Flatten, Linear<3>>> {};
// clang-format on
using Half = Duccio<Limit<Percent<50>>>;
} // namespace

TEST_CASE("a step reads no number of alpha back and copies none") {
    Model<Straight> straight;
    CHECK(beyond<Pit<Straight, Cost<Params>, Half>>(straight) == "");
    CHECK(beyond<Mps<Straight, Half>>(straight) == "");
    CHECK(beyond<Mps<Straight, PerChannel, Weights<0, 2, 8>, Half>>(straight) == "");
    CHECK(beyond<Mps<Pit<Straight>, Half>>(straight) == "");
    Exported<Forked> forked(PathOf<Forked>{0});
    CHECK(beyond<SuperNet<Forked, Cost<Params>, Half>>(forked) == "");
    CHECK(beyond<Pit<SuperNet<Forked>, Cost<Params>, Half>>(forked) == "");
    CHECK(beyond<Mps<Pit<SuperNet<Forked>>, Half>>(forked) == "");
}
