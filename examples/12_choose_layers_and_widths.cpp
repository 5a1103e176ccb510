// SPDX-License-Identifier: Apache-2.0
//
// 12. Choose layers and widths in one search.
//
// Put the SuperNet into Pit: alternatives are chosen and channels die in the same training, under the same
// limits. Channels of alternatives that end in the same place share their masks.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <string_view>

using namespace pliny;

// A residual network whose seven convolutions are chosen, from those of the report: 3x3, 3x3 twice, 5x5
// and, where shapes allow, Identity. The SuperNet inside says how; costs and limits stand outside.
using Search = Pit<SuperNet<ResNet8ChoicesAt28>, Cost<Params, Ops>,
                   Duccio<Limit<Params, 40'000>, Limit<Ops, Percent<20>>>>;

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    Images train = FashionMnist::train().first(20'000), test = FashionMnist::test();
    if (small) {
        train = train.first(320);
        test = test.first(200);
    }
    at::manual_seed(0);
    Trainer trainer(train, test, small ? 32 : 128, 0);
    Model<Search> model;
    model.train_weights_only();
    Adam weights({{model.weights(), 1e-3}});
    trainer.run("warm-up", 1, model, weights);
    model.train_both();
    Adam both({{model.weights(), 1e-3}, {model.architecture(), 1e-2}});
    const int epochs = small ? 1 : 4;
    trainer.run("search", epochs, model, both,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });

    // Where the path of the largest shares would be too dear even at its narrowest, another one is taken; the
    // rest is done by channels.
    const Settled settled = model.settle();
    std::printf("settle() removed %d channels, restored %d, changed %d choices\n", settled.removed,
                settled.restored, settled.rechosen);
    model.train_weights_only();
    trainer.run("settled", 1, model, both);
    std::printf("%s", model.summary().c_str());

    auto found = model.exported();
    std::printf("search model %.2f %%, right after export %.2f %%\n", accuracy(model, test),
                accuracy(found, test));
    for (const LimitReport& limit : model.limits()) {
        std::printf("%s: %.0f of at most %.0f\n", limit.cost.c_str(), limit.value, limit.limit);
        if (!limit.satisfied())
            return 1;
    }
    return found.cost<Params>() == model.cost<Params>() ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "12_choose_layers_and_widths: %s\n", error.what());
    return 1;
}
