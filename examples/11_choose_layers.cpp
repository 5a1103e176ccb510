// SPDX-License-Identifier: Apache-2.0
//
// 11. Choose among layers.
//
// Where you do not know which layer is best, write several. A Choice gives each of its alternatives a share,
// theta; training moves the shares, the limit speaks of what the alternatives cost, and in the end each
// choice takes one, with the weights that it has learnt.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <string_view>

using namespace pliny;

// Alternatives are any layers or blocks that give the same shape. All with one kernel over the same input,
// here 1x1, 3x3, 5x5 and Identity, run as one convolution; the two convolutions in a row run beside it. Would
// a shape differ, the compiler would print that of each alternative.
template <std::int64_t Width>
struct Mixer
    : Choice<Conv2d<Width>, Conv2d<Width, Kernel<3>, Padding<1>>, Conv2d<Width, Kernel<5>, Padding<2>>,
             Identity, Sequential<Conv2d<Width, Kernel<3>, Padding<1>>, ReLU, Conv2d<Width>>> {};

// clang-format off
struct Chooser : Network<Image<1, 28, 28>, Sequential<
    Conv2d<16, Kernel<3>, Stride<2>, Padding<1>>, BatchNorm2d, ReLU,
    Mixer<16>, BatchNorm2d, ReLU, MaxPool2d<2>,
    Conv2d<32, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Mixer<32>, BatchNorm2d, ReLU, AdaptiveAvgPool2d<1>, Flatten,
    Linear<10>>> {};
// clang-format on

// Percent<40> is a share of the path that costs most. How alternatives are tried is one word: Softmax (all
// run, the default), Gumbel (with noise), HardGumbel, Hard or SinglePath (one runs).
using Search = SuperNet<Chooser, Cost<Ops>, Duccio<Limit<Percent<40>>>, Softmax, Temperature<1, 0.5>>;
static_assert(path_count(plan<Chooser>) == 25);

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    Images train = FashionMnist::train(), test = FashionMnist::test();
    if (small) {
        train = train.first(1'000);
        test = test.first(500);
    }
    at::manual_seed(0);
    std::printf("%s\n", describe<Search>().c_str());
    Trainer trainer(train, test, small ? 32 : 128, 0);
    Model<Search> model;

    // First the weights alone, with equal shares; then both. The loop is that of every other search.
    model.train_weights_only();
    Adam weights({{model.weights(), 1e-3}});
    trainer.run("warm-up", 1, model, weights);
    model.train_both();
    Adam both({{model.weights(), 1e-3}, {model.architecture(), 3e-2}});
    const int epochs = small ? 2 : 3;
    trainer.run("search", epochs, model, both,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });
    std::printf("%s\n", model.summary().c_str());

    // settle() sees to it that the path of the largest shares meets the limit, and lets only that one run
    // from here on: train its weights for a while. The export takes them along, batch norm with its
    // statistics.
    const Settled settled = model.settle();
    std::printf("settle() changed %d choices\n", settled.rechosen);
    model.train_weights_only();
    trainer.run("settled", 1, model, both);
    auto found = model.exported();
    std::printf("search model %.2f %%, right after export %.2f %%\n", accuracy(model, test),
                accuracy(found, test));

    // What was found, as a type without choices.
    std::printf("%s\n%.0f MACs of at most %.0f\n", spelled_found(found).c_str(), found.cost<Ops>(),
                Search::limits[0]);
    return found.cost<Ops>() <= Search::limits[0] && accuracy(model, test) == accuracy(found, test) ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "11_choose_layers: %s\n", error.what());
    return 1;
}
