// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/examples.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/train/loss.hpp>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace pliny {
namespace detail {

using Forward = std::function<at::Tensor(const at::Tensor&)>;

PLINY_INLINE double score(torch::nn::Module& model, const Forward& forward, const Examples& data,
                          const Loss& loss, std::int64_t batch = 500);

} // namespace detail

/// How long something takes, of many rounds.
struct Latency {
    double median_ms = 0;
    double minimum_ms = 0;
    double spread = 0; // distance of the quartiles, as a share of the median
    bool steady = false;
    int rounds = 0;
    int threads = 1;
};

namespace detail {

/// Times several things in turn, one of each in every round, so that whatever else the machine does meets all
/// of them alike. `timed[i]()` does thing i once and gives the seconds that took. A series of rounds ends
/// when the things have taken `seconds` together, but not before 21 rounds, unless those take ten times as
/// long; where the spread of any is over a tenth, another series is measured, at most `series` of them, and
/// the calmest counts.
PLINY_INLINE std::vector<Latency> interleaved(const std::vector<std::function<double()>>& timed,
                                              double seconds = 0.5, int series = 5);

/// A model and what it is fed with.
struct LatencyOf {
    torch::nn::Module& model;
    Forward forward;
};

/// Milliseconds of inference of models on random inputs of shape [batch, image...], measured in turn: all in
/// eval mode, where their tensors are. `threads`: of LibTorch, during the measurement; 0: as many as there
/// are.
PLINY_INLINE std::vector<Latency> latencies(const std::vector<LatencyOf>& models, at::IntArrayRef image,
                                            std::int64_t batch, int threads = 0, double seconds = 0.5);

} // namespace detail

/// The score of a model by a loss: for classes the percentage that it gets right, for others their mean loss.
/// In eval mode; afterwards the model is in its mode of before. `batch`: examples at once, fewer where they
/// are large. Throws `Interrupted` between two batches.
template <class ModelType>
double score(ModelType& model, const Examples& data, const Loss& loss, std::int64_t batch = 500) {
    return detail::score(
        model, [&](const at::Tensor& x) { return model(x); }, data, loss, batch);
}

/// Percentage of examples that a model classifies rightly (see `score`).
template <class ModelType>
double accuracy(ModelType& model, const Examples& data, std::int64_t batch = 500) {
    return score(model, data, Loss::cross_entropy(), batch);
}

/// Milliseconds for one inference of `batch` images, in eval mode: the median of many. `image`: its shape.
template <class ModelType>
double latency_ms(ModelType& model, at::IntArrayRef image, std::int64_t batch, double seconds = 0.3) {
    return detail::latencies({{model, [&](const at::Tensor& x) { return model(x); }}}, image, batch, 0,
                             seconds)[0]
        .median_ms;
}

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/train/definitions/measure.hpp>
#endif
