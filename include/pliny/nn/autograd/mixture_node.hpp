// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/row_products.hpp>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

namespace pliny::detail {

/// One summand of a mixture: its share is theta[alternative]; -1: it counts as it is.
struct Summand {
    at::Tensor value;
    int alternative = -1;
};

/// Elements that one thread takes at a time, few enough to stay in its cache; sums are taken over such
/// pieces, so that they do not depend on the number of threads.
inline constexpr std::int64_t mixture_piece = 8192;

template <class Function>
void for_each_piece(std::int64_t elements, const Function& f) {
    const std::int64_t pieces = (elements + mixture_piece - 1) / mixture_piece;
    at::parallel_for(0, pieces, 4, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t piece = first; piece < last; ++piece)
            f(piece, piece * mixture_piece, std::min(mixture_piece, elements - piece * mixture_piece));
    });
}

/// What a choice gives: the sum of its summands, as one autograd node that saves only those with a share.
PLINY_INLINE at::Tensor mixture(std::vector<Summand> summands, const at::Tensor& theta,
                                const HeldNumbers& shares);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/mixture_node.hpp>
#endif
