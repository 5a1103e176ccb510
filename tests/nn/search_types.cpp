// SPDX-License-Identifier: Apache-2.0
// Types of numbers: what a search keeps is not rounded with the weights, and alphas that are no numbers are
// refused.
#include "support/tensors.hpp"

#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Thirds : Network<Image<2, 6, 6>,
                        Sequential<Conv2d<6, Kernel<3>>, BatchNorm2d, ReLU,
                                   Choice<Identity, Conv2d<6, Kernel<3>, Padding<1>>>, Flatten, Linear<3>>> {
};
struct Straight
    : Network<Image<2, 6, 6>, Sequential<Conv2d<6, Kernel<3>>, BatchNorm2d, ReLU, Flatten, Linear<3>>> {};
using Everything = Pit<SuperNet<Thirds>, Cost<Params>, Duccio<Limit<Percent<50>>>>;
using ManyBits = Mps<Straight, PerChannel, Weights<0, 2, 8>, Duccio<Limit<Percent<30>>>>;

/// Sets the default type of tensors for a while.
class DefaultType {
public:
    explicit DefaultType(at::ScalarType type) : before(at::get_default_dtype()) {
        at::set_default_dtype(at::scalarTypeToTypeMeta(type));
    }
    ~DefaultType() { at::set_default_dtype(before); }
    DefaultType(const DefaultType&) = delete;
    DefaultType& operator=(const DefaultType&) = delete;

private:
    caffe2::TypeMeta before;
};

template <class Search>
void check_kept_types() {
    Model<Search> model;
    {
        const at::NoGradGuard no_grad;
        model.alpha.uniform_(0.55, 0.9); // all channels are alive, so the limit is exceeded
        model.named_buffers()["regularizer_strengths"].fill_(1.0 / 3);
    }
    const at::Tensor alpha = model.alpha.detach().clone();
    const double cost = model.template cost<cost_at<0, typename Search::costs>>();
    for (const at::ScalarType type : {at::kHalf, at::kBFloat16, at::kFloat}) {
        CAPTURE(std::string(at::toString(type)));
        model.to(type);
        CHECK((model.alpha.scalar_type() == at::kFloat));
        CHECK(at::equal(model.alpha.detach(), alpha));
        for (const auto& weight : model.weights())
            if (!model.states().contains("log_clip") || weight.dim() > 1)
                CHECK((weight.scalar_type() == type));
        const at::Tensor strengths = model.named_buffers()["regularizer_strengths"];
        CHECK((strengths.scalar_type() == at::kDouble));
        CHECK(strengths.template item<double>() == 1.0 / 3);
        CHECK(model.template cost<cost_at<0, typename Search::costs>>() == cost);
        const at::Tensor penalty = model.penalty(at::scalar_tensor(1.0, at::TensorOptions(type)), 5, 10);
        CHECK((penalty.scalar_type() == at::kFloat));
        const double expected = (cost - Search::limits[0]) / 3;
        CHECK(penalty.template item<double>() == doctest::Approx(expected).epsilon(1e-6));
    }
    model.to(at::kDouble);
    CHECK((model.alpha.scalar_type() == at::kDouble));
    CHECK(at::equal(model.alpha.detach(), alpha.to(at::kDouble)));
}

template <class Search, class Decide>
void check_refused(double bad, const Decide& decide) {
    Model<Search> model;
    {
        const at::NoGradGuard no_grad;
        model.alpha[2] = bad;
    }
    CHECK(error_of<ModelError>([&] { decide(model); }) ==
          joined("alpha[2]: found ", bad, "; expected a finite number: the search has diverged"));
}

} // namespace

TEST_CASE("search types: alpha, strengths and costs are not rounded with the weights") {
    check_kept_types<Everything>();
    check_kept_types<ManyBits>();
}

TEST_CASE("search types: a search with bfloat16 weights computes about what it does with float32") {
    at::manual_seed(3);
    Model<Pit<Straight, Cost<Params>>> model;
    {
        const at::NoGradGuard no_grad;
        model.alpha[1] = 0.1; // a dead channel
    }
    const at::Tensor x = at::randn({8, 2, 6, 6});
    const at::Tensor exact = model(x);
    exact.sum().backward();
    const at::Tensor by_alpha = model.alpha.grad().clone();
    model.zero_grad();
    model.to(at::kBFloat16);
    const at::Tensor rounded = model(x.to(at::kBFloat16));
    CHECK((rounded.scalar_type() == at::kBFloat16));
    CHECK((rounded.to(at::kFloat) - exact).abs().max().item<double>() <
          0.03 * exact.abs().max().item<double>());
    rounded.sum().backward();
    CHECK((model.alpha.grad().scalar_type() == at::kFloat));
    CHECK((model.alpha.grad() - by_alpha).abs().max().item<double>() <
          0.05 * by_alpha.abs().max().item<double>() + 0.05);
}

TEST_CASE("search types: searches are made under any default type") {
    for (const at::ScalarType type : {at::kDouble, at::kFloat, at::kBFloat16}) {
        CAPTURE(std::string(at::toString(type)));
        const DefaultType during(type);
        Model<Everything> widths;
        Model<ManyBits> bits;
        const at::ScalarType expected = type == at::kDouble ? at::kDouble : at::kFloat;
        CHECK((widths.alpha.scalar_type() == expected));
        CHECK((bits.alpha.scalar_type() == expected));
        CHECK(widths.alpha.detach().slice(0, 0, 6).eq(1).all().item<bool>());
        CHECK(widths.alpha.detach().slice(0, widths.alpha.numel() - 2).eq(0.5).all().item<bool>());
    }
}

TEST_CASE("search types: alphas that are not finite are refused by all that decides") {
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), HUGE_VAL, -HUGE_VAL}) {
        check_refused<Everything>(bad, [](auto& model) { model.settle(); });
        check_refused<Everything>(bad, [](auto& model) { model.exported(); });
        check_refused<Everything>(bad, [](auto& model) { model.kept(); });
        check_refused<Everything>(bad, [](auto& model) { model.summary(); });
        check_refused<ManyBits>(bad, [](auto& model) { model.settle(); });
        check_refused<ManyBits>(bad, [](auto& model) { model.exported(); });
    }
}
