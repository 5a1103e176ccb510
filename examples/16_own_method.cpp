// SPDX-License-Identifier: Apache-2.0
//
// 16. A method that the library does not know: weights that are made of those that are learned.
//
// A struct with a few functions says which layers it is for, what share of their weights is not 0, and how
// the weights that count come of those that are learned. Around a network it is a network: trained, priced,
// pruned, quantized, exported, saved. Nothing of this stands in include/pliny; NmSparse there is made in the
// same way.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <filesystem>
#include <string>

using namespace pliny;

/// Of every two neighbouring blocks of `Size` inputs only the one with the larger weights stays, for each
/// output channel apart: whole vectors of weights are 0, as a processor with SIMD can skip them.
template <int Size>
struct StrongerBlock {
    static constexpr int multiple = 2 * Size; // searches keep so many channels, or twice as many, ...
    static constexpr bool applies(const Facts& facts, const Shape& in) {
        return facts.groups == 1 && in.channels() % multiple == 0;
    }
    static constexpr Density density(const Facts&, const Shape&) { return {1, 2}; }
    static std::string spelled() { return "StrongerBlock<" + std::to_string(Size) + ">"; }
    static at::Tensor forward(const at::Tensor& weight) {
        // [out, in, kernel ...] as [out, pairs, 2, weights of a block]
        const at::Tensor blocks = weight.reshape({weight.size(0), weight.size(1) / multiple, 2, -1});
        const at::Tensor strength = blocks.abs().sum({3}, true);
        const at::Tensor first = strength.narrow(2, 0, 1).ge(strength.narrow(2, 1, 1));
        const at::Tensor stays = at::cat({first, first.logical_not()}, 2);
        return at::where(stays, blocks, at::zeros_like(blocks)).reshape(weight.sizes());
    }
};

// clang-format off
struct Small : Network<Image<2, 12, 12>, Sequential<
    Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, MaxPool2d<2>,
    Conv2d<32, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Conv2d<16>, BatchNorm2d, ReLU, AdaptiveAvgPool2d<1>, Flatten, Linear<4>>> {};
// clang-format on
using Sparse = Transformed<Small, StrongerBlock<2>, Exclude<"12">>; // the first layer has 2 inputs: dense
static_assert(cost_of<Sparse, ParamsNoBias> == 2 * 16 * 9 + 16 * 32 * 9 / 2 + 32 * 16 / 2 + 16 * 4);

// Stripes across or along, moved to anywhere, of one channel or the other.
Examples stripes(std::int64_t count) {
    const at::Tensor classes = at::randint(4, {count}, at::kLong);
    at::Tensor images = 0.5 * at::randn({count, 2, 12, 12});
    const at::Tensor wave = at::sin(at::arange(12) * 1.57).unsqueeze(0).expand({12, 12});
    for (std::int64_t i = 0; i < count; ++i) {
        const auto kind = classes[i].item<std::int64_t>();
        const at::Tensor moved = wave.roll(at::randint(4, {1}).item<std::int64_t>(), 1);
        images[i][kind / 2].add_(kind % 2 ? moved : moved.t());
    }
    return Examples(images, classes, 4);
}

/// Whether one block of each pair is 0 in the layers that are transformed; how many weights are not 0.
template <class Found>
bool has_pattern(const Found& found, double& left) {
    const auto parameters = found.named_parameters();
    bool holds = true;
    left = 0;
    for (const Row& row : plan<Sparse>.rows) {
        if (!row.has_weights())
            continue;
        const at::Tensor weight = parameters[std::string(row.path.view()) + ".weight"].detach();
        left += weight.ne(0).sum().template item<double>();
        if (row.facts.transformed) {
            const at::Tensor blocks = weight.reshape({weight.size(0), weight.size(1) / 4, 2, -1});
            holds = holds && blocks.ne(0).sum(3).amin(2).eq(0).all().template item<bool>();
        }
    }
    return holds;
}

template <class ModelType, class Other>
double largest_difference(ModelType& model, Other& other, const at::Tensor& x) {
    const at::NoGradGuard no_grad;
    model.eval(), other.eval();
    return (model(x) - other(x)).abs().max().template item<double>();
}

int main() try {
    at::manual_seed(0);
    at::set_num_threads(1); // tensors this small gain nothing from more
    const Examples train = stripes(1'200), test = stripes(500);
    Trainer trainer(train, test, 50, 0);
    const at::Tensor x = at::randn({8, 2, 12, 12});
    const auto file = std::filesystem::temp_directory_path() / "pliny_16_sparse.safetensors";
    std::fputs(describe<Sparse>().c_str(), stdout);

    Model<Sparse> plain;
    Adam first({{plain.parameters(), 5e-3}});
    trainer.run("train", 3, plain, first);

    // Half of the weights that are left, by pruning channels.
    using Widths = Pit<Sparse, Cost<ParamsNoBias>, Duccio<Limit<Percent<50>>>>;
    Model<Widths> widths;
    widths.load_weights(plain);
    Adam both({{widths.weights(), 5e-3}, {widths.architecture(), 4e-3}});
    trainer.run("search", 4, widths, both,
                [&](const at::Tensor& task, double epoch) { return widths.penalty(task, epoch, 4); });
    widths.settle();
    Exported<Sparse> pruned = widths.exported();
    const double by_export = largest_difference(widths, pruned, x);
    Adam tuning({{pruned.parameters(), 1e-3}});
    trainer.run("fine-tune", 2, pruned, tuning);
    save(pruned, file);
    Exported<Sparse> loaded = load<Sparse>(file);
    double left = 0;
    bool fine = has_pattern(loaded, left) && left == pruned.cost<ParamsNoBias>() && left <= Widths::limits[0];
    const double by_file = largest_difference(pruned, loaded, x), small = accuracy(loaded, test);
    std::printf("%s%.0f of %.0f weights, %.1f %%; exported %.1e apart, read back %.1e apart\n%s\n",
                widths_table<Sparse>(pruned.widths()).c_str(), left, Widths::bounds[0].largest, small,
                by_export, by_file, spelled_found(pruned).c_str());

    // A quarter of the bits of w8, by channels and bits.
    using Bits = Mps<Pit<Sparse>, PerChannel, Activations<8>, Duccio<Limit<Percent<25>>>>;
    Model<Bits> bits;
    bits.load_weights(plain);
    Adam all({{bits.weights(), 5e-3}, {bits.architecture(), 4e-3}});
    trainer.run("bits", 4, bits, all,
                [&](const at::Tensor& task, double epoch) { return bits.penalty(task, epoch, 4); });
    bits.settle();
    bits.train_weights_only();
    trainer.run("settled", 3, bits, all);
    auto quantized = bits.exported();
    fine = fine && has_pattern(quantized, left);
    save(quantized, file);
    auto read = load_quantized<Sparse>(file);
    fine = fine && has_pattern(read, left);
    const double by_codes = largest_difference(quantized, read, x), few = accuracy(read, test);
    std::printf("%s%.0f bits of at most %.0f, %.1f %%; read back %.1e apart\n", quantized.summary().c_str(),
                quantized.cost<ParamsBit>(), Bits::limits[0], few, by_codes);
    std::filesystem::remove(file);

    fine = fine && quantized.cost<ParamsBit>() <= Bits::limits[0] && by_export < 1e-4 && by_file == 0 &&
           by_codes == 0 && small > 80 && few > 80;
    return fine ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "16_own_method: %s\n", error.what());
    return 1;
}
