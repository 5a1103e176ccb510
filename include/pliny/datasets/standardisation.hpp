// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <pliny/datasets/examples.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// Brings inputs to mean 0 and standard deviation 1: (input - mean) / std, with the statistics of the
/// training examples for all others too.
///
/// `mean`, `std`: float64, [F] for vectors [N, F]; [C], one per channel, for sequences and images; [1], on
/// the scale 0 to 1, for images kept as bytes. A feature that is the same everywhere has std 1: it becomes 0.
struct Standardisation {
    at::Tensor mean, std;
    bool of_bytes = false;

    /// The statistics of `train`: over all examples and positions, the deviation as of a whole population.
    static Standardisation of(const Examples& train);

    /// Inputs [N, F], [N, C, ...] as float32, levels 0 to 255 where the training set is kept as bytes. Throws
    /// `DatasetError` for another number of features or channels.
    at::Tensor operator()(const at::Tensor& inputs) const;

    /// The same examples with these inputs; of images kept as bytes, batches have them. Throws as above.
    Examples operator()(const Examples& data) const;
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/standardisation.hpp>
#endif
