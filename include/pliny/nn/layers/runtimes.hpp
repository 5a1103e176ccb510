// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>
#include <pliny/nn/layers/batch_norm.hpp>
#include <pliny/nn/layers/convolution.hpp>
#include <pliny/nn/layers/elementwise.hpp>
#include <pliny/nn/layers/linear.hpp>
#include <pliny/nn/layers/pooling.hpp>

namespace pliny::detail {

/// What runs of a row of a network.
template <class Net, int RowNumber>
using RuntimeOfRow = Runtime<ItemAt<RowNumber, typename Net::Rows>, plan<Net>[RowNumber].facts.kind,
                             plan<Net>[RowNumber].has_weights()>;

} // namespace pliny::detail
