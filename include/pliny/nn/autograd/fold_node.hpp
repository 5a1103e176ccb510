// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/kernel_merge.hpp>

#include <algorithm>
#include <vector>

namespace pliny::detail {

/// The weights that take shares of alternatives.
struct FoldTable {
    struct Part {
        KernelPart kernel;
        int weight = -1; // position among the parameters; -1: it has none
        int bias = -1;   // -1: none
    };
    /// One layer whose weight and bias are made: the share of its sole part times that part's, or several
    /// convolutions merged.
    struct Site {
        int row;
        bool merged;
        KernelShape shape; // of a merged one
        std::vector<Part> parts;
        bool has_bias() const {
            return std::any_of(parts.begin(), parts.end(), [](const Part& p) { return p.bias >= 0; });
        }
    };
    std::vector<Site> sites;
    std::size_t parameters = 0;
};

using ParameterList = std::vector<at::Tensor>;

/// Weight and, where it has one, bias of every site, from one autograd node a step.
PLINY_INLINE ParameterList folded(const at::Tensor& theta, const HeldNumbers& numbers,
                                  const ParameterList& parameters, const FoldTable& table);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/autograd/definitions/fold_node.hpp>
#endif
