// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/nn/layers/layer.hpp>

namespace pliny::detail {

/// Convolutions along 1 to 3 axes.
struct ConvolutionRuntime {
    static at::Tensor forward(const ForwardCall& call);
    static LayerGradients gradients(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& g,
                                    const Facts& facts, const WantedGradients& wanted);
};

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/layers/definitions/convolution.hpp>
#endif
