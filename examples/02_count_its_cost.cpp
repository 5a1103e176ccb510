// SPDX-License-Identifier: Apache-2.0
//
// 02. A cost is a constant that prices one layer.
//
// Params, ParamsNoBias, Ops and OpsNoBias come with the library. One formula serves three purposes: as a
// whole number at compile time, as a double in a report, and with derivatives in training. Still no LibTorch.

#include <pliny/core.hpp>

#include <cstdio>

using namespace pliny;

// Counting is a constant expression. Ops are multiply-accumulates, a bias counted as one more per output.

static_assert(cost_of<Cnn, Params> - cost_of<Cnn, ParamsNoBias> == 32 + 64 + 128 + 10); // the biases
static_assert(cost_of<Vgg16, Params> == 134'300'362);
static_assert(cost_of<ResNet8, Ops> > cost_of<ResNet8, OpsNoBias>);

// A cost of your own is a constant of an empty struct with a name and a call operator that prices a layer.
// `call` tells the static facts of the layer (kernel, groups, output pixels) and how many of its channels are
// alive, as a Number: an integer, a double, or a Dual, which carries derivatives. Write the formula once with
// + - * /, and all of them work. (The struct has a name of its own for nvcc; g++ and clang do not need it.)

struct FileBytesCost {
    static constexpr std::string_view name = "file_bytes";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return (call.weights() + call.biases()) * 4; // float32
    }
};
inline constexpr FileBytesCost FileBytes{};

static_assert(cost_of<Cnn, FileBytes> == 4 * cost_of<Cnn, Params>);

// One rule: a cost must not fall when a layer gets wider. The bounds of a search rest on it: they are the
// costs of the narrowest and of the widest network.

using Search = Pit<Cnn, Cost<FileBytes, Ops>, Duccio<Limit<FileBytes, 400'000>, Limit<Ops, Percent<30>>>>;

static_assert(Search::bounds[0].largest == 1'686'568);
static_assert(Search::bounds[0].smallest < 1'000); // one channel in each layer that may lose some
static_assert(Search::limits[1] < 1'300'000);      // 30 % of the operations, in operations

// So an impossible limit is a compile error. With Limit<FileBytes, 300> in the line above, the compiler says
//
//     [duccio.5] the limit lies below the smallest possible cost; the lines around this one print
//     LimitCheck<cost, asked, smallest, largest, possible>
//
// and near it LimitCheck<FileBytesCost(), 300, 360, 1686568, false>: 360 bytes are the least that this search
// can reach.

int main() {
    std::printf("%-10s %12s %12s %14s %14s\n", "", "params", "file bytes", "ops", "ops, no bias");
    const auto line = [](const char* name, long long params, long long bytes, long long ops,
                         long long no_bias) {
        std::printf("%-10s %12lld %12lld %14lld %14lld\n", name, params, bytes, ops, no_bias);
    };
    line("Cnn", cost_of<Cnn, Params>, cost_of<Cnn, FileBytes>, cost_of<Cnn, Ops>, cost_of<Cnn, OpsNoBias>);
    line("ResNet8", cost_of<ResNet8, Params>, cost_of<ResNet8, FileBytes>, cost_of<ResNet8, Ops>,
         cost_of<ResNet8, OpsNoBias>);
    line("Vgg16", cost_of<Vgg16, Params>, cost_of<Vgg16, FileBytes>, cost_of<Vgg16, Ops>,
         cost_of<Vgg16, OpsNoBias>);

    // The same formula for a network that is narrower: 10 channels alive in every group that can lose some.
    auto widths = full_widths<double>(plan<Cnn>);
    for (std::size_t g = 0; g < widths.size(); ++g)
        if (Search::space::analysis.trainable[g])
            widths[g] = 10;
    std::printf("\nCnn with 10 channels in every layer: %.0f bytes\n",
                total_cost(FileBytes, plan<Cnn>, std::span<const double>(widths)));

    // And with derivatives: what one more channel in a group costs. This is what a search follows.
    auto gradient = widths;
    gradient.fill(0);
    cost_gradient(FileBytes, plan<Cnn>, std::span<const double>(widths), std::span<double>(gradient));
    for (std::size_t g = 0; g < widths.size(); ++g)
        if (Search::space::analysis.trainable[g])
            std::printf("  one more channel in layer %s: %.0f bytes\n",
                        std::string(plan<Cnn>[plan<Cnn>.groups[g].first_row].path.view()).c_str(),
                        gradient[g]);
}
