// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/layer.hpp>

namespace pliny::detail {

struct ZeroRuntime {
    static at::Tensor forward(const ForwardCall& call) { return at::zeros_like(call.x); }
};

} // namespace pliny::detail
