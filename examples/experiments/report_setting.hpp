// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/recipe.hpp>

/// How the report trained: 5 epochs, SGD without momentum, learning rate 0.001, batches of 16; the search is
/// the whole training, and the unpruned network a program of its own.
inline const pliny::Recipe report_setting{.epochs = 5,
                                          .warm_up = 0,
                                          .search = 5,
                                          .fine_tune = 0,
                                          .batch = 16,
                                          .optimizer = "sgd",
                                          .lr = 1e-3,
                                          .baseline = false};
