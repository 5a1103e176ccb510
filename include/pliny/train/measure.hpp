// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/images.hpp>

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace pliny {

/// Share of the images, in percent, whose largest output is at their label. The model is in eval mode
/// meanwhile.
template <class M>
double accuracy(M& model, const Images& data, std::int64_t batch = 500) {
    const bool training = model.is_training();
    model.eval();
    const at::InferenceMode inference;
    std::int64_t right = 0;
    at::Tensor x, y;
    for (std::int64_t first = 0; first < data.size(); first += batch) {
        const std::int64_t last = std::min(first + batch, data.size());
        data.gather_into(x, y, at::arange(first, last, data.labels.options()));
        right += model(x).argmax(1).eq(y).sum().template item<std::int64_t>();
    }
    model.train(training);
    return 100.0 * static_cast<double>(right) / static_cast<double>(data.size());
}

/// Median milliseconds of one inference of `batch` images in eval mode, of at least 11 and about `seconds`
/// seconds.
template <class M>
double latency_ms(M& model, at::IntArrayRef image, std::int64_t batch, double seconds = 0.3) {
    using Clock = std::chrono::steady_clock;
    const bool training = model.is_training();
    model.eval();
    const at::InferenceMode inference;
    std::vector<std::int64_t> shape{batch};
    shape.insert(shape.end(), image.begin(), image.end());
    const at::Tensor x = at::randn(shape);
    for (int i = 0; i < 3; ++i)
        model(x);
    std::vector<double> times;
    const auto start = Clock::now();
    while (times.size() < 11 || Clock::now() - start < std::chrono::duration<double>(seconds)) {
        const auto before = Clock::now();
        model(x);
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - before).count());
    }
    model.train(training);
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    return times[times.size() / 2];
}

} // namespace pliny
