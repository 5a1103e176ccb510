// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/evaluating.hpp>
#include <pliny/train/interrupt.hpp>
#include <pliny/train/measure.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <list>

namespace pliny::detail {

PLINY_INLINE double score(torch::nn::Module& model, const Forward& forward, const Examples& data,
                          const Loss& loss, std::int64_t batch) {
    const Evaluating evaluating(model);
    const at::InferenceMode inference;
    constexpr std::int64_t numbers = 1'000'000; // of a batch, so that large examples do not fill the memory
    std::int64_t each = 1;
    for (const std::int64_t extent : data.input_shape())
        each *= extent;
    batch = std::clamp<std::int64_t>(numbers / std::max<std::int64_t>(each, 1), 1, batch);
    at::Tensor x, y;
    at::Tensor sum = at::zeros({}, at::TensorOptions(at::kDouble).device(data.device()));
    for (std::int64_t first = 0; first < data.size(); first += batch) {
        throw_if_interrupted();
        const std::int64_t last = std::min(first + batch, data.size());
        data.gather_into(x, y, at::arange(first, last, at::TensorOptions(at::kLong).device(data.device())));
        sum += loss.score_sum(forward(x), y);
    }
    return loss.score(sum.item<double>(), data.size());
}

/// Median, minimum and spread of the seconds of many rounds.
inline Latency latency_of(std::vector<double> seconds) {
    std::ranges::sort(seconds);
    const auto quantile = [&](double share) {
        return seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1) + 0.5)];
    };
    const double median = quantile(0.5), spread = (quantile(0.75) - quantile(0.25)) / median;
    return {.median_ms = 1e3 * median,
            .minimum_ms = 1e3 * seconds.front(),
            .spread = spread,
            .steady = seconds.size() > 1 && spread <= 0.1,
            .rounds = static_cast<int>(seconds.size())};
}

PLINY_INLINE std::vector<Latency> interleaved(const std::vector<std::function<double()>>& timed,
                                              double seconds, int series) {
    constexpr std::size_t least_rounds = 21;
    const auto loudest = [](const std::vector<Latency>& all) {
        return std::ranges::max_element(all, {}, &Latency::spread)->spread;
    };
    std::vector<std::vector<double>> times(timed.size());
    double spent = 0;
    const auto round = [&] {
        for (std::size_t i = 0; i < timed.size(); ++i) {
            times[i].push_back(timed[i]());
            spent += times[i].back();
        }
    };
    const auto result = [&] {
        std::vector<Latency> all;
        for (const auto& of_one : times)
            all.push_back(latency_of(of_one));
        return all;
    };
    round(); // what a first run costs more does not count, except where one takes very long
    if (spent > 10 * seconds)
        return result();
    std::vector<Latency> best;
    for (int measured = 0; measured < std::max(series, 1); ++measured) {
        spent = 0;
        for (auto& of_one : times)
            of_one.clear();
        while (spent < seconds || (times[0].size() < least_rounds && spent < 10 * seconds)) {
            throw_if_interrupted();
            round();
        }
        std::vector<Latency> now = result();
        if (best.empty() || loudest(now) < loudest(best))
            best = std::move(now);
        if (std::ranges::all_of(best, &Latency::steady))
            break;
    }
    return best;
}

PLINY_INLINE std::vector<Latency> latencies(const std::vector<LatencyOf>& models, at::IntArrayRef image,
                                            std::int64_t batch, int threads, double seconds) {
    using Clock = std::chrono::steady_clock;
    const struct Threads { // and back, whatever happens
        int before = at::get_num_threads();
        ~Threads() { at::set_num_threads(before); }
    } restored;
    if (threads > 0)
        at::set_num_threads(threads);
    std::list<Evaluating> evaluating;
    const at::InferenceMode inference;
    std::vector<std::int64_t> shape{batch};
    shape.insert(shape.end(), image.begin(), image.end());
    std::vector<std::function<double()>> timed;
    for (const LatencyOf& one : models) {
        evaluating.emplace_back(one.model);
        const at::Device device = one.model.parameters()[0].device();
        timed.push_back([&one, device, x = at::randn(shape, device)] {
            const auto before = Clock::now();
            const at::Tensor y = one.forward(x);
            if (!device.is_cpu())
                y.cpu(); // waits for it
            return std::chrono::duration<double>(Clock::now() - before).count();
        });
    }
    std::vector<Latency> measured = interleaved(timed, seconds);
    for (Latency& one : measured)
        one.threads = at::get_num_threads();
    return measured;
}

} // namespace pliny::detail
