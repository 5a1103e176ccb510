// SPDX-License-Identifier: Apache-2.0
// One training step of each method against its reference, interleaved in one process: Model<Net> against the
// same network written by hand in plain LibTorch, searches against Model<Net>. Writes ratios, median over
// rounds, as JSON.

#include "networks.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/memory.hpp>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace pliny;

/// A step of one contender; what it is measured against is an earlier one, by index.
struct Contender {
    std::string method;
    std::size_t reference;
    std::function<void()> step;
    std::vector<double> ms{};
};

struct Settings {
    double seconds = 20; // per network
    int rounds = 30;     // at least
};

std::string processor() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name"))
            return line.substr(line.find(':') + 2);
    return "unknown";
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

/// Runs all contenders in turn, the order reversed every other round, and appends a row for each that has a
/// reference.
void race(const std::string& network, std::int64_t batch, std::vector<Contender>& contenders,
          const Settings& settings, nlohmann::ordered_json& rows) {
    using Clock = std::chrono::steady_clock;
    for (int warm_up = 0; warm_up < 5; ++warm_up)
        for (Contender& contender : contenders)
            contender.step();
    const auto start = Clock::now();
    for (int round = 0;
         round < settings.rounds || Clock::now() - start < std::chrono::duration<double>(settings.seconds);
         ++round)
        for (std::size_t i = 0; i < contenders.size(); ++i) {
            Contender& contender = contenders[round % 2 ? contenders.size() - 1 - i : i];
            const auto before = Clock::now();
            contender.step();
            contender.ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - before).count());
        }
    for (const Contender& contender : contenders) {
        const Contender& reference = contenders[contender.reference];
        if (&reference == &contender)
            continue;
        std::vector<double> ratios;
        for (std::size_t i = 0; i < contender.ms.size(); ++i)
            ratios.push_back(contender.ms[i] / reference.ms[i]);
        rows.push_back({{"network", network},
                        {"batch", batch},
                        {"method", contender.method},
                        {"reference", reference.method},
                        {"ratio_median", median(ratios)},
                        {"ratio_min", *std::min_element(ratios.begin(), ratios.end())},
                        {"ratio_max", *std::max_element(ratios.begin(), ratios.end())},
                        {"ratio_of_medians", median(contender.ms) / median(reference.ms)},
                        {"ms_median", median(contender.ms)},
                        {"rounds", ratios.size()}});
        std::printf("%-10s batch %-3lld %-14s / %-12s %.3f   (%.2f ms)\n", network.c_str(),
                    static_cast<long long>(batch), contender.method.c_str(), reference.method.c_str(),
                    median(ratios), median(contender.ms));
        std::fflush(stdout);
    }
}

/// A whole step: zero gradients, forward, loss and penalty, backward, optimiser.
template <class Optimizer, class M, class Penalty>
std::function<void()> stepper(std::shared_ptr<M> model, std::vector<at::Tensor> parameters, at::Tensor x,
                              at::Tensor y, Penalty penalty) {
    auto optimizer = std::make_shared<Optimizer>(std::vector<ParameterGroup>{{std::move(parameters), 1e-4}});
    return [=] {
        optimizer->zero_grad();
        const at::Tensor task = at::cross_entropy_loss(model->forward(x), y);
        penalty(*model, task).backward();
        optimizer->step();
    };
}

template <class Net, class ByHand, class Optimizer>
void race_network(const std::string& name, std::int64_t batch, const Settings& settings,
                  nlohmann::ordered_json& rows) {
    const Shape& in = Net::input_type::shape;
    const at::Tensor x = at::randn({batch, in[0], in[1], in[2]}), y = at::randint(10, {batch}, at::kLong);
    const auto plain = [](auto&, const at::Tensor& task) { return task; };
    auto by_hand = std::make_shared<ByHand>();
    auto model = std::make_shared<Model<Net>>();
    using Masks = Pit<Net, Cost<Params>>;
    using Limited = Pit<Net, Cost<Params>, Duccio<Limit<Percent<25>>>>;
    auto pit = std::make_shared<Model<Masks>>();
    auto duccio = std::make_shared<Model<Limited>>();
    std::vector<Contender> contenders{
        {"by hand", 0, stepper<Optimizer>(by_hand, by_hand->parameters(), x, y, plain)},
        {"Model", 0, stepper<Optimizer>(model, model->parameters(), x, y, plain)},
        {"Pit", 1, stepper<Optimizer>(pit, pit->parameters(), x, y, plain)},
        {"Pit, Duccio", 1,
         stepper<Optimizer>(
             duccio, duccio->parameters(), x, y,
             [](Model<Limited>& m, const at::Tensor& task) { return task + m.penalty(task, 1, 4); })}};
    race(name, batch, contenders, settings, rows);
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Ratios of training steps");
    Settings settings;
    std::string out = "steps.json", only;
    int threads = 0;
    app.add_option("--out", out, "Result file")->capture_default_str();
    app.add_option("--seconds", settings.seconds, "Seconds per network")->capture_default_str();
    app.add_option("--rounds", settings.rounds, "Rounds at least")->capture_default_str();
    app.add_option("--threads", threads, "Threads; 0: LibTorch's default")->capture_default_str();
    app.add_option("--network", only, "Cnn, ResNet8 or Vgg16; all if not given");
    CLI11_PARSE(app, argc, argv);
    keep_freed_memory();
    if (threads > 0)
        at::set_num_threads(threads);

    nlohmann::ordered_json report{
        {"machine", processor() + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores"},
        {"threads", at::get_num_threads()},
        {"versions", {{"libtorch", TORCH_VERSION}, {"compiler", __VERSION__}}}};
    auto rows = nlohmann::ordered_json::array();
    if (only.empty() || only == "Cnn")
        race_network<Cnn, by_hand::Cnn, Adam>("Cnn", 32, settings, rows);
    if (only.empty() || only == "ResNet8")
        race_network<ResNet8, by_hand::ResNet8, Adam>("ResNet8", 32, settings, rows);
    if (only.empty() || only == "Vgg16")
        race_network<Vgg16On<Image<1, 32, 32>, 10>, by_hand::Vgg16, Sgd>("Vgg16 32x32", 16, settings, rows);
    report["rows"] = rows;
    std::ofstream(out) << report.dump(2) << "\n";
    return 0;
}
