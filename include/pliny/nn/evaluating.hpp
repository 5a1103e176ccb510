// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <utility>
#include <vector>

namespace pliny {

/// Puts a model in eval mode for as long as it lives; then each of its modules is as before, whatever was
/// thrown. A model whose modules are all in eval mode is not written to.
class Evaluating {
public:
    explicit Evaluating(torch::nn::Module& of) : model(of), training(of.is_training()) {
        bool any = training;
        for (const std::shared_ptr<torch::nn::Module>& module : model.modules(false)) {
            below.emplace_back(module, module->is_training());
            any = any || module->is_training();
        }
        if (any)
            model.eval();
        else
            below.clear();
    }
    ~Evaluating() {
        if (model.is_training() != training)
            model.train(training);
        for (const auto& [module, its_mode] : below) // those above others come first
            if (module->is_training() != its_mode)
                module->train(its_mode);
    }
    Evaluating(const Evaluating&) = delete;
    Evaluating& operator=(const Evaluating&) = delete;

private:
    torch::nn::Module& model;
    bool training;
    std::vector<std::pair<std::shared_ptr<torch::nn::Module>, bool>> below;
};

} // namespace pliny
