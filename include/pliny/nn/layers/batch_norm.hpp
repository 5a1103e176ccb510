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

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/layers/definitions/batch_norm.hpp>
#endif
