// SPDX-License-Identifier: Apache-2.0
//
// 19. A join that the library does not know: a gate.
//
// Add and Concat are joins; a struct with three functions is another one. JoinedBy<Gate, A, B> has two
// branches over the same input and makes a(x) * sigmoid(b(x)) of them (Dauphin et al., Language modeling with
// gated convolutional networks, 2017). It is pruned, quantized, exported and saved like a sum. Nothing of
// this stands in include/pliny. More: docs/own_join.md.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <filesystem>
#include <span>
#include <string>

using namespace pliny;

struct GatedProduct {
    // Element by element, of branches of one shape: so channel c of the product and of both branches live and
    // die together, and since 0 * sigmoid(0) = 0 a dead one stays dead (`keeps_zero`, unless said otherwise).
    static constexpr Facts facts(std::span<const Shape> branches) { return elementwise_facts(branches); }
    static std::string spelled() { return "GatedProduct"; }
    static at::Tensor forward(const at::Tensor& a, const at::Tensor& b) { return a * at::sigmoid(b); }
};

using Conv = Conv2d<12, Kernel<3>, Padding<1>>;
struct Gated
    : Network<Image<2, 12, 12>,
              Sequential<Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
                         JoinedBy<GatedProduct, Sequential<Conv, BatchNorm2d>, Sequential<Conv, BatchNorm2d>>,
                         ReLU, AdaptiveAvgPool2d<1>, Flatten, Linear<4>>> {};
static_assert(output_shape<Gated> == Shape{4} && plan<Gated>[8].path == "3");
static_assert(cost_of<Gated, Params> == 8 * (2 * 9 + 1) + 2 * 12 * (8 * 9 + 1) + 4 * (12 + 1));

// Another texture on the left than on the right; a second channel says which of them counts.
Examples textures(std::int64_t count) {
    const at::Tensor across = at::arange(12) / 2, row = across.to(at::kLong).view({12, 1}),
                     column = across.to(at::kLong).view({1, 12}), zero = at::zeros({12, 12}, at::kLong);
    const at::Tensor all = at::stack({row + zero, column + zero, row + column, zero}).remainder(2);
    const at::Tensor left = at::randint(4, {count}, at::kLong),
                     right = (left + at::randint(1, 4, {count}, at::kLong)).remainder(4),
                     side = at::randint(2, {count}, at::kLong), is_left = (column < 3).expand({12, 12});
    const at::Tensor drawn = at::where(is_left, all.index_select(0, left), all.index_select(0, right));
    const at::Tensor counts = is_left.unsqueeze(0).eq(side.view({-1, 1, 1}).eq(0));
    const at::Tensor images = at::stack({drawn.to(at::kFloat), counts.to(at::kFloat)}, 1);
    return Examples(images + 0.3 * at::randn_like(images), at::where(side.eq(0), left, right), 4);
}

template <class ModelType>
double largest_difference(ModelType& model, ModelType& other, const at::Tensor& x) {
    const at::NoGradGuard no_grad;
    model.eval(), other.eval();
    return (model(x) - other(x)).abs().max().template item<double>();
}

int main() try {
    at::manual_seed(0);
    at::set_num_threads(1); // tensors this small gain nothing from more
    const Examples train = textures(1'200), test = textures(500);
    Trainer trainer(train, test, 50, 0);
    const at::Tensor x = at::randn({8, 2, 12, 12});
    const auto file = std::filesystem::temp_directory_path() / "pliny_19_gated.safetensors";
    std::fputs(describe<Gated>().c_str(), stdout);

    Model<Gated> plain;
    Adam first({{plain.parameters(), 5e-3}});
    trainer.run("train", 3, plain, first);

    // Half of the parameters, by pruning channels, those of both branches together.
    using Widths = Pit<Gated, Cost<Params>, Duccio<Limit<Percent<50>>>>;
    Model<Widths> widths;
    widths.load_weights(plain);
    Adam both({{widths.weights(), 5e-3}, {widths.architecture(), 4e-3}});
    trainer.run("search", 4, widths, both,
                [&](const at::Tensor& task, double epoch) { return widths.penalty(task, epoch, 4); });
    widths.settle();
    Exported<Gated> pruned = widths.exported();
    const double by_export = [&] {
        const at::NoGradGuard no_grad;
        widths.eval(), pruned.eval();
        return (widths(x) - pruned(x)).abs().max().item<double>();
    }();
    Adam tuning({{pruned.parameters(), 1e-3}});
    trainer.run("fine-tune", 2, pruned, tuning);
    save(pruned, file);
    Exported<Gated> loaded = load<Gated>(file);
    const double by_file = largest_difference(pruned, loaded, x), small = accuracy(loaded, test);
    std::printf("%s%.0f of %.0f parameters, %.1f %%; exported %.1e apart, read back %.1e apart\n%s\n",
                widths_table<Gated>(pruned.widths()).c_str(), pruned.cost<Params>(),
                Widths::bounds[0].largest, small, by_export, by_file, spelled_found(pruned).c_str());

    // A quarter of the bits of w8. What the gate makes is quantized, as a sum is.
    using Bits = Mps<Gated, PerChannel, Weights<0, 2, 4, 8>, Activations<8>, Duccio<Limit<Percent<25>>>>;
    Model<Bits> bits;
    bits.load_weights(plain);
    Adam all({{bits.weights(), 5e-3}, {bits.architecture(), 4e-3}});
    trainer.run("bits", 4, bits, all,
                [&](const at::Tensor& task, double epoch) { return bits.penalty(task, epoch, 4); });
    bits.settle();
    bits.train_weights_only();
    trainer.run("settled", 3, bits, all);
    auto quantized = bits.exported();
    save(quantized, file);
    auto read = load_quantized<Gated>(file);
    const double by_codes = largest_difference(quantized, read, x), few = accuracy(read, test);
    std::printf("%s%.0f bits of at most %.0f, %.1f %%; read back %.1e apart\n", quantized.summary().c_str(),
                quantized.cost<ParamsBit>(), Bits::limits[0], few, by_codes);
    std::filesystem::remove(file);

    const bool fine = pruned.cost<Params>() <= Widths::limits[0] &&
                      quantized.cost<ParamsBit>() <= Bits::limits[0] && by_export < 1e-4 && by_file == 0 &&
                      by_codes == 0 && small > 80 && few > 80 &&
                      spelled_found(pruned).find("JoinedBy<GatedProduct, ") != std::string::npos;
    return fine ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "19_own_join: %s\n", error.what());
    return 1;
}
