// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/describe.hpp>
#include <pliny/graph/row.hpp>
#include <pliny/meta/text.hpp>

#include <ATen/ATen.h>

#include <string>

namespace pliny {

/// Looks for the first layer whose output is not finite.
struct NonFiniteWatch {
    int row = -1;
    void see(int its_row, const at::Tensor& output) {
        if (row < 0 && !output.isfinite().all().item<bool>())
            row = its_row;
    }
};

/// Runs a model once more on an input: path and kind of the first layer whose output is not finite; empty
/// where all are.
template <class ModelType>
std::string nonfinite_layer(ModelType& model, const at::Tensor& x) {
    const at::NoGradGuard no_grad;
    NonFiniteWatch watch;
    model.watch = &watch;
    model(x);
    model.watch = nullptr;
    if (watch.row < 0)
        return {};
    const Row& row = ModelType::graph[watch.row];
    return joined(row.path.view(), " (", kind_name(row.facts.kind), ")");
}

} // namespace pliny
