// SPDX-License-Identifier: Apache-2.0
// The program between alpha and what a step reads of it: microseconds for a state from alpha, for a cost of
// it, and for that cost with its derivatives by alpha. Needs no LibTorch. Prints a Markdown table.

#include <pliny/core.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace pliny;

volatile double sink; // keeps what nobody reads

/// The median of some rounds, in microseconds, of so many calls each.
template <class Function>
double microseconds(int rounds, const Function& f) {
    using Clock = std::chrono::steady_clock;
    constexpr int calls = 1000;
    std::vector<double> found;
    for (int round = 0; round < rounds; ++round) {
        const auto before = Clock::now();
        for (int i = 0; i < calls; ++i)
            f();
        found.push_back(std::chrono::duration<double, std::micro>(Clock::now() - before).count() / calls);
    }
    std::nth_element(found.begin(), found.begin() + rounds / 2, found.end());
    return found[static_cast<std::size_t>(rounds / 2)];
}

template <class Word>
void row(const char* name, int rounds) {
    using Search = Lowered<Word>;
    using Program = Architecture<Search>;
    constexpr auto metric = cost_at<0, typename Search::costs>;
    const auto now = std::make_unique<typename Program::State>();
    const auto slopes = std::make_unique<typename Program::Slopes>();
    std::vector<double> gradient(Program::alphas);
    for (std::size_t i = 0; i < now->number.size(); ++i)
        now->number[i] = 0.3 + 0.001 * static_cast<double>(i % 700);
    const double relax = microseconds(rounds, [&] {
        now->number[0] += 1e-9;
        Program::relax(*now);
    });
    const double cost = microseconds(rounds, [&] { sink = Program::cost(metric, *now); });
    const double derivatives = microseconds(rounds, [&] {
        *slopes = {};
        sink = Program::add_slopes(metric, *now, *slopes, 1);
        Program::through(*now, *slopes, gradient);
        sink = gradient[0];
    });
    std::printf("| %s | %zu | %.2f | %.2f | %.2f |\n", name, Program::alphas, relax, cost, derivatives);
}

} // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 51;
    if (argc > 2 || rounds < 1) {
        std::fprintf(stderr, "architecture [rounds]: found \"%s\"; expected a number, 1 or more\n", argv[1]);
        return 2;
    }
    std::printf(
        "| search | alphas | state | cost | cost with derivatives |\n| --- | --: | --: | --: | --: |\n");
    row<Pit<ResNet8, Cost<Params>>>("Pit<ResNet8>", rounds);
    row<Pit<Vgg16On<Image<1, 32, 32>, 10>, Cost<Ops>>>("Pit<Vgg16>", rounds);
    row<Mps<ResNet8, Cost<ParamsBit>>>("Mps<ResNet8>", rounds);
    row<Mps<ResNet8, PerChannel, Weights<0, 2, 4, 8>, Cost<OpsBit>>>("Mps<ResNet8>, PerChannel", rounds);
    row<Mps<Pit<ResNet8>, Cost<ParamsBit>>>("Mps<Pit<ResNet8>>", rounds);
    return 0;
}
