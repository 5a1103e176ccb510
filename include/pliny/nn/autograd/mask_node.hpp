// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/methods/alive.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/row_products.hpp>
#include <pliny/nn/layers/tensors.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace pliny::detail {

/// What a mask node knows of a search space: the sites in order of rows, and the arithmetic of its alphas.
struct MaskTable {
    /// A run of channels of a site: the masks from `offset` on (-1: a frozen group), each `repeat` times.
    struct Piece {
        std::int64_t offset, width, repeat;
    };
    struct Site {
        int row;
        MaskSite kind;
        std::int64_t rank; // axes of the output, without the batch
        int tensors;       // weight alone, or weight and bias
        std::vector<Piece> pieces;
    };
    std::vector<Site> sites;
    void (*through_theta)(std::span<const double> alpha, std::span<double> gradient);
};

/// All that a masked model needs of its alphas, from one autograd node a step: for each site scale and shift
/// of the norm, weight and bias of the layer, or the mask itself, shaped to multiply the output. `masks` are
/// those of `numbers`, the first of alpha; as tensors they are of the type of the weights, `type`.
PLINY_INLINE std::vector<at::Tensor> masked(const at::Tensor& alpha, const HeldNumbers& masks,
                                            const HeldNumbers& numbers,
                                            const std::vector<at::Tensor>& parameters, const MaskTable& table,
                                            at::ScalarType type);

/// A scalar with a known gradient to alpha, as one autograd node.
PLINY_INLINE at::Tensor priced(const at::Tensor& alpha, double value, const at::Tensor& gradient);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/mask_node.hpp>
#endif
