// SPDX-License-Identifier: Apache-2.0
// Searches for the bits of channels on FashionMNIST under limits on the memory of the weights, against the
// float network and one with 8 bits everywhere, all trained for as many epochs: some in float, then some of
// search and some with the bits found. Prints a Markdown table; fails where a limit is missed or the exported
// network is another.

#include <pliny/pliny.hpp>
#include <pliny/train/memory.hpp>

#include "search_loop.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace {

using namespace pliny;
using namespace pliny::experiments;

struct Settings {
    std::int64_t images = 60000;
    int seeds = 1, first_seed = 0;
    int warm_up = 3, search = 2, settled = 1;
    double lr = 1e-3, lr_alpha = 3e-2;
    bool constant = false; // learning rates
    std::string network, row;
    int after_warm_up() const { return search + settled; }
    bool wants(const std::string& name, const char* its_network) const {
        return (row.empty() || row == name) && (network.empty() || network == its_network);
    }
};

struct Outcome {
    double bits = 0, limit = 0;    // of weights; limit 0: none
    std::map<int, int> channels{}; // how many have so many bits
    double searched = 0, exported = 0;
    std::uintmax_t file_bytes = 0;
    bool good() const { return (limit == 0 || bits <= limit) && searched == exported; }
};

void print(const char* network, const std::string& row, int seed, const Outcome& o) {
    std::string channels;
    for (const auto& [bits, count] : o.channels)
        channels += joined(channels.empty() ? "" : ", ", bits, ": ", count);
    const bool limited = o.limit > 0;
    std::puts(joined("| ", network, " | ", row, " | ", seed, " | ", decimals(o.bits, 0), " | ",
                     limited ? decimals(o.limit, 0) : "-", " | ",
                     limited ? decimals(100 * o.bits / o.limit, 1) + " %" : "-", " | ",
                     channels.empty() ? "-" : channels, " | ", decimals(o.searched, 2), " | ",
                     decimals(o.exported, 2), " | ", o.file_bytes, " |")
                  .c_str());
    std::fflush(stdout);
}

/// Size on disk of a saved network.
template <class M>
std::uintmax_t file_bytes(const M& network) {
    const auto path = std::filesystem::temp_directory_path() /
                      joined("pliny_mixed_precision_", static_cast<const void*>(&network), ".safetensors");
    save(network, path);
    const std::uintmax_t bytes = std::filesystem::file_size(path);
    std::filesystem::remove(path);
    return bytes;
}

/// All rows of a network and a seed, each from the same float network.
template <class Net>
class Rows {
public:
    Rows(const char* its_name, const Settings& how, int its_seed, const Images& train_images,
         const Images& test_images)
        : name(its_name), settings(how), seed(its_seed), train(train_images), test(test_images) {}

    bool all_good = true;

    void baseline() {
        if (!settings.wants("float", name))
            return;
        auto model = started<Model<Net>>();
        Trainer trainer(train, test, how());
        train_weights(trainer, "float", settings.after_warm_up(), *model, settings.lr);
        Outcome outcome;
        outcome.bits = 4 * static_cast<double>(cost_of<Net, ParamsBit>); // that counts 8 bits each
        outcome.searched = outcome.exported = accuracy(*model, test);
        outcome.file_bytes = file_bytes(*model);
        finish("float", outcome);
    }
    /// A search, or a network with fixed bits.
    template <class Search>
    void search(const std::string& row) {
        if (!settings.wants(row, name))
            return;
        auto model = started<Model<Search>>();
        Trainer trainer(train, test, how());
        double before = 0;
        const SettledBits moved = search_and_settle(
            trainer, *model, {settings.search, settings.settled, settings.lr, settings.lr_alpha},
            [&] { before = model->template cost<ParamsBit>(); });
        std::fprintf(stderr,
                     "%s %s: %.0f bits by shares at the end of the search; %d channels lowered, %d raised\n",
                     name, row.c_str(), before, moved.lowered, moved.raised);
        Outcome outcome;
        outcome.searched = accuracy(*model, test);
        auto found = model->exported();
        outcome.exported = accuracy(found, test);
        outcome.bits = found.template cost<ParamsBit>();
        if constexpr (Search::limits.size() > 0)
            outcome.limit = Search::limits[0];
        for (int r = 1; r < plan<Net>.size(); ++r)
            for (int bits : model->weight_bits(r))
                ++outcome.channels[bits];
        outcome.file_bytes = file_bytes(found);
        finish(row, outcome);
    }

private:
    const char* name;
    const Settings& settings;
    int seed;
    const Images &train, &test;
    std::optional<Model<Net>> warm; // after the epochs in float

    TrainerSettings how() const {
        return {.batch = 128,
                .seed = static_cast<std::uint64_t>(seed),
                .quiet = true,
                .schedule = {.kind = settings.constant ? Schedule::Kind::Constant : Schedule::Kind::Cosine}};
    }
    template <class M>
    std::unique_ptr<M> started() {
        if (!warm) {
            at::manual_seed(static_cast<std::uint64_t>(seed));
            warm.emplace();
            Trainer trainer(train, test, how());
            train_weights(trainer, "warm-up", settings.warm_up, *warm, settings.lr);
            std::fprintf(stderr, "%s: %.2f %% after %d epochs in float\n", name, accuracy(*warm, test),
                         settings.warm_up);
        }
        at::manual_seed(static_cast<std::uint64_t>(seed));
        auto model = std::make_unique<M>();
        model->load_weights(*warm);
        return model;
    }
    void finish(const std::string& row, const Outcome& outcome) {
        print(name, row, seed, outcome);
        all_good = all_good && outcome.good();
    }
};

template <class Net, class... Parts>
using Channels = Mps<Net, Weights<0, 2, 4, 8>, Activations<8>, PerChannel, Cost<ParamsBit>, Parts...>;
template <class Net, auto Amount, class... Parts>
using Limited = Channels<Net, Duccio<Limit<Amount>>, Parts...>;
template <class Net, class... Parts>
using EightBits = Mps<Net, Weights<8>, Activations<8>, Parts...>;

template <class Net>
bool run(const char* name, const Settings& settings, int seed, const Images& train, const Images& test) {
    Rows<Net> rows(name, settings, seed, train, test);
    rows.baseline();
    rows.template search<EightBits<Net>>("w8a8");
    rows.template search<EightBits<Net, KeepBatchNorm>>("w8a8 norms");
    rows.template search<EightBits<Net, LearnedSteps>>("w8a8 steps");
    rows.template search<Limited<Net, Percent<50>>>("50%");
    rows.template search<Limited<Net, Percent<25>>>("25%");
    rows.template search<Limited<Net, Percent<12.5>>>("12.5%");
    rows.template search<Limited<Net, Percent<50>, KeepBatchNorm>>("50% norms");
    rows.template search<Limited<Net, Percent<12.5>, KeepBatchNorm>>("12.5% norms");
    rows.template search<Limited<Net, Percent<12.5>, LearnedSteps>>("12.5% steps");
    if constexpr (std::is_same_v<Net, Cnn>) {
        rows.template search<Limited<Net, 922'000>>("922000");
        rows.template search<Limited<Net, 244'000>>("244000");
    }
    return rows.all_good;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Searching the bits of channels under limits");
    Settings settings;
    int threads = 0;
    app.add_option("--network", settings.network, "Cnn or ResNet8; both if not given")
        ->check(CLI::IsMember({"Cnn", "ResNet8"}));
    app.add_option("--row", settings.row, "One row only; all if not given")
        ->check(CLI::IsMember({"float", "w8a8", "w8a8 norms", "w8a8 steps", "50%", "25%", "12.5%",
                               "50% norms", "12.5% norms", "12.5% steps", "922000", "244000"}));
    app.add_option("--images", settings.images, "Training images")->capture_default_str();
    app.add_option("--seeds", settings.seeds, "How many seeds")->capture_default_str();
    app.add_option("--first-seed", settings.first_seed, "The first of them")->capture_default_str();
    app.add_option("--lr", settings.lr, "Learning rate of weights")->capture_default_str();
    app.add_option("--lr-alpha", settings.lr_alpha, "Learning rate of alphas")->capture_default_str();
    app.add_flag("--constant", settings.constant, "Learning rates do not fall");
    app.add_option("--threads", threads, "Threads; 0: LibTorch's default")->capture_default_str();
    app.add_option("--warm-up", settings.warm_up, "Epochs in float")->capture_default_str();
    app.add_option("--search", settings.search, "Epochs")->capture_default_str();
    app.add_option("--settled", settings.settled, "Epochs")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    keep_freed_memory();
    if (threads > 0)
        at::set_num_threads(threads);
    try {
        const Images train = FashionMnist::train().first(settings.images), test = FashionMnist::test();
        std::puts("| network | limit | seed | weight bits | allowed | of the limit | channels by bits | "
                  "search model % | right after export % | file bytes |\n"
                  "|---|---|---|---|---|---|---|---|---|---|");
        bool all_good = true;
        for (int seed = settings.first_seed; seed < settings.first_seed + settings.seeds; ++seed) {
            all_good = run<Cnn>("Cnn", settings, seed, train, test) && all_good;
            all_good = run<ResNet8At28>("ResNet8", settings, seed, train, test) && all_good;
        }
        return all_good ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mixed_precision: %s\n", error.what());
        return 1;
    }
}
