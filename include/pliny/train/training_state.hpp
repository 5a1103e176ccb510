// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

/// What a network costs at some moment, by the name of the cost.
using CostValues = std::vector<std::pair<std::string, double>>;

/// For every choice of a network, in order, the share of each alternative; empty without choices.
using Thetas = std::vector<std::vector<double>>;

/// What one epoch came to.
struct EpochResult {
    std::string phase;
    int epoch = 0;             // from 0 within the phase
    double train_loss = 0;     // mean task loss
    double train_accuracy = 0; // percent, while training; of a loss that is not of classes, its score
    double test_accuracy = 0;  // the same, after it
    std::optional<double> validation_accuracy;
    CostValues cost;
    double penalty = 0;       // mean
    double learning_rate = 0; // of the weights, at the end of the epoch
    double seconds = 0;       // of the training alone
};

/// A sample of the way there.
struct CurvePoint {
    std::string phase;
    std::int64_t step = 0; // from 0 within the phase
    double loss = 0;
    double penalty = 0;
    CostValues cost = {};
    Thetas theta = {};
};

/// Where a training stands: all that is needed to go on, besides tensors.
struct Position {
    std::string phase;
    int epoch = 0;          // epochs of the phase that are over
    std::int64_t batch = 0; // batches of the epoch that are over
    double loss_sum = 0;    // over the examples of the epoch so far
    double penalty_sum = 0;
    double score_sum =
        0;              // of the examples of the epoch so far: how many are right, or the sum of their losses
    double seconds = 0; // of the epoch so far
    double best = 0;    // validation score of the best epoch
    int best_epoch = -1; // -1: none yet
};

/// A training as a whole, in numbers.
struct TrainingState {
    Position position;
    std::vector<EpochResult> history;
    std::vector<CurvePoint> curve;
    nlohmann::ordered_json results = nlohmann::ordered_json::object(); // of phases that are over
    int resumed = 0;                                                   // how often
};

} // namespace pliny
