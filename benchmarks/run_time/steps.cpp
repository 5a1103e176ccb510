// SPDX-License-Identifier: Apache-2.0
// One training step of each method against its reference, interleaved in one process: Model<Net> against the
// same network written by hand in plain LibTorch, searches and networks of few bits against Model<Net>,
// composed searches against the one inside.
// Writes ratios, median over rounds, as JSON.

#include "choices.hpp"
#include "composed.hpp"
#include "mixed_precision.hpp"
#include "networks.hpp"
#include "race.hpp"

#include <pliny/train/memory.hpp>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace pliny;

std::string processor() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name"))
            return line.substr(line.find(':') + 2);
    return "unknown";
}

template <class Net, class ByHand, class Optimizer>
void race_network(const std::string& name, std::int64_t batch, const race::Settings& settings,
                  nlohmann::ordered_json& rows) {
    const auto [x, y] = race::noise<Net>(batch);
    using race::no_penalty;
    using race::stepper;
    auto by_hand = std::make_shared<ByHand>();
    auto model = std::make_shared<Model<Net>>();
    using Masks = Pit<Net, Cost<Params>>;
    using Limited = Pit<Net, Cost<Params>, Duccio<Limit<Percent<25>>>>;
    auto pit = std::make_shared<Model<Masks>>();
    auto duccio = std::make_shared<Model<Limited>>();
    std::vector<race::Contender> contenders{
        {"by hand", 0, stepper<Optimizer>(by_hand, by_hand->parameters(), x, y, no_penalty)},
        {"Model", 0, stepper<Optimizer>(model, model->parameters(), x, y, no_penalty)},
        {"Pit", 1, stepper<Optimizer>(pit, pit->parameters(), x, y, no_penalty)},
        {"Pit, Duccio", 1, stepper<Optimizer>(duccio, duccio->parameters(), x, y, race::with_penalty)}};
    race::run(name, batch, contenders, settings, rows);
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Ratios of training steps");
    race::Settings settings;
    std::string out = "steps.json", only, only_race;
    int threads = 0;
    app.add_option("--out", out, "Result file")->capture_default_str();
    app.add_option("--seconds", settings.seconds, "Seconds per network")->capture_default_str();
    app.add_option("--rounds", settings.rounds, "Rounds at least")->capture_default_str();
    app.add_option("--threads", threads, "Threads; 0: LibTorch's default")->capture_default_str();
    app.add_option("--network", only, "Cnn, ResNet8 or Vgg16; all if not given");
    app.add_option("--race", only_race, "masks, choices, bits or composed; all if not given")
        ->check(CLI::IsMember({"masks", "choices", "bits", "composed"}));
    CLI11_PARSE(app, argc, argv);
    keep_freed_memory();
    peak::start_counting();
    if (threads > 0)
        at::set_num_threads(threads);

    nlohmann::ordered_json report{
        {"machine", processor() + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores"},
        {"threads", at::get_num_threads()},
        {"versions", {{"libtorch", TORCH_VERSION}, {"compiler", __VERSION__}}}};
    auto rows = nlohmann::ordered_json::array();
    const auto wants = [&](const char* what, const char* network) {
        return (only_race.empty() || only_race == what) && (only.empty() || only == network);
    };
    using Vgg = Vgg16On<Image<1, 32, 32>, 10>;
    if (wants("masks", "Cnn"))
        race_network<Cnn, by_hand::Cnn, Adam>("Cnn", 32, settings, rows);
    if (wants("masks", "ResNet8"))
        race_network<ResNet8, by_hand::ResNet8, Adam>("ResNet8", 32, settings, rows);
    if (wants("masks", "Vgg16"))
        race_network<Vgg, by_hand::Vgg16, Sgd>("Vgg16 32x32", 16, settings, rows);
    if (wants("choices", "Cnn"))
        race_choices<CnnOf, Adam>("Cnn", 32, settings, rows);
    if (wants("choices", "ResNet8"))
        race_choices<ResNet8Of, Adam>("ResNet8", 32, settings, rows);
    if (wants("bits", "Cnn"))
        race_bits<Cnn, Adam>("Cnn", 32, settings, rows);
    if (wants("bits", "ResNet8"))
        race_bits<ResNet8, Adam>("ResNet8", 32, settings, rows);
    if (wants("bits", "Vgg16"))
        race_bits<Vgg, Sgd>("Vgg16 32x32", 16, settings, rows);
    if (wants("composed", "ResNet8"))
        race_composed<ResNet8, ResNet8Of<ReportChoices>, Adam>("ResNet8", 32, settings, rows);
    report["rows"] = rows;
    std::ofstream(out) << report.dump(2) << "\n";
    return 0;
}
