// SPDX-License-Identifier: Apache-2.0
// A layer and a cost that the library does not know: described, searched, exported, saved.
#include <pliny/pliny.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>
#include <torch/nn/modules/conv.h>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Cosine {
    static constexpr Facts facts(const Shape& in) { return {.out = in, .keeps_zero = false}; } // cos(0) != 0
    static std::string spelled(std::int64_t) { return "Cosine"; }
    static at::Tensor forward(const at::Tensor& x) { return at::cos(x); }
};
static_assert(Layer<Cosine>);

struct FileBytesCost {
    static constexpr std::string_view name = "file_bytes";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return (call.weights() + call.biases()) * 4;
    }
};
inline constexpr FileBytesCost FileBytes{};

struct Waves : Network<Image<1, 8, 8>, Sequential<Conv2d<8, Kernel<3>>, Cosine, Flatten, Linear<10>>> {};
using WaveSearch = Pit<Waves, Cost<FileBytes>, Duccio<Limit<Percent<50>>>>;

/// A transposed convolution, whose weight is [in, out, kernel].
template <int OutChannels>
struct Upsampled {
    static constexpr Facts facts(const Shape& in) {
        Facts facts{.out = Shape{OutChannels, 2 * in[1] + 1, 2 * in[2] + 1}, .channels = Channels::Mix};
        facts.weights = in.channels() * OutChannels * 9;
        facts.biases = OutChannels;
        facts.axes = WeightAxes{.out = 1, .in = 0};
        facts.window.kernel = Size{3};
        facts.keeps_zero = false;
        return facts;
    }
    static std::string spelled(std::int64_t width) { return "Upsampled<" + std::to_string(width) + ">"; }
    static at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
        return at::conv_transpose2d(x, weight, bias, 2);
    }
};
struct Decoder
    : Network<Image<4, 5, 5>,
              Sequential<Upsampled<8>, BatchNorm2d, ReLU, Upsampled<12>, ReLU, Conv2d<8, Kernel<3>>, ReLU,
                         Upsampled<4>, AdaptiveAvgPool2d<2>, Flatten, Linear<2>>> {};
struct ChosenDecoder
    : Network<Image<4, 5, 5>, Sequential<Choice<Upsampled<8>, Sequential<Upsampled<6>, ReLU, Conv2d<8>>>,
                                         ReLU, Upsampled<4>, AdaptiveAvgPool2d<2>, Flatten, Linear<2>>> {};

template <class Found, class Model>
void same_in_eval_mode(Found& found, Model& model, const at::Tensor& x) {
    model.eval(), found.eval();
    CHECK(difference(found(x), model(x)) < 1e-5);
}

/// Prunes, exports, folds, saves and reads.
template <class Net, class Search>
void goes_through(const at::Tensor& x) {
    Model<Search> model;
    randomize(model, 1);
    {
        const at::NoGradGuard no_grad;
        model.alpha.uniform_(0, 1);
    }
    model(x).square().sum().backward();
    for (const auto& parameter : model.weights())
        CHECK(parameter.grad().isfinite().all().template item<bool>());
    CHECK(model.alpha.grad().abs().sum().template item<double>() > 0);
    Exported<Net> found = model.exported();
    CHECK(found.template cost<Params>() < static_cast<double>(cost_of<Net, Params>));
    same_in_eval_mode(found, model, x);
    const TemporaryFolder folder;
    save(found, folder / "found.safetensors");
    Exported<Net> loaded = load<Net>(folder / "found.safetensors");
    loaded.eval();
    CHECK(at::equal(loaded(x), found(x)));
    loaded.fold_batch_norm();
    CHECK(difference(loaded(x), found(x)) < 1e-5);
}

} // namespace

TEST_CASE("a layer whose weight has its axes in another order goes through searches") {
    Model<Decoder> model;
    const torch::nn::ConvTranspose2d reference(torch::nn::ConvTranspose2dOptions(8, 12, 3).stride(2));
    CHECK(model.named_parameters()["3.weight"].sizes() == reference->weight.sizes());
    const at::Tensor x = at::randn({4, 4, 5, 5});
    goes_through<Decoder, Pit<Decoder, Cost<Params>, Duccio<Limit<Percent<50>>>>>(x);
    using Sparse = NmSparse<1, 4, Decoder>;
    static_assert(plan<Sparse>[4].facts.transformed && !plan<Decoder>[4].facts.transformed);
    goes_through<Sparse, Pit<Sparse, Cost<Params>, Duccio<Limit<Percent<50>>>>>(x);

    Model<SuperNet<ChosenDecoder, Cost<Params>>> choosing;
    randomize(choosing, 3);
    choosing(x).square().sum().backward();
    CHECK(choosing.alpha.grad().abs().sum().item<double>() > 0);
    auto chosen = choosing.exported();
    same_in_eval_mode(chosen, choosing, x);

    Model<Mps<Pit<Decoder>, PerChannel, Weights<2, 8>, Activations<8>, Duccio<Limit<Percent<60>>>>> bits;
    randomize(bits, 2);
    bits.calibrate({x});
    bits(x).square().sum().backward();
    auto quantized = bits.exported();
    same_in_eval_mode(quantized, bits, x);
    const TemporaryFolder folder;
    save(quantized, folder / "quantized.safetensors");
    auto read = load_quantized<Decoder>(folder / "quantized.safetensors");
    read.eval();
    CHECK(at::equal(read(x), quantized(x)));
}

TEST_CASE("a layer and a cost of the user's own go through a search") {
    Model<WaveSearch> model;
    randomize(model, 1);
    {
        const at::NoGradGuard no_grad;
        model.alpha.uniform_(0, 1);
    }
    CHECK(model.cost<FileBytes>() > 0);
    Exported<Waves> found = model.exported();
    CHECK(found.cost<FileBytes>() <= WaveSearch::limits[0]);
    model.eval();
    found.eval();
    const at::Tensor x = at::randn({4, 1, 8, 8});
    CHECK(at::allclose(found(x), model(x), 1e-5, 1e-5));

    const TemporaryFolder folder;
    save(found, folder / "waves.safetensors");
    Exported<Waves> loaded = load<Waves>(folder / "waves.safetensors");
    loaded.eval();
    CHECK(at::equal(loaded(x), found(x)));
    CHECK(found_header(found, "Found").find("Cosine") != std::string::npos);
}
