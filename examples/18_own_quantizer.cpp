// SPDX-License-Identifier: Apache-2.0
//
// 18. A quantizer of weights that the library does not know.
//
// A struct that gives a channel its scale, a weight its code, and a code its value is a quantizer: Mps
// searches bits for it, trains with it, exports, packs and reads it like the uniform grid of the library.
// This one has powers of two, with which a multiplication is a shift; nothing of it stands in include/pliny.

#include <pliny/pliny.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <numbers>

using namespace pliny;

/// 0 and scale x +-2^-e, the nearest of them (Miyashita et al., Convolutional Neural Networks using
/// Logarithmic Data Representation, 2016; Zhou et al., Incremental Network Quantization, 2017). The largest
/// code stands for the scale, the one below for half of it, and so on: 2 bits have 1 power, 4 bits have 7.
struct PowersOfTwo {
    static constexpr std::string_view name = "powers of two";

    /// The largest |w|, or less where that serves more weights: 1.5, 3 or 4.5 times the mean.
    static constexpr float scale(ChannelRange channel, int bits) {
        return std::min(channel.largest, 1.5f * static_cast<float>(bits - 1) * channel.mean);
    }
    static constexpr int code(float w, float scale, int bits) {
        const float size = (w < 0 ? -w : w) / scale;
        // The exponent of 4/3 x says between which multiples 3/4 of powers of two x lies: the nearest power.
        const int exponent = static_cast<int>(std::bit_cast<std::uint32_t>(size * (4 / 3.0f)) >> 23) - 127;
        const int nearest = std::min(std::max(powers(bits) + exponent, 1), powers(bits));
        const int code = size < 0.5f * power(1 - powers(bits)) ? 0 : nearest;
        return w < 0 ? -code : code;
    }
    static constexpr float value(int code, float scale, int bits) {
        const int size = code < 0 ? -code : code, sign = (code > 0) - (code < 0);
        return static_cast<float>(sign) * scale * power(size - powers(bits));
    }
    /// All values are multiples of the smallest: biases stand on its grid.
    static constexpr float step(float scale, int bits) { return value(1, scale, bits); }

private:
    static constexpr int powers(int bits) { // 30 shifts are enough
        return std::min((1 << (bits - 1)) - 1, 31);
    }
    static constexpr float power(int exponent) {
        return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
    }
};
static_assert(WeightQuantizer<PowersOfTwo>);
static_assert(PowersOfTwo::code(0.3f, 1, 4) == 5 && PowersOfTwo::value(5, 1, 4) == 0.25f);

struct Small
    : Network<Image<1, 8, 8>, Sequential<Conv2d<12, Kernel<3>>, BatchNorm2d, ReLU, Conv2d<16, Kernel<3>>,
                                         BatchNorm2d, ReLU, AdaptiveAvgPool2d<1>, Flatten, Linear<4>>> {};

// 0 bits prune a channel. At most half of what 4 bits for all weights would take.
using Search = Mps<Small, PowersOfTwo, PerChannel, Weights<0, 2, 3, 4>, Activations<8>, Cost<ParamsBit>,
                   Duccio<Limit<Percent<50>>>>;
using Found = Quantized<Small, PowersOfTwo>;

// Waves of four directions, each with a phase of its own, in noise.
Examples waves(std::int64_t count) {
    const at::Tensor classes = at::randint(4, {count}, at::kLong);
    const at::Tensor angle = classes.view({-1, 1, 1}) * (std::numbers::pi / 4),
                     phase = at::rand({count, 1, 1}) * 2 * std::numbers::pi;
    const at::Tensor x = at::arange(8).view({1, 1, 8}), y = at::arange(8).view({1, 8, 1});
    const at::Tensor images = at::sin(1.3 * (x * at::cos(angle) + y * at::sin(angle)) + phase);
    return Examples((images + 0.7 * at::randn_like(images)).unsqueeze(1), classes, 4);
}

/// Whether every weight that counts is 0 or its channel's scale times +-2^-e, with the sign of its code.
bool all_powers(const Found& found) {
    bool all = true;
    const auto made = found.weights();
    std::size_t next = 0;
    for (int row = 1; row < plan<Small>.size(); ++row) {
        if (found.weight_bits(row).empty())
            continue;
        const auto own = found.weight_codes(row);
        const at::Tensor weight = (*made)[next].contiguous();
        next += own.bias.empty() ? 1 : 2;
        const auto each = static_cast<std::size_t>(weight[0].numel());
        for (std::size_t i = 0; i < own.codes.size(); ++i) {
            const float w = weight.const_data_ptr<float>()[i], scale = own.steps[i / each];
            int exponent = 0;
            const bool power =
                std::frexp(std::fabs(w) / scale, &exponent) == 0.5f && exponent <= 1 && exponent > -6;
            all = all && (w == 0 ? own.codes[i] == 0 : power && (w < 0) == (own.codes[i] < 0));
        }
    }
    return all;
}

int main() try {
    at::manual_seed(0);
    const Examples train = waves(800), test = waves(500);
    Trainer trainer(train, test, 50, 0);

    Model<Small> whole;
    Adam weights({{whole.parameters(), 3e-3}});
    trainer.run("float", 3, whole, weights);

    Model<Search> model;
    model.load_weights(whole);
    Adam both({{model.weights(), 3e-3}, {model.architecture(), 1e-2}});
    constexpr int epochs = 5;
    trainer.run("search", epochs, model, both,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });
    model.settle();
    model.train_weights_only();
    trainer.run("settled", 1, model, both);

    Found found = model.exported();
    std::printf("%s", found.summary().c_str());
    const double searched = accuracy(model, test), exported = accuracy(found, test);

    const auto file = std::filesystem::temp_directory_path() / "pliny_18_found.safetensors";
    save(found, file);
    auto loaded = load_quantized<Small, PowersOfTwo>(file);
    std::filesystem::remove(file);
    found.eval();
    loaded.eval();
    const at::NoGradGuard no_grad;
    const at::Tensor x = at::randn({32, 1, 8, 8});
    const bool same = at::equal(found(x), loaded(x));

    std::printf("search model %.1f %%, exported %.1f %%; %.0f bits, limit %.0f\n", searched, exported,
                found.cost<ParamsBit>(), Search::limits[0]);
    return all_powers(found) && same && searched == exported && exported > 90 &&
                   found.cost<ParamsBit>() <= Search::limits[0]
               ? 0
               : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "18_own_quantizer: %s\n", error.what());
    return 1;
}
