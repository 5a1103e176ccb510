// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/images.hpp>
#include <pliny/nn/evaluating.hpp>
#include <pliny/train/interrupt.hpp>

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace pliny {

/// Share of the images, in percent, whose largest output is at their label. The model is in eval mode
/// meanwhile. Throws `Interrupted` between two batches.
template <class M>
double accuracy(M& model, const Images& data, std::int64_t batch = 500) {
    const Evaluating evaluating(model);
    const at::InferenceMode inference;
    constexpr std::int64_t pixels = 1'000'000; // of a batch, so that large images do not fill the memory
    batch = std::clamp<std::int64_t>(pixels / (data.height() * data.width()), 1, batch);
    at::Tensor x, y;
    at::Tensor right = at::zeros({}, data.labels.options());
    for (std::int64_t first = 0; first < data.size(); first += batch) {
        throw_if_interrupted();
        const std::int64_t last = std::min(first + batch, data.size());
        data.gather_into(x, y, at::arange(first, last, data.labels.options()));
        right += model(x).argmax(1).eq(y).sum();
    }
    return 100.0 * right.item<double>() / static_cast<double>(data.size());
}

/// Median milliseconds of one inference of `batch` images in eval mode: of as many as fit into `seconds`,
/// but at least 11; of a single one where it takes over ten times `seconds`.
template <class M>
double latency_ms(M& model, at::IntArrayRef image, std::int64_t batch, double seconds = 0.3) {
    using Clock = std::chrono::steady_clock;
    const Evaluating evaluating(model);
    const at::InferenceMode inference;
    std::vector<std::int64_t> shape{batch};
    shape.insert(shape.end(), image.begin(), image.end());
    const at::Device device = model.parameters()[0].device();
    const at::Tensor x = at::randn(shape, device);
    const auto run = [&] {
        const at::Tensor y = model(x);
        if (!device.is_cpu())
            y.cpu(); // waits for it
    };
    const auto timed = [&] {
        const auto before = Clock::now();
        run();
        return std::chrono::duration<double>(Clock::now() - before).count();
    };
    const double first = timed();
    std::vector<double> times;
    if (first > 10 * seconds)
        times.push_back(first); // very slow: what a first run costs more does not matter
    for (double spent = 0; first <= 10 * seconds && (spent < seconds || times.size() < 11);
         spent += times.back())
        times.push_back(timed());
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    return 1e3 * times[times.size() / 2];
}

} // namespace pliny
