// SPDX-License-Identifier: Apache-2.0
// The law of searches that are composed: for any alphas of widths, alternatives and bits, the exported
// network is the model in eval mode, with its codes, costs what the model says, which is what its tensors
// amount to, and is read back from a file bit for bit.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized_file.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

// clang-format off
struct Residuals : Network<Image<2, 6, 6>, Sequential<
    Conv2d<6, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Residual<Sequential<Conv2d<8, Kernel<3>, Padding<1>, NoBias>, BatchNorm2d, ReLU, Conv2d<6>, BatchNorm2d>>, ReLU,
    Conv2d<6, Kernel<3>, Padding<1>, Depthwise>, BatchNorm2d, ReLU,
    MaxPool2d<2>, Flatten, Linear<7>, ReLU, Linear<4>>> {};
struct Strands : Network<Image<2, 6, 6>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, ReLU,
    Concat<Sequential<Conv2d<4>, BatchNorm2d, ReLU>, Conv2d<8, Kernel<3>, Padding<1>, Groups<2>>>,
    Conv2d<6>, Tanh, AvgPool2d<2>, Conv2d<5>, ReLU, Flatten, Linear<4>>> {};
struct Ways : Network<Image<2, 6, 6>, Sequential<
    Conv2d<6, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Choice<Conv2d<6, Kernel<3>, Padding<1>>,
           Sequential<Conv2d<4>, BatchNorm2d, ReLU, Choice<Conv2d<6>, Conv2d<6, Kernel<3>, Padding<1>>>, BatchNorm2d>,
           Identity>,
    ReLU, Choice<Sequential<Conv2d<8>, ReLU>, Sequential<Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU>>,
    MaxPool2d<3>, Flatten, Linear<4>>> {};
// clang-format on

template <class Search>
class ComposedLaw {
    using Net = typename Search::network;
    using Program = Architecture<Search>;
    static constexpr const auto& graph = plan<Net>;
    static constexpr int settings = 100;
    Model<Search> model;
    at::Tensor x;

    void set_alpha(int setting) {
        const at::NoGradGuard no_grad;
        model.alpha.normal_();
        if constexpr (Program::masks > 0) // some channels of each group die, in the first settings none, all
            model.alpha.narrow(0, 0, static_cast<std::int64_t>(Program::masks))
                .copy_(setting < 2 ? at::full({static_cast<std::int64_t>(Program::masks)}, setting * 1.0)
                                   : at::rand({static_cast<std::int64_t>(Program::masks)}));
    }
    std::int64_t bits_of_tensors(const Quantized<Net>& found) {
        std::int64_t bits = 0;
        for (int r = 1; r < graph.size(); ++r)
            for (std::size_t c = 0; c < found.weight_bits(r).size(); ++c)
                bits += found.tensors_of(r).weight[static_cast<std::int64_t>(c)].numel() *
                        found.weight_bits(r)[c];
        return bits;
    }

public:
    ComposedLaw() {
        model.to(at::kDouble);
        randomize(model, 3);
        at::manual_seed(11);
        x = random_batch(graph[0].out(), 3).to(at::kDouble);
        model.calibrate({x});
    }
    void check() {
        int narrower = 0;
        for (int setting = 0; setting < settings; ++setting) {
            CAPTURE(setting);
            set_alpha(setting);
            model.train(setting % 2);
            Quantized<Net> found = model.exported();
            model.eval();
            found.eval();
            at::Tensor expected;
            {
                const at::NoGradGuard no_grad;
                expected = found(x);
                CHECK(at::equal(model(x), expected));
            }
            if constexpr (!Search::bit_space::keeps_norms) // its own rows, with masks and all quantizers
                CHECK(difference(model(x), expected) <= 1e-9);
            CHECK(difference(found(x), expected) <= 1e-12);
            const std::int64_t bits = bits_of_tensors(found);
            CHECK(found.template cost<ParamsBit>() == static_cast<double>(bits));
            CHECK(model.template cost<ParamsBit>() ==
                  doctest::Approx(static_cast<double>(bits)).epsilon(1e-12));
            CHECK(model.template cost<OpsBit>() ==
                  doctest::Approx(found.template cost<OpsBit>()).epsilon(1e-12));
            CHECK(found.widths() == model.widths());
            CHECK(found.chosen() == model.chosen());
            for (const auto& item : model.named_parameters())
                narrower += item.value().dim() > 1 && found.named_parameters().contains(item.key()) &&
                            found.named_parameters()[item.key()].numel() < item.value().numel();
        }
        CHECK((narrower > 0) == (Search::prunes || Search::bit_space::prunes));
    }
    /// While training, the whole search learns: the loss falls, and every kind of alpha gets a gradient.
    void check_training() {
        model.train();
        set_alpha(5);
        const at::Tensor target = at::randn({3, output_shape<Net>.channels()}, at::kDouble);
        at::manual_seed(2);
        double first = 0, last = 0;
        for (int step = 0; step < 30; ++step) {
            model.zero_grad();
            const at::Tensor loss = (model(x) - target).square().mean();
            (loss + 1e-9 * model.template cost_tensor<ParamsBit>()).backward();
            (step == 0 ? first : last) = loss.template item<double>();
            const at::Tensor by_alpha = model.alpha.grad();
            const auto part = [&](std::size_t from, std::size_t to) {
                return to > from
                           ? by_alpha.slice(0, static_cast<std::int64_t>(from), static_cast<std::int64_t>(to))
                                 .abs()
                                 .sum()
                                 .template item<double>()
                           : 1;
            };
            CHECK(part(0, Program::masks) > 0);
            CHECK(part(Program::masks, Program::first_bit_number) > 0);
            CHECK(part(Program::first_bit_number, Program::alphas) > 0);
            const at::NoGradGuard no_grad;
            for (at::Tensor parameter : model.weights())
                if (parameter.grad().defined())
                    parameter.sub_(parameter.grad(), 0.02);
        }
        CHECK(last < first);
        CHECK(model.alpha.grad().isfinite().all().template item<bool>());
    }
    void check_file() {
        const TemporaryFolder folder;
        model.to(at::kFloat);
        set_alpha(7);
        Quantized<Net> found = model.exported();
        found.eval();
        const auto file = folder.path() / "found.safetensors";
        save(found, file);
        Quantized<Net> loaded = load_quantized<Net>(file);
        loaded.eval();
        const at::NoGradGuard no_grad;
        const at::Tensor input = x.to(at::kFloat);
        CHECK(at::equal(found(input), loaded(input)));
        CHECK(loaded.chosen() == found.chosen());
        CHECK(loaded.template cost<OpsBit>() == found.template cost<OpsBit>());
        CHECK(loaded.summary() == found.summary());
    }
};

template <class Search>
void check_composed() {
    ComposedLaw<Search> law;
    law.check();
    law.check_training();
    law.check_file();
}
using Some = Activations<4, 8>;

} // namespace

TEST_CASE("Composed: widths and bits") {
    check_composed<Mps<Pit<Residuals>>>();
    check_composed<Mps<Pit<Residuals>, PerChannel, Some>>();
    check_composed<Mps<Pit<Strands>, PerChannel, Weights<1, 4, 8>>>();
}
TEST_CASE("Composed: widths and bits, norms kept, steps learned, several channels at a time") {
    check_composed<Mps<Pit<Residuals>, PerChannel, KeepBatchNorm>>();
    check_composed<Mps<Pit<Residuals, Multiple<2>>, LearnedSteps, Some>>();
    check_composed<
        Pit<Mps<Strands, Weights<4>, Activations<8>, QuantizedOutput>, Exclude<"2.0">, Cost<ParamsBit>>>();
}
TEST_CASE("Composed: alternatives and bits") {
    check_composed<Mps<SuperNet<Ways>>>();
    check_composed<Mps<SuperNet<Ways>, PerChannel, Weights<0, 2, 8>, Gumbel>>();
    check_composed<SuperNet<Mps<Ways, KeepBatchNorm>, HardGumbel>>();
}
TEST_CASE("Composed: widths, alternatives and bits") {
    check_composed<Mps<Pit<SuperNet<Ways>>, Some>>();
    check_composed<SuperNet<Mps<Pit<Ways>, PerChannel, KeepBatchNorm>, Hard>>();
    check_composed<Pit<Mps<SuperNet<Ways>, LearnedSteps, FloatInput>, Cost<ParamsBit>>>();
}
