// SPDX-License-Identifier: Apache-2.0
// Networks along one and three axes: kernels merged, channels pruned, values quantized.
#include <pliny/pliny.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "support/windows.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct OneOfSignals
    : Network<Signal<4, 13>,
              Sequential<Choice<Conv1d<4, Kernel<3>, Padding<1>>, Conv1d<4, Kernel<5>, Padding<2>, NoBias>,
                                AvgPoolAlong<1, 3, Stride<1>, Padding<1>>, Identity,
                                Conv1d<4, Kernel<2>, SamePadding>>>> {};
struct OneOfVolumes : Network<Volume<4, 3, 4, 5>,
                              Sequential<Choice<Conv3d<4, Kernel<1, 3, 1>, Padding<0, 1, 0>>,
                                                Conv3d<4, Kernel<3, 5, 3>, Padding<1, 2, 1>, NoBias>,
                                                AvgPoolAlong<3, Size{1, 3, 3}, Stride<1>, Padding<0, 1, 1>>,
                                                Identity, Conv3d<4, Kernel<2, 1, 2>, SamePadding>>>> {};

/// The outputs of the alternatives, each by itself.
template <int Axes, class Parameters>
std::vector<at::Tensor> alternatives(const at::Tensor& x, const Parameters& weights) {
    const auto convolved = [&](const std::string& name, const at::Tensor& in, at::IntArrayRef padding) {
        const at::Tensor weight = weights[name + ".weight"];
        const at::Tensor* bias = weights.find(name + ".bias");
        return Axes == 1 ? at::conv1d(in, weight, bias ? *bias : at::Tensor{}, 1, padding)
                         : at::conv3d(in, weight, bias ? *bias : at::Tensor{}, 1, padding);
    };
    if (Axes == 1)
        return {convolved("0.0", x, {1}), convolved("0.1", x, {2}), at::avg_pool1d(x, 3, 1, 1), x,
                convolved("0.4", at::constant_pad_nd(x, {0, 1}), {0})};
    return {convolved("0.0", x, {0, 1, 0}), convolved("0.1", x, {1, 2, 1}),
            at::avg_pool3d(x, {1, 3, 3}, 1, {0, 1, 1}), x,
            convolved("0.4", at::constant_pad_nd(x, {0, 1, 0, 0, 0, 1}), {0, 0, 0})};
}

template <class Net, int Axes>
void merges_as_a_sum(at::ScalarType type) {
    CAPTURE(type);
    Model<SuperNet<Net, Cost<Params>>> model;
    static_assert(theta_places(plan<Net>, true)[0].site == ThetaSite::Merged &&
                  theta_places(plan<Net>, true)[4].site == ThetaSite::Merged);
    randomize(model, 2);
    model.to(type);
    {
        const at::NoGradGuard no_grad;
        model.alpha.copy_(at::tensor({0.3, -0.2, 0.5, 0.1, -0.4}));
    }
    const at::Tensor x = random_batch(Net::input_type::shape, 3).to(type);
    const auto run = [&](bool by_hand) {
        model.zero_grad();
        at::Tensor y;
        if (by_hand) {
            const at::Tensor theta = model.alpha.softmax(0).to(type);
            const std::vector<at::Tensor> parts = alternatives<Axes>(x, model.named_parameters());
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const at::Tensor part = parts[i] * theta[static_cast<std::int64_t>(i)];
                y = y.defined() ? y + part : part;
            }
        } else {
            y = model(x);
        }
        (y * at::arange(y.numel(), y.options()).view(y.sizes()).cos()).sum().backward();
        std::vector<at::Tensor> found{y.detach()};
        for (const at::Tensor& parameter : model.parameters())
            found.push_back(parameter.grad().clone());
        return found;
    };
    const std::vector<at::Tensor> found = run(false), expected = run(true);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        CHECK(difference(found[i], expected[i]) < (type == at::kDouble && i > 0 ? 1e-6 : 1e-5));
}

struct Heard : Network<Signal<2, 40>, Sequential<Conv1d<8, Kernel<5>, Stride<2>>, ReLU, MaxPoolAlong<1, 2>,
                                                 Conv1d<8, Kernel<3>, Depthwise>, ReLU, Flatten, Linear<4>>> {
};
struct Scanned
    : Network<Volume<2, 6, 8, 10>, Sequential<Conv3d<8, Kernel<3, 1, 3>, Padding<1, 0, 1>>, ReLU,
                                              AvgPoolAlong<3, 2>, Conv3d<6, Kernel<2>>, Flatten, Linear<4>>> {
};

template <class Net>
void prunes_and_quantizes() {
    const at::Tensor x = random_batch(Net::input_type::shape, 4);
    Model<Pit<Net, Cost<Params>, Duccio<Limit<Percent<50>>>>> pruned;
    randomize(pruned, 1);
    {
        const at::NoGradGuard no_grad;
        pruned.alpha.uniform_(0, 1);
    }
    Exported<Net> found = pruned.exported();
    pruned.eval(), found.eval();
    CHECK(found.template cost<Params>() < static_cast<double>(cost_of<Net, Params>));
    CHECK(difference(found(x), pruned(x)) < 1e-5);
    const TemporaryFolder folder;
    save(found, folder / "found.safetensors");
    Exported<Net> loaded = load<Net>(folder / "found.safetensors");
    loaded.eval();
    CHECK(at::equal(loaded(x), found(x)));

    Model<Mps<Net, Weights<4, 8>, Activations<8>>> bits;
    randomize(bits, 3);
    bits.calibrate({x});
    const at::Tensor y = bits(x);
    y.square().sum().backward(); // values made again
    for (const auto& parameter : bits.weights())
        CHECK(parameter.grad().abs().sum().template item<double>() > 0);
    auto quantized = bits.exported();
    bits.eval(), quantized.eval();
    CHECK(difference(quantized(x), bits(x)) < 1e-5);
}

} // namespace

TEST_CASE("windows: kernels along one and three axes merge as a sum of their layers") {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
        merges_as_a_sum<OneOfSignals, 1>(type);
        merges_as_a_sum<OneOfVolumes, 3>(type);
    }
}

TEST_CASE("windows: networks along one and three axes are pruned, saved and quantized") {
    prunes_and_quantizes<Heard>();
    prunes_and_quantizes<Scanned>();
}
