// SPDX-License-Identifier: Apache-2.0
// The loops that quantize activations and weights: milliseconds per million elements, one thread, in turn in
// one process, with LibTorch's own beside them. Prints a Markdown table and writes it as JSON.

#include <pliny/meta/text.hpp>
#include <pliny/quantizers/channel_loops.hpp>
#include <pliny/train/memory.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace pliny;

constexpr std::int64_t elements = 1 << 20;
constexpr int candidate_bits[] = {2, 4, 6, 8};

volatile double sink; // keeps what nobody reads

/// A loop over `elements` elements.
struct Loop {
    std::string what, candidates;
    std::function<void()> run;
    std::vector<double> ms{}; // per million elements
};

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

/// Runs all loops in turn, the order reversed every other round.
void time(std::vector<Loop>& loops, int rounds) {
    using Clock = std::chrono::steady_clock;
    constexpr double millions = static_cast<double>(elements) / 1e6;
    for (Loop& loop : loops)
        loop.run();
    for (int round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < loops.size(); ++i) {
            Loop& loop = loops[round % 2 ? loops.size() - 1 - i : i];
            const auto before = Clock::now();
            loop.run();
            const double ms = std::chrono::duration<double, std::milli>(Clock::now() - before).count();
            loop.ms.push_back(ms / millions);
        }
}

/// Tensors of so many elements: numbers, gradients by what is made of them, and room for a result.
struct Data {
    at::Tensor x = at::randn({elements}), g = at::randn({elements}), out = at::empty({elements});
    const float *in = x.const_data_ptr<float>(), *up = g.const_data_ptr<float>();
    float* result = out.mutable_data_ptr<float>();
};

template <int N>
void add_activations(std::vector<Loop>& loops, const Data& data) {
    pliny::detail::Mixture<N> mixture{};
    for (int i = 0; i < N; ++i) {
        mixture.grids[i] = unsigned_grid(2.0f + 0.1f * static_cast<float>(i), candidate_bits[4 - N + i]);
        mixture.share[i] = 1.0f / N;
    }
    const auto add = [&](const char* what, std::function<void()> run) {
        loops.push_back({joined("activations, ", what), std::to_string(N), std::move(run)});
    };
    add("forward", [=] { pliny::detail::mix(data.in, data.result, elements, mixture); });
    add("backward", [=] {
        pliny::detail::MixtureSums<N> sums;
        pliny::detail::mix_backward(data.in, data.up, data.result, elements, mixture, sums);
        for (int i = 0; i < N; ++i)
            sink = sums.by_value[i] + sums.by_input[i];
    });
    add("backward, clips and alphas fixed",
        [=] { pliny::detail::mix_gradient(data.in, data.up, data.result, elements, mixture); });
}

/// `action(first, count)` for channels of so many weights.
template <class F>
void for_each_channel(std::int64_t length, const F& action) {
    for (std::int64_t first = 0; first < elements; first += length)
        action(first, std::min(length, elements - first));
}

/// As a layer does it: channel by channel.
template <int... Bits>
void add_weights(std::vector<Loop>& loops, const Data& data, std::int64_t length) {
    static constexpr std::size_t n = sizeof...(Bits);
    const auto mixture = [](ChannelRange range) {
        float share[n];
        std::fill_n(share, n, 1.0f / n);
        return pliny::detail::weight_mixture<Bits...>(range, share);
    };
    const auto add = [&](const char* what, const auto& action) {
        loops.push_back({joined("weights, channels of ", length, ", ", what),
                         joined(n, ((Bits == 0) || ...) ? ", one of 0 bits" : ""),
                         [=] { for_each_channel(length, action); }});
    };
    add("forward", [=](std::int64_t first, std::int64_t count) {
        const float* in = data.in + first;
        const ChannelRange range = pliny::detail::channel_range(in, count);
        if constexpr (n == 1)
            pliny::detail::quantize_channel(in, data.result + first, count,
                                            pliny::detail::channel_grid(range, (Bits + ...)), (Bits + ...));
        else
            pliny::detail::mix_channel(in, data.result + first, count, mixture(range));
    });
    if constexpr (n == 1)
        add("of which the range", [=](std::int64_t first, std::int64_t count) {
            const ChannelRange range = pliny::detail::channel_range(data.in + first, count);
            sink = range.largest + range.mean;
        });
    else
        add("backward", [=](std::int64_t first, std::int64_t count) {
            double sums[n]{};
            pliny::detail::channel_sums(data.in + first, data.up + first, count, mixture({3, 1}), sums);
            for (double sum : sums)
                sink = sum;
        });
}

void add_libtorch(std::vector<Loop>& loops, const Data& data) {
    constexpr double step = 2.0 / 255;
    const at::Tensor mask = at::logical_and(data.x > 0, data.x < 2);
    loops.push_back({"LibTorch: relu, forward", "-", [=] { at::relu(data.x); }});
    loops.push_back({"LibTorch: relu, backward", "-", [=] { at::threshold_backward(data.g, data.x, 0); }});
    loops.push_back({"LibTorch: fake_quantize, forward", "1",
                     [=] { at::fake_quantize_per_tensor_affine_cachemask(data.x, step, 0, 0, 255); }});
    loops.push_back({"LibTorch: fake_quantize, backward", "1",
                     [=] { at::fake_quantize_per_tensor_affine_cachemask_backward(data.g, mask); }});
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Loops of quantizers");
    int rounds = 200;
    std::string out;
    app.add_option("--rounds", rounds, "How often each runs")->capture_default_str();
    app.add_option("--out", out, "Result file, JSON");
    CLI11_PARSE(app, argc, argv);
    at::set_num_threads(1);
    keep_freed_memory();
    at::manual_seed(0);
    const at::InferenceMode inference;
    const Data data;
    std::vector<Loop> loops;
    add_activations<1>(loops, data);
    add_activations<3>(loops, data);
    add_activations<4>(loops, data);
    for (const std::int64_t length : {288, 3136}) {
        add_weights<8>(loops, data, length);
        add_weights<2, 4, 8>(loops, data, length);
        add_weights<0, 2, 4, 8>(loops, data, length);
    }
    add_libtorch(loops, data);
    time(loops, rounds);
    auto rows = nlohmann::ordered_json::array();
    std::puts("| loop | candidates | ms per million, median | least |\n|---|---|---|---|");
    for (const Loop& loop : loops) {
        const double middle = median(loop.ms), least = *std::min_element(loop.ms.begin(), loop.ms.end());
        std::printf("| %s | %s | %.3f | %.3f |\n", loop.what.c_str(), loop.candidates.c_str(), middle, least);
        rows.push_back(
            {{"loop", loop.what}, {"candidates", loop.candidates}, {"ms_median", middle}, {"ms_min", least}});
    }
    if (!out.empty())
        std::ofstream(out) << rows.dump(2) << "\n";
    return 0;
}
