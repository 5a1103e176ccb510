// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/layer.hpp>

namespace pliny::detail {

struct DropoutRuntime {
    static at::Tensor forward(const ForwardCall& call) {
        return at::dropout(call.x, call.facts().scalar, call.training);
    }
};

} // namespace pliny::detail
