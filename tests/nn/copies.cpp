// SPDX-License-Identifier: Apache-2.0
// Copies of models: equal in all that they compute and learn, and independent.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include <support/tensors.hpp>

#include <torch/nn/cloneable.h>

#include <doctest/doctest.h>

#include <type_traits>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Plain : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>>, BatchNorm2d, ReLU,
                                                  Conv2d<5, Kernel<3>>, ReLU, Dropout, Flatten, Linear<3>>> {
};
struct Choosing
    : Network<Image<2, 6, 6>, Sequential<Conv2d<4, Kernel<3>, Padding<1>>,
                                         Choice<Conv2d<4, Kernel<3>, Padding<1>>, Conv2d<4>, Identity>,
                                         BatchNorm2d, ReLU, Flatten, Linear<3>>> {};

using Widths = Pit<Plain, Cost<Params>, Duccio<Limit<Percent<40>>>>;
using Layers =
    SuperNet<Choosing, Cost<Params>, Duccio<Limit<Percent<90>>>, Gumbel, Temperature<2, 0.5>, Entropy<0.1>>;
using Paths = SuperNet<Choosing, Cost<Params>, SinglePath>;
using Both = Pit<SuperNet<Choosing>, Cost<Params>, Duccio<Limit<Percent<40>>>>;
using Bits = Mps<Plain, Weights<0, 2, 8>, Activations<4, 8>, PerChannel, Cost<ParamsBit>,
                 Duccio<Limit<Percent<20>>>, HardGumbel, Temperature<1, 0.5>>;
using Learned = Mps<Plain, Weights<0, 2, 8>, PerChannel, KeepBatchNorm, LearnedSteps, SharedClip>;

at::Tensor inputs() {
    at::manual_seed(7);
    return at::randn({4, 2, 6, 6});
}

/// All that a model says of itself.
template <class M>
std::vector<at::Tensor> state_of(const M& model) {
    std::vector<at::Tensor> all;
    for (const auto& list : {model.named_parameters(), model.named_buffers()})
        for (const auto& item : list)
            all.push_back(item.value().detach().clone());
    return all;
}
bool equal(const std::vector<at::Tensor>& found, const std::vector<at::Tensor>& expected) {
    bool same = found.size() == expected.size();
    for (std::size_t i = 0; same && i < found.size(); ++i)
        same = at::equal(found[i], expected[i]) && found[i].dtype() == expected[i].dtype();
    return same;
}
template <class M>
std::vector<std::string> names_of(const M& model) {
    std::vector<std::string> names = model.named_buffers().keys();
    for (const auto& item : model.named_parameters())
        names.push_back(item.key() + (item.value().requires_grad() ? "" : " fixed"));
    return names;
}

/// A step of training; what all parameters are then, and the loss.
template <class M>
std::vector<at::Tensor> trained(M& model) {
    const at::Tensor x = inputs();
    at::manual_seed(3);
    model.zero_grad();
    at::Tensor loss = model(x).square().mean();
    if constexpr (requires { model.penalty(loss, 1.5, 4); })
        loss = loss + model.penalty(loss, 1.5, 4);
    loss.backward();
    const at::NoGradGuard no_grad;
    for (at::Tensor parameter : model.parameters())
        if (parameter.grad().defined())
            parameter.sub_(parameter.grad(), 0.05);
    std::vector<at::Tensor> all = state_of(model);
    all.push_back(loss.detach());
    return all;
}
template <class M>
at::Tensor output(M& model) {
    const at::NoGradGuard no_grad;
    const at::Tensor x = inputs();
    at::manual_seed(5);
    return model(x).detach();
}

/// Equal now, equal after the same steps, and not the same memory.
template <class M>
void check_copies(M& model) {
    at::manual_seed(11);
    const at::Tensor next = at::randn({1});
    at::manual_seed(11);
    M copy = copy_of(model);
    CHECK(at::equal(at::randn({1}), next)); // draws nothing
    CHECK(names_of(copy) == names_of(model));
    CHECK(equal(state_of(copy), state_of(model)));
    CHECK(copy.is_training() == model.is_training());
    for (const auto& list : {copy.named_parameters(), copy.named_buffers()})
        for (const auto& item : list)
            for (const auto& others : {model.named_parameters(), model.named_buffers()})
                if (const auto* other = others.find(item.key()))
                    CHECK(item.value().data_ptr() != other->data_ptr());
    CHECK(copy.template cost<Params>() == model.template cost<Params>());
    CHECK(at::equal(output(copy), output(model)));
    if constexpr (requires { model.summary(); })
        CHECK(copy.summary() == model.summary());
    if constexpr (requires { model.thetas(); })
        CHECK(copy.thetas() == model.thetas());
    if constexpr (requires { model.temperature(); })
        CHECK(copy.temperature() == model.temperature());
    if constexpr (requires { model.kept(); })
        CHECK(copy.kept() == model.kept());

    const std::vector<at::Tensor> start = state_of(model);
    const std::vector<at::Tensor> expected = trained(copy);
    CHECK(equal(state_of(model), start)); // the copy has trained alone
    CHECK(!equal(state_of(copy), start));
    CHECK(equal(trained(model), expected));
    const at::Tensor then = output(copy);
    {
        const at::NoGradGuard no_grad;
        for (at::Tensor parameter : model.parameters())
            parameter.add_(0.25);
    }
    CHECK(at::equal(output(copy), then));
    CHECK(!at::equal(output(model), then));
    const auto clone = std::dynamic_pointer_cast<M>(copy.clone());
    REQUIRE(clone);
    CHECK(equal(state_of(*clone), state_of(copy)));
    CHECK(at::equal(output(*clone), output(copy)));
}

template <class Search>
void check_search() {
    at::manual_seed(1);
    Model<Search> model;
    randomize(model, 1);
    if constexpr (requires { model.calibrate({inputs()}); })
        model.calibrate({inputs()});
    (void)trained(model); // arms limits, moves statistics
    if (model.alpha.defined()) {
        const at::NoGradGuard no_grad;
        model.alpha.copy_(at::empty_like(model.alpha).uniform_(0.2, 1.4));
    }
    Model<Search> aside = copy_of(model);
    check_copies(aside);

    SUBCASE("in eval mode") {
        model.eval();
        check_copies(model);
    }
    SUBCASE("settled") {
        model.settle();
        check_copies(model);
    }
    SUBCASE("what it finds") {
        auto found = model.exported();
        found.train();
        check_copies(found);
    }
    SUBCASE("what is trained, and what was frozen by hand") {
        auto first = model.named_parameters();
        first[0].value().requires_grad_(false);
        model.train_architecture_only();
        Model<Search> copy = copy_of(model);
        CHECK(names_of(copy) == names_of(model));
        for (Model<Search>* one : {&model, &copy})
            one->train_both();
        CHECK(names_of(copy) == names_of(model));
        CHECK(!copy.parameters()[0].requires_grad());
        CHECK(copy.parameters()[1].requires_grad());
    }
}

} // namespace

TEST_CASE("Copies of a network, of one in another type, made in inference mode") {
    Model<Plain> model;
    randomize(model, 1);
    check_copies(model);
    model.eval();
    model.to(at::kDouble);
    Model<Plain> wide = [&] {
        const at::InferenceMode inference;
        return copy_of(model); // and moved
    }();
    CHECK((wide.parameters()[0].scalar_type() == at::kDouble));
    CHECK(!wide.is_training());
    wide(inputs().to(at::kDouble)).sum().backward();
    CHECK(wide.parameters()[0].grad().defined());
    static_assert(!std::is_copy_constructible_v<Model<Plain>> && std::is_move_constructible_v<Model<Plain>>);
    static_assert(!std::is_copy_constructible_v<Model<Widths>> &&
                  std::is_move_constructible_v<Model<Widths>>);
    static_assert(!std::is_copy_constructible_v<Exported<Plain>> &&
                  !std::is_copy_assignable_v<Quantized<Plain>>);
}

TEST_CASE("Copies of searches of widths") { check_search<Widths>(); }
TEST_CASE("Copies of searches of layers") { check_search<Layers>(); }
TEST_CASE("Copies of searches of paths") { check_search<Paths>(); }
TEST_CASE("Copies of searches of layers and widths") { check_search<Both>(); }
TEST_CASE("Copies of searches of bits") { check_search<Bits>(); }
TEST_CASE("Copies of searches of bits with kept norms and learned steps") { check_search<Learned>(); }

TEST_CASE("Copies have the schedule of the temperature: one that was set by hand stays") {
    Model<Layers> model;
    const at::Tensor task = at::ones({});
    model.set_temperature(3);
    Model<Layers> copy = copy_of(model);
    copy.penalty(task, 2, 4);
    CHECK(copy.temperature() == 3);
    Model<Layers> fresh;
    Model<Layers> other = copy_of(fresh);
    other.penalty(task, 2, 4);
    CHECK(other.temperature() == doctest::Approx(1));
    CHECK(fresh.temperature() == 2);
}

TEST_CASE("Copies of networks whose norms are folded") {
    Model<Widths> model;
    randomize(model, 2);
    Exported<Plain> found = model.exported();
    found.fold_batch_norm();
    found.eval();
    Exported<Plain> copy = copy_of(found);
    CHECK(copy.folded());
    CHECK(at::equal(output(copy), output(found)));
    CHECK(names_of(copy) == names_of(found));
}

TEST_CASE("LibTorch's clone: modules that have a model as their child, and types derived from one") {
    struct Head : torch::nn::Cloneable<Head> {
        std::shared_ptr<Model<Plain>> body;
        Head() { reset(); }
        void reset() override { body = register_module("body", std::make_shared<Model<Plain>>()); }
    };
    const auto head = std::make_shared<Head>();
    const auto copy = std::dynamic_pointer_cast<Head>(head->clone());
    REQUIRE(copy);
    CHECK(equal(state_of(*copy->body), state_of(*head->body)));
    CHECK(copy->body->parameters()[0].data_ptr() != head->body->parameters()[0].data_ptr());
    copy->body->eval();
    head->body->eval();
    CHECK(at::equal(output(*copy->body), output(*head->body)));

    struct Derived : Model<Plain> {};
    CHECK(error_of<ModelError>([] { (void)Derived().clone(); }) ==
          "clone: found a class derived from a model; expected it to override clone()");
}
