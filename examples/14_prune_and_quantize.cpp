// SPDX-License-Identifier: Apache-2.0
//
// 14. Prune and quantize in one search.
//
// With PerChannel every channel has a precision of its own, and 0 bits prune it: width and bits are one
// question under one limit. Channels that an addition joins, here those of residual blocks, share theirs.

#include <pliny/pliny.hpp>

#include <algorithm>
#include <cstdio>
#include <string_view>

using namespace pliny;

// An eighth of the bits that all weights would have with 8 each. The temperature makes shares decide
// themselves towards the end.
using Search = Mps<ResNet8At28, Weights<0, 2, 4, 8>, Activations<8>, PerChannel, Cost<ParamsBit>,
                   Duccio<Limit<Percent<12.5>>>, Temperature<1, 0.5>>;

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    Images train = FashionMnist::train().first(20'000), test = FashionMnist::test();
    if (small) {
        train = train.first(640);
        test = test.first(200);
    }
    at::manual_seed(0);
    Trainer trainer(train, test, small ? 32 : 128, 0);
    Model<ResNet8At28> whole;
    Adam weights({{whole.parameters(), 1e-3}});
    trainer.run("warm-up", small ? 1 : 2, whole, weights);

    // A channel begins at full strength, whatever its share of 0 bits is then, and fades as that grows.
    Model<Search> model;
    model.load_weights(whole);
    Adam both({{model.weights(), 1e-3}, {model.architecture(), 2e-2}});
    const int epochs = small ? 2 : 4;
    trainer.run("search", epochs, model, both,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });
    const SettledBits settled = model.settle();
    std::printf("settle() lowered the bits of %d channels, raised those of %d\n", settled.lowered,
                settled.raised);
    model.train_weights_only();
    trainer.run("settled", 1, model, both);

    // Pruned channels are gone from the export: its tensors are smaller, not masked.
    auto found = model.exported();
    std::printf("search model %.2f %%, right after export %.2f %%\n%s", accuracy(model, test),
                accuracy(found, test), found.summary().c_str());
    std::int64_t pruned = 0, left = 0, bits = 0;
    for (const LayerBits& layer : found.layers()) {
        pruned += std::count(layer.weights.begin(), layer.weights.end(), 0);
        left += layer.parameters;
        bits += layer.bits;
    }
    std::printf("%lld channels pruned; %lld weights left with %.2f bits each; %lld bits of at most %.0f\n",
                static_cast<long long>(pruned), static_cast<long long>(left),
                static_cast<double>(bits) / static_cast<double>(left), static_cast<long long>(bits),
                Search::limits[0]);
    return static_cast<double>(bits) == found.cost<ParamsBit>() &&
                   found.cost<ParamsBit>() <= Search::limits[0] &&
                   accuracy(model, test) == accuracy(found, test)
               ? 0
               : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "14_prune_and_quantize: %s\n", error.what());
    return 1;
}
