// SPDX-License-Identifier: Apache-2.0
// A search for layers on FashionMNIST under a limit at half of the range of costs, over several seeds,
// against PIT at the same limit and against random paths of the same cost, all trained for as many epochs.
// Prints a Markdown table; fails where a limit is missed or random paths are as good.

#include <pliny/pliny.hpp>
#include <pliny/train/memory.hpp>

#include "search_loop.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <numeric>
#include <random>
#include <string>

namespace {

using namespace pliny;
using namespace pliny::experiments;

// clang-format off
template <class Convs>
struct FiveConvs : Network<Image<1, 28, 28>, Sequential<
    typename Convs::template to<16>, BatchNorm2d, ReLU, MaxPool2d<2>,
    typename Convs::template to<32>, BatchNorm2d, ReLU,
    typename Convs::template same<32>, BatchNorm2d, ReLU, MaxPool2d<2>,
    typename Convs::template to<64>, BatchNorm2d, ReLU,
    typename Convs::template same<64>, BatchNorm2d, ReLU, AdaptiveAvgPool2d<1>, Flatten,
    Linear<10>>> {};
// clang-format on
struct Choices : FiveConvs<ReportChoices> {};
struct Largest : FiveConvs<OneKernel<5>> {};

constexpr auto range = SuperNet<Choices, Cost<Ops>>::bounds[0];
constexpr auto half = static_cast<long long>((range.smallest + range.largest) / 2);

struct Settings {
    std::int64_t images = 15000;
    int seeds = 5, pits = 5, randoms = 6;
    int warm_up = 3, search = 5, settled = 1, fine_tune = 4;
    std::string sampling = "softmax";
    double lr_alpha = 3e-2;
    double cost = 0;
    int epochs() const { return warm_up + search + settled + fine_tune; }
};

/// The learning rate falls along a cosine.
TrainerSettings cosine(std::uint64_t seed) {
    return {.batch = 128, .seed = seed, .quiet = true, .schedule = {.kind = Schedule::Kind::Cosine}};
}

struct Outcome {
    double cost, searched = -1, exported = -1, tuned = -1; // accuracies in percent; -1: none
    double scratch = -1;                                   // of the path, from random weights
    std::string path{};
};

void print(const char* method, int seed, const Outcome& o) {
    const auto percent = [](double v) { return v < 0 ? std::string("-") : decimals(v, 2); };
    std::puts(joined("| ", method, " | ", seed, " | ", o.path, " | ", decimals(o.cost, 0), " | ",
                     decimals(100 * o.cost / static_cast<double>(half), 1), " % | ", percent(o.searched),
                     " | ", percent(o.exported), " | ", percent(o.tuned), " | ", percent(o.scratch), " |")
                  .c_str());
    std::fflush(stdout);
}

std::string digits(const PathOf<Choices>& path) {
    std::string text;
    for (int number : path)
        text += std::to_string(number);
    return text;
}

double mean(const std::vector<double>& values) {
    return values.empty()
               ? 0
               : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Trains a path from random weights, for as many epochs as a search with its warm-up and fine-tuning takes;
/// its test accuracy.
double from_scratch(const PathOf<Choices>& path, const Settings& settings, std::uint64_t seed,
                    const Images& train, const Images& test) {
    at::manual_seed(seed);
    Trainer trainer(train, test, cosine(seed));
    Exported<Choices> network(path);
    train_weights(trainer, "train", settings.epochs(), network);
    return trainer.history().back().test_accuracy;
}

template <class Search>
Outcome search(const Settings& settings, std::uint64_t seed, const Images& train, const Images& test) {
    at::manual_seed(seed);
    Trainer trainer(train, test, 128, seed, true);
    Model<Search> model;
    train_weights(trainer, "warm-up", settings.warm_up, model);
    search_and_settle(trainer, model,
                      {.search = settings.search, .settled = settings.settled, .lr_alpha = settings.lr_alpha},
                      [&] { std::fprintf(stderr, "%s", model.summary().c_str()); });
    const double searched = accuracy(model, test);
    auto found = model.exported();
    const double exported = accuracy(found, test);
    Trainer tuner(train, test, cosine(seed));
    train_weights(tuner, "fine-tune", settings.fine_tune, found);
    Outcome outcome{found.template cost<Ops>(), searched, exported, tuner.history().back().test_accuracy};
    if constexpr (std::is_same_v<typename Search::network, Choices>) {
        outcome.path = digits(found.chosen());
        outcome.scratch = from_scratch(found.chosen(), settings, seed, train, test);
    }
    return outcome;
}

/// A random path that costs as much as those found, to within 5 %.
Outcome random_path(const Settings& settings, std::uint64_t seed, double like, const Images& train,
                    const Images& test) {
    std::mt19937_64 engine(seed);
    PathOf<Choices> path{};
    const auto widths = full_widths<double>(plan<Choices>);
    double cost = 0;
    while (cost > 1.05 * like || cost < 0.95 * like) {
        for (std::size_t c = 0; c < path.size(); ++c) {
            const int count = plan<Choices>[plan<Choices>.choices[c]].inputs;
            path[c] = std::uniform_int_distribution<int>(0, count - 1)(engine);
        }
        const auto shares = one_hot(plan<Choices>, path);
        cost =
            total_cost(Ops, plan<Choices>, std::span<const double>(widths), std::span<const double>(shares));
    }
    return {.cost = cost, .scratch = from_scratch(path, settings, seed, train, test), .path = digits(path)};
}

template <class Sampling>
int compare(const Settings& settings, const Images& train, const Images& test) {
    using Chosen = SuperNet<Choices, Cost<Ops>, Duccio<Limit<half>>, Sampling>;
    using Pruned = Pit<Largest, Cost<Ops>, Duccio<Limit<half>>>;
    std::puts(
        "| method | seed | path | MACs found | of the limit | search model % | exported % | fine-tuned % | "
        "from random weights % |\n|---|---|---|---|---|---|---|---|---|");
    std::vector<double> chosen, tuned, pruned, random, costs;
    bool met = true;
    const auto seeds = [](int count, const auto& run) {
        for (int seed = 0; seed < count; ++seed)
            run(seed);
    };
    seeds(settings.seeds, [&](int seed) {
        const Outcome outcome = search<Chosen>(settings, static_cast<std::uint64_t>(seed), train, test);
        met = met && outcome.cost <= half;
        chosen.push_back(outcome.scratch);
        tuned.push_back(outcome.tuned);
        costs.push_back(outcome.cost);
        print("SuperNet", seed, outcome);
    });
    seeds(settings.randoms, [&](int seed) {
        const Outcome outcome = random_path(settings, static_cast<std::uint64_t>(seed),
                                            settings.cost > 0 ? settings.cost : mean(costs), train, test);
        random.push_back(outcome.scratch);
        print("random", seed, outcome);
    });
    seeds(settings.pits, [&](int seed) {
        const Outcome outcome = search<Pruned>(settings, static_cast<std::uint64_t>(seed), train, test);
        met = met && outcome.cost <= half;
        pruned.push_back(outcome.tuned);
        print("PIT", seed, outcome);
    });
    std::printf("\nMean accuracy %%: from random weights, paths found %.2f, random paths %.2f; fine-tuned, "
                "SuperNet %.2f, PIT %.2f. Limit %lld of %.0f to %.0f MACs.\n",
                mean(chosen), mean(random), mean(tuned), mean(pruned), half, range.smallest, range.largest);
    return met && (random.empty() || mean(chosen) > mean(random)) ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Choosing layers against PIT and against chance");
    Settings settings;
    int threads = 0;
    app.add_option("--images", settings.images, "Training images")->capture_default_str();
    app.add_option("--seeds", settings.seeds, "Seeds 0 to N - 1")->capture_default_str();
    app.add_option("--pits", settings.pits, "Seeds of PIT")->capture_default_str();
    app.add_option("--randoms", settings.randoms, "Random paths of the mean cost")->capture_default_str();
    app.add_option("--cost", settings.cost, "MACs of random paths; 0: as those found on the average")
        ->capture_default_str();
    app.add_option("--sampling", settings.sampling, "How alternatives are tried")
        ->check(CLI::IsMember({"softmax", "gumbel", "single-path"}))
        ->capture_default_str();
    app.add_option("--lr-alpha", settings.lr_alpha, "Learning rate of alphas")->capture_default_str();
    app.add_option("--threads", threads, "Threads; 0: LibTorch's default")->capture_default_str();
    app.add_option("--warm-up", settings.warm_up, "Epochs")->capture_default_str();
    app.add_option("--search", settings.search, "Epochs")->capture_default_str();
    app.add_option("--settled", settings.settled, "Epochs")->capture_default_str();
    app.add_option("--fine-tune", settings.fine_tune, "Epochs")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    keep_freed_memory();
    if (threads > 0)
        at::set_num_threads(threads);
    try {
        const Images train = FashionMnist::train().first(settings.images), test = FashionMnist::test();
        return settings.sampling == "gumbel"        ? compare<Gumbel>(settings, train, test)
               : settings.sampling == "single-path" ? compare<SinglePath>(settings, train, test)
                                                    : compare<Softmax>(settings, train, test);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "choices: %s\n", error.what());
        return 1;
    }
}
