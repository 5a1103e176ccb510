// SPDX-License-Identifier: Apache-2.0
//
// 08. Layers, widths and bits in one search.
//
// The words for searches take one another as their subject. However they are nested, they mean one search
// with one alpha: alternatives are chosen, channels die and bits are taken in the same training, under the
// same limits.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <filesystem>
#include <string_view>
#include <type_traits>

using namespace pliny;

// An eighth of the bits of the largest path with 8 bits each, and a fifth of its operations.
using Limits = Duccio<Limit<ParamsBit, Percent<12.5>>, Limit<OpsBit, Percent<20>>>;
using Search = Mps<Pit<SuperNet<ResNet8ChoicesAt28>>, Activations<8>, Cost<ParamsBit, OpsBit>, Limits>;
static_assert(std::is_same_v<Lowered<Search>, Lowered<SuperNet<Pit<Mps<ResNet8ChoicesAt28, Activations<8>>>,
                                                               Cost<ParamsBit, OpsBit>, Limits>>>);

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    Images train = FashionMnist::train().first(20'000), test = FashionMnist::test();
    if (small) {
        train = train.first(64);
        test = test.first(40);
    }
    at::manual_seed(0);
    Trainer trainer(train, test, small ? 16 : 128, 0);
    Model<Search> model;
    model.train_weights_only();
    Adam weights({{model.weights(), 1e-3}});
    trainer.run("warm-up", small ? 1 : 2, model, weights);
    model.train_both();
    Adam both({{model.weights(), 1e-3}, {model.architecture(), 1e-2}});
    const int epochs = small ? 1 : 4;
    trainer.run("search", epochs, model, both,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });

    const Settled settled = model.settle();
    std::printf(
        "settle() removed %d channels, restored %d, changed %d choices, lowered %d layers and raised %d\n",
        settled.removed, settled.restored, settled.rechosen, settled.lowered, settled.raised);
    model.train_weights_only();
    trainer.run("settled", 1, model, both);

    Quantized<ResNet8ChoicesAt28> found = model.exported();
    const auto file = std::filesystem::temp_directory_path() / "pliny_08_all_at_once.safetensors";
    save(found, file);
    auto loaded = load_quantized<ResNet8ChoicesAt28>(file);
    std::printf("%s\n%s", choices_table<ResNet8ChoicesAt28>(found.chosen()).c_str(), found.summary().c_str());
    std::printf("search model %.2f %%, exported %.2f %%, read back %.2f %%, %ju bytes\n",
                accuracy(model, test), accuracy(found, test), accuracy(loaded, test),
                static_cast<std::uintmax_t>(std::filesystem::file_size(file)));
    std::filesystem::remove(file);

    for (const LimitReport& limit : model.limits()) {
        std::printf("%s: %.0f of at most %.0f\n", limit.cost.c_str(), limit.value, limit.limit);
        if (!limit.satisfied())
            return 1;
    }
    return found.cost<ParamsBit>() == model.cost<ParamsBit>() &&
                   accuracy(found, test) == accuracy(loaded, test)
               ? 0
               : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "08_all_at_once: %s\n", error.what());
    return 1;
}
