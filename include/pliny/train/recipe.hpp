// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/optimizer.hpp>
#include <pliny/train/training_loop.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pliny {

/// How an experiment runs. A program may set other defaults; --help prints them.
struct Recipe {
    int epochs = 5; // of a plain training
    int warm_up = 2;
    int search = 3;
    int fine_tune = 2;
    std::int64_t batch = 128;
    std::string optimizer = "adam";
    double lr = 1e-3;
    double lr_alpha = 1e-2;
    double momentum = 0;
    double weight_decay = 0;
    std::string schedule = "constant";
    int lr_step = 1;
    double lr_gamma = 0.1;
    double clip_grad_norm = 0;
    std::int64_t validation = 0; // images
    std::int64_t bilevel = 0;    // images that the architecture learns on; 0: on all
    int patience = 0;
    std::int64_t crop = 0;
    bool flip = false;
    std::int64_t limit_train = 0; // images; 0: all
    std::int64_t limit_test = 0;
    std::uint64_t seed = 0;
    int threads = 0; // 0: LibTorch's default
    std::string device = "cpu";
    bool baseline = true;
    bool quiet = false;
    std::string dataset = {};
    std::filesystem::path data = {};
    std::filesystem::path load = {};
    std::filesystem::path out = "out";
    bool resume = false;
    bool restart = false;
    Loss loss = Loss::cross_entropy(); // of the program, no option

    /// The architecture settles after two thirds of the search; the last third trains the weights for it.
    int settled() const { return search / 3; }

    PLINY_INLINE TrainerSettings trainer() const;
    /// An optimiser of weights and, where there are any, architecture parameters and scales of quantizers.
    PLINY_INLINE AnyOptimizer make_optimizer(std::vector<at::Tensor> weights,
                                             std::vector<at::Tensor> alphas = {},
                                             std::vector<at::Tensor> scales = {}) const;
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/train/definitions/recipe.hpp>
#endif
