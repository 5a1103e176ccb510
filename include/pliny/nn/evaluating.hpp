// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>

namespace pliny {

/// Puts a model in eval mode for as long as it lives; then the model is as before, whatever was thrown.
class Evaluating {
public:
    explicit Evaluating(torch::nn::Module& of) : model(of), training(of.is_training()) { model.eval(); }
    ~Evaluating() { model.train(training); }
    Evaluating(const Evaluating&) = delete;
    Evaluating& operator=(const Evaluating&) = delete;

private:
    torch::nn::Module& model;
    bool training;
};

} // namespace pliny
