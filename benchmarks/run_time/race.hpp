// SPDX-License-Identifier: Apache-2.0
// Steps of several contenders, in turn in one process, as ratios.
#pragma once

#include "peak.hpp"

#include <pliny/pliny.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace race {

/// A step of one contender; what it is measured against is an earlier one, by index.
struct Contender {
    std::string method;
    std::size_t reference;
    std::function<void()> step;
    std::optional<double> macs_ratio{}; // of what must run, to the reference
    std::vector<double> ms{};
    std::size_t peak_bytes = 0;
};

struct Settings {
    double seconds = 20; // per network
    int rounds = 30;     // at least
};

inline double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

/// Runs all contenders in turn, the order reversed every other round, and appends a row for each that has a
/// reference.
inline void run(const std::string& network, std::int64_t batch, std::vector<Contender>& contenders,
                const Settings& settings, nlohmann::ordered_json& rows) {
    using Clock = std::chrono::steady_clock;
    for (Contender& contender : contenders) {
        contender.step(); // gradients and states of the optimiser are there now
        contender.peak_bytes = peak::bytes_during(contender.step);
        for (int warm_up = 0; warm_up < 3; ++warm_up)
            contender.step();
    }
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
        const double peak =
            static_cast<double>(contender.peak_bytes) / static_cast<double>(reference.peak_bytes);
        rows.push_back({{"network", network},
                        {"batch", batch},
                        {"method", contender.method},
                        {"reference", reference.method},
                        {"ratio_median", median(ratios)},
                        {"ratio_min", *std::min_element(ratios.begin(), ratios.end())},
                        {"ratio_max", *std::max_element(ratios.begin(), ratios.end())},
                        {"ratio_of_medians", median(contender.ms) / median(reference.ms)},
                        {"ms_median", median(contender.ms)},
                        {"peak_ratio", peak},
                        {"rounds", ratios.size()}});
        if (contender.macs_ratio)
            rows.back()["macs_ratio"] = *contender.macs_ratio;
        std::printf("%-12s batch %-3lld %-21s / %-14s %.3f   (%.2f ms, peak %.3f", network.c_str(),
                    static_cast<long long>(batch), contender.method.c_str(), reference.method.c_str(),
                    median(ratios), median(contender.ms), peak);
        if (contender.macs_ratio)
            std::printf(", MACs %.3f", *contender.macs_ratio);
        std::puts(")");
        std::fflush(stdout);
    }
}

/// A whole step: zero gradients, forward, loss and penalty, backward, optimiser.
template <class Optimizer, class M, class Penalty>
std::function<void()> stepper(std::shared_ptr<M> model, std::vector<at::Tensor> parameters, at::Tensor x,
                              at::Tensor y, Penalty penalty) {
    auto optimizer =
        std::make_shared<Optimizer>(std::vector<pliny::ParameterGroup>{{std::move(parameters), 1e-4}});
    return [=] {
        optimizer->zero_grad();
        const at::Tensor task = at::cross_entropy_loss(model->forward(x), y);
        penalty(*model, task).backward();
        optimizer->step();
    };
}

inline constexpr auto no_penalty = [](auto&, const at::Tensor& task) { return task; };
inline constexpr auto with_penalty = [](auto& model, const at::Tensor& task) {
    return task + model.penalty(task, 1, 4);
};

/// A batch of noise for a network, and labels.
template <class Net>
std::pair<at::Tensor, at::Tensor> noise(std::int64_t batch) {
    const pliny::Shape& in = Net::input_type::shape;
    return {at::randn({batch, in[0], in[1], in[2]}), at::randint(10, {batch}, at::kLong)};
}

} // namespace race
