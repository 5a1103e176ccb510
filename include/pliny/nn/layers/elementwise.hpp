// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/layer.hpp>

namespace pliny::detail {

struct ReLURuntime {
    static at::Tensor forward(const ForwardCall& call) {
        return call.in_place ? at::relu_(const_cast<at::Tensor&>(call.x)) : at::relu(call.x);
    }
};

struct ReLU6Runtime {
    static at::Tensor forward(const ForwardCall& call) { return at::hardtanh(call.x, 0, 6); }
};

struct SiLURuntime {
    static at::Tensor forward(const ForwardCall& call) { return at::silu(call.x); }
};

struct SigmoidRuntime {
    static at::Tensor forward(const ForwardCall& call) { return at::sigmoid(call.x); }
};

struct TanhRuntime {
    static at::Tensor forward(const ForwardCall& call) { return at::tanh(call.x); }
};

struct LeakyReLURuntime {
    static at::Tensor forward(const ForwardCall& call) { return at::leaky_relu(call.x, call.facts().scalar); }
};

struct DropoutRuntime {
    static at::Tensor forward(const ForwardCall& call) {
        return at::dropout(call.x, call.facts().scalar, call.training);
    }
};

struct IdentityRuntime {
    static at::Tensor forward(const ForwardCall& call) { return call.x; }
};

struct ZeroRuntime {
    static at::Tensor forward(const ForwardCall& call) { return at::zeros_like(call.x); }
};

struct FlattenRuntime {
    static at::Tensor forward(const ForwardCall& call) { return call.x.flatten(1); }
};

} // namespace pliny::detail
