// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/layer.hpp>

namespace pliny::detail {

struct IdentityRuntime {
    static at::Tensor forward(const ForwardCall& call) { return call.x; }
};

} // namespace pliny::detail
