// SPDX-License-Identifier: Apache-2.0
//
// 05. Several limits at once, and wishes about the widths.
//
// DUCCIO treats a cost as a constraint: nothing is added to the loss while a limit holds, and while it does
// not, a penalty that grows over the first half of the search. You give amounts, not strengths to be tuned.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <string_view>

using namespace pliny;

// With two costs, each limit says which one it means. Multiple<8> keeps every width that is searched a
// multiple of 8, as SIMD units like it. Exclude<"0"> leaves the first convolution alone: layers are named by
// the paths that describe<Cnn>() prints, or by kind, Exclude<Kind::Linear>. Options stand in any order.
// Should the limits be out of reach because of them, that is a compile error.
using Search = Pit<Cnn, Cost<Params, Ops>, Duccio<Limit<Params, 60'000>, Limit<Ops, Percent<40>>>,
                   Multiple<8>, Exclude<"0">>;

void print_limits(const char* when, const Model<Search>& model) {
    for (const LimitReport& limit : model.limits())
        std::printf("%-16s %-7s limit %9.0f, now %9.0f: %s\n", when, limit.cost.c_str(), limit.limit,
                    limit.value, limit.satisfied() ? "holds" : "exceeded");
}

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    Images train = FashionMnist::train(), test = FashionMnist::test();
    if (small) {
        train = train.first(1'000);
        test = test.first(500);
    }
    at::manual_seed(0);
    Trainer trainer(train, test, small ? 32 : 128, 0);
    Model<Search> model;
    print_limits("at the start", model);

    // A search has three phases. First the weights alone, so that the penalty meets a network that knows
    // something.
    model.train_weights_only();
    Adam weights({{model.weights(), 1e-3}});
    trainer.run("warm-up", 1, model, weights);

    // Then both. The last argument adds the penalty to the loss of a batch; `epoch` has a fraction for the
    // batch.
    model.train_both();
    Adam both({{model.weights(), 1e-3}, {model.architecture(), 1e-2}});
    const int epochs = small ? 2 : 4;
    trainer.run("search", epochs, model, both,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });
    print_limits("after the search", model);

    // A penalty is a pull, not a proof. settle() moves the alphas of the fewest channels until every limit
    // holds on the network as it would be exported, and then lets channels come back while there is room.
    const Settled settled = model.settle();
    std::printf("settle() removed %d channels and restored %d\n", settled.removed, settled.restored);
    print_limits("settled", model);
    std::printf("%s", model.summary().c_str());

    // Last, the found network is trained on. Its accuracy right after the export is that of the settled
    // model.
    auto found = model.exported();
    std::printf("right after export: %.2f %%\n", accuracy(found, test));
    Adam fine_tuning({{found.parameters(), 1e-3}});
    trainer.run("fine-tuning", small ? 1 : 2, found, fine_tuning);

    for (const LimitReport& limit : model.limits())
        if (!limit.satisfied())
            return 1;
    for (std::int64_t width : model.widths())
        if (width % 8 != 0 && width != 1 && width != 10) // 1 input channel, 10 classes
            return 1;
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "05_limit_with_duccio: %s\n", error.what());
    return 1;
}
