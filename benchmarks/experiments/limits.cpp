// SPDX-License-Identifier: Apache-2.0
// Short searches of Cnn on FashionMNIST under several limits and seeds: is every limit met, and closely?
// Prints a Markdown table.

#include <pliny/pliny.hpp>
#include <pliny/train/memory.hpp>

#include "search_loop.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace {

using namespace pliny;
using namespace pliny::experiments;

struct Settings {
    std::int64_t images = 20000;
    int seeds = 3;
    int warm_up = 1, search = 2, settled = 1, fine_tune = 1;
};

template <int Share>
int search(const Settings& settings, std::uint64_t seed, const Images& train, const Images& test) {
    using Search = Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<Share>>>>;
    at::manual_seed(seed);
    Trainer trainer(train, test, 128, seed, true);
    Model<Search> model;
    train_weights(trainer, "warm-up", settings.warm_up, model);
    double before = 0;
    const Settled moved = search_and_settle(
        trainer, model, {.search = settings.search, .settled = settings.settled, .lr_alpha = 1e-2},
        [&] { before = model.template cost<Params>(); });
    const LimitReport limit = model.limits()[0];
    const double searched = accuracy(model, test);
    auto found = model.exported();
    const double exported = accuracy(found, test);
    train_weights(trainer, "fine-tune", settings.fine_tune, found);
    std::printf("| %d %% | %llu | %.0f | %.0f | %.1f %% | -%d +%d | %s | %.1f %% | %.2f | %.2f | %.2f |\n",
                Share, static_cast<unsigned long long>(seed), limit.limit, before, 100 * before / limit.limit,
                moved.removed, moved.restored, limit.satisfied() ? "yes" : "NO",
                100 * limit.value / limit.limit, searched, exported, trainer.history().back().test_accuracy);
    std::fflush(stdout);
    return limit.satisfied() && limit.value >= 0.9 * limit.limit ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Limits and seeds");
    Settings settings;
    app.add_option("--images", settings.images, "Training images")->capture_default_str();
    app.add_option("--seeds", settings.seeds, "Seeds 0 to N - 1")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    keep_freed_memory();
    try {
        const Images train = FashionMnist::train().first(settings.images), test = FashionMnist::test();
        std::puts("| limit | seed | parameters allowed | end of search | of the limit | settled (channels) | "
                  "satisfied | found, "
                  "of the limit | search model % | exported % | fine-tuned % |");
        std::puts("|---|---|---|---|---|---|---|---|---|---|---|");
        int missed = 0;
        for (int s = 0; s < settings.seeds; ++s) {
            const auto seed = static_cast<std::uint64_t>(s);
            missed += search<50>(settings, seed, train, test) + search<25>(settings, seed, train, test) +
                      search<10>(settings, seed, train, test) + search<5>(settings, seed, train, test);
        }
        return missed > 0 ? 1 : 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "limits: %s\n", error.what());
        return 1;
    }
}
