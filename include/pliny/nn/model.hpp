// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/graph/network_module.hpp>

namespace pliny {

/// What runs: a torch::nn::Module generated from a network, `Model<Cnn>`, or from a search, `Model<Pit<Cnn,
/// ...>>`.
template <class X>
class Model {
    static_assert(DescribedNetwork<X>,
                  "[model.1] Model takes a network (struct Net : Network<Input, Block> {}) or a search "
                  "such as Pit<Net, Cost<...>>");
};

/// A network with full widths, initialised as PyTorch initialises its layers.
template <DescribedNetwork Net>
class Model<Net> : public NetworkModule<Net> {
public:
    using network = Net;

    Model() : NetworkModule<Net>(NetworkModule<Net>::full()) {}

    /// [N, input shape...] -> [N, output shape...]; ModelError where the input has another shape.
    at::Tensor forward(const at::Tensor& x) {
        return this->run(
            x, [this]<int R>(std::integral_constant<int, R>, const at::Tensor& value, bool in_place) {
                return this->template forward_own<R>(value, this->tensors[R].weight, this->tensors[R].bias,
                                                     in_place);
            });
    }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }
};

} // namespace pliny
