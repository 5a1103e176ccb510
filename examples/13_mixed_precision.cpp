// SPDX-License-Identifier: Apache-2.0
//
// 13. How many bits does each layer need?
//
// Mps takes a trained network and searches, while training, how many bits the weights and the activations of
// every layer have. Each candidate, here 2, 4 and 8 bits, counts by a share; training moves the shares, the
// limit speaks of the bits that the weights take together, and in the end every layer has one precision.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <filesystem>
#include <string_view>

using namespace pliny;

// At most half of what 8 bits for all weights would take, an eighth of float32: 4 bits on average. PerLayer
// is the default and is written here to say so; Activations<2, 4, 8> would search the bits of activations,
// too.
using Search =
    Mps<Cnn, Weights<2, 4, 8>, Activations<8>, PerLayer, Cost<ParamsBit>, Duccio<Limit<Percent<50>>>>;

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    Images train = FashionMnist::train().first(30'000), test = FashionMnist::test();
    if (small) {
        train = train.first(1'000);
        test = test.first(500);
    }
    at::manual_seed(0);
    std::printf("%s\n", describe<Search>().c_str());
    Trainer trainer(train, test, small ? 32 : 128, 0);

    // Begin with the network in floating point, batch norm and all.
    Model<Cnn> whole;
    Adam weights({{whole.parameters(), 1e-3}});
    trainer.run("warm-up", small ? 1 : 2, whole, weights);

    // load_weights folds every batch norm into the layer before it, on a copy. The first batch then sets the
    // clips, the ranges of the activations, which are trained from there.
    Model<Search> model;
    model.load_weights(whole);
    Adam both({{model.weights(), 1e-3}, {model.architecture(), 1e-2}});
    const int epochs = small ? 2 : 4;
    trainer.run("search", epochs, model, both,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });

    // settle() takes the bits of the largest alphas, lowers those it must until the limit holds, and raises
    // others as long as it does. Training from here on is quantization-aware training of that network.
    const SettledBits settled = model.settle();
    std::printf("settle() lowered the bits of %d layers, raised those of %d\n", settled.lowered,
                settled.raised);
    model.train_weights_only();
    trainer.run("settled", 1, model, both);

    // The export computes what the search model computes in eval mode. It can be trained on.
    auto found = model.exported();
    const double searched = accuracy(model, test), exported = accuracy(found, test);
    std::printf("search model %.2f %%, right after export %.2f %%\n%s", searched, exported,
                found.summary().c_str());

    // The file has as many bits as the network: codes, a step for every channel, biases, clips.
    const auto folder = std::filesystem::temp_directory_path();
    const auto file = folder / "pliny_13_found.safetensors", before = folder / "pliny_13_whole.safetensors";
    save(found, file);
    save(whole, before);
    auto loaded = load_quantized<Cnn>(file);
    const double read_back = accuracy(loaded, test);
    const auto bytes = std::filesystem::file_size(file), of = std::filesystem::file_size(before);
    std::printf("%.0f bits of weights of at most %.0f; file of %ju bytes instead of %ju; read back %.2f %%\n",
                found.cost<ParamsBit>(), Search::limits[0], static_cast<std::uintmax_t>(bytes),
                static_cast<std::uintmax_t>(of), read_back);
    std::filesystem::remove(file);
    std::filesystem::remove(before);
    return found.cost<ParamsBit>() <= Search::limits[0] && searched == exported && exported == read_back &&
                   bytes < of / 7
               ? 0
               : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "13_mixed_precision: %s\n", error.what());
    return 1;
}
