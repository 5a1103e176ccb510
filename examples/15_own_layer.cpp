// SPDX-License-Identifier: Apache-2.0
//
// 15. A layer that the library does not know.
//
// A struct with three functions is a layer: what is known of it on an input, its name, and what it computes.
// One with weights computes with what it is given: its own weights, masked ones, quantized ones. So it is
// pruned, priced, quantized, exported and saved like those of the library. Nothing of this stands in
// include/pliny.

#include <pliny/pliny.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

using namespace pliny;

/// A 3x3 convolution on a torus: what is behind the right border stands at the left one.
template <int Channels>
struct CircularConv2d {
    // Shape, weights and how channels relate are those of a convolution with padding. The contract: output
    // channel c is linear in row c of the weight and entry c of the bias, so 0 in both makes a channel of
    // zeros.
    static constexpr Facts facts(const Shape& in) {
        Facts facts = Conv2d<Channels, Kernel<3>, Padding<1>>::facts(in);
        facts.kind = Kind::Custom;
        return facts;
    }
    static std::string spelled(std::int64_t width) { return "CircularConv2d<" + std::to_string(width) + ">"; }
    static at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
        return at::conv2d(at::pad(x, {1, 1, 1, 1}, "circular"), weight, bias);
    }
};

struct Torus
    : Network<Image<1, 12, 12>, Sequential<CircularConv2d<12>, BatchNorm2d, ReLU, CircularConv2d<16>,
                                           BatchNorm2d, ReLU, AdaptiveAvgPool2d<1>, Flatten, Linear<4>>> {};
static_assert(cost_of<Torus, Params> == (9 + 1) * 12 + (12 * 9 + 1) * 16 + (16 + 1) * 4);

// Rings, bars, diagonals and noise, moved around the torus to anywhere.
Examples patterns(std::int64_t count) {
    const at::Tensor classes = at::randint(4, {count}, at::kLong);
    at::Tensor images = at::zeros({count, 1, 12, 12});
    for (std::int64_t i = 0; i < count; ++i) {
        const at::Tensor one = images[i][0];
        const auto kind = classes[i].item<std::int64_t>();
        for (std::int64_t k = 0; k < 12; ++k) {
            const double angle = k * 0.5236;
            if (kind == 0)
                one[6 + std::lround(3 * std::sin(angle))][6 + std::lround(3 * std::cos(angle))] = 1;
            else if (kind == 1)
                one[k][6] = 1;
            else if (kind == 2)
                one[k][k] = 1;
            else
                one[at::randint(12, {1}).item<std::int64_t>()][at::randint(12, {1}).item<std::int64_t>()] = 1;
        }
        const auto moved = [] { return at::randint(12, {1}).item<std::int64_t>(); };
        images[i][0].copy_(one.roll({moved(), moved()}, {0, 1}));
    }
    return Examples(images + 0.2 * at::randn_like(images), classes, 4);
}

template <class ModelType>
double largest_difference(ModelType& model, ModelType& other, const at::Tensor& x) {
    const at::NoGradGuard no_grad;
    model.eval(), other.eval();
    return (model(x) - other(x)).abs().max().template item<double>();
}

int main() try {
    at::manual_seed(0);
    const Examples train = patterns(2'000), test = patterns(500);
    Trainer trainer(train, test, 50, 0);
    const at::Tensor x = at::randn({8, 1, 12, 12});
    const auto file = std::filesystem::temp_directory_path() / "pliny_15_torus.safetensors";

    // Half of the parameters, by pruning channels.
    using Widths = Pit<Torus, Cost<Params>, Duccio<Limit<Percent<50>>>>;
    Model<Widths> widths;
    Adam both({{widths.weights(), 3e-3}, {widths.architecture(), 1e-2}});
    trainer.run("search", 6, widths, both,
                [&](const at::Tensor& task, double epoch) { return widths.penalty(task, epoch, 6); });
    Exported<Torus> pruned = widths.exported();
    Adam tuning({{pruned.parameters(), 1e-3}});
    trainer.run("fine-tune", 2, pruned, tuning);
    save(pruned, file);
    Exported<Torus> loaded = load<Torus>(file);
    const double by_file = largest_difference(pruned, loaded, x), small = accuracy(loaded, test);
    std::printf("%s%.0f of %.0f parameters, %.1f %%; read back: %.1e apart\n",
                widths_table<Torus>(pruned.widths()).c_str(), pruned.cost<Params>(),
                Widths::bounds[0].largest, small, by_file);

    // A quarter of the bits of w8, and channels pruned where that is the better way.
    using Bits = Mps<Torus, PerChannel, Weights<0, 2, 4, 8>, Activations<8>, Duccio<Limit<Percent<25>>>>;
    Model<Bits> bits;
    bits.load_weights(Model<Torus>());
    Adam all({{bits.weights(), 3e-3}, {bits.architecture(), 1e-2}});
    trainer.run("bits", 6, bits, all,
                [&](const at::Tensor& task, double epoch) { return bits.penalty(task, epoch, 6); });
    bits.settle();
    bits.train_weights_only();
    trainer.run("settled", 2, bits, all);
    auto quantized = bits.exported();
    save(quantized, file);
    auto read = load_quantized<Torus>(file);
    const double by_codes = largest_difference(quantized, read, x), few = accuracy(read, test);
    std::printf("%s%.0f bits of at most %.0f, %.1f %%; read back: %.1e apart\n", quantized.summary().c_str(),
                quantized.cost<ParamsBit>(), Bits::limits[0], few, by_codes);
    std::filesystem::remove(file);

    const bool fine = pruned.cost<Params>() <= Widths::limits[0] &&
                      quantized.cost<ParamsBit>() <= Bits::limits[0] && by_file == 0 && by_codes == 0 &&
                      small > 80 && few > 60;
    return fine ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "15_own_layer: %s\n", error.what());
    return 1;
}
