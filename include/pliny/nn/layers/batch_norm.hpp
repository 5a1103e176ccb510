// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/nn/layers/layer.hpp>

namespace pliny::detail {

struct BatchNormRuntime {
    static at::Tensor forward(const ForwardCall& call);
};

/// Scale, shift and statistics of a norm of so many channels, at their start.
PLINY_INLINE LayerTensors make_norm_tensors(torch::nn::Module& node, const Facts& facts,
                                            std::int64_t channels);

/// What a batch norm multiplies each channel by in eval mode.
PLINY_INLINE at::Tensor norm_scale(const Row& norm_row, const LayerTensors& norm);

/// Folds a batch norm, with its running statistics, into the convolution or linear layer before it and takes
/// it out of the module: outputs in eval mode stay the same to rounding.
PLINY_INLINE void fold_norm(torch::nn::Module& root, const Row& norm_row, LayerTensors& norm,
                            const Row& layer_row, LayerTensors& layer);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/layers/definitions/batch_norm.hpp>
#endif
