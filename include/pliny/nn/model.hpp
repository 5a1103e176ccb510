// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/found.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/quantizers/uniform_grid.hpp>

namespace pliny {

template <class Net>
class Exported;
template <class Net, WeightQuantizer Quantizer = UniformGrid>
class Quantized;

/// What runs: a torch::nn::Module generated from a network, `Model<Cnn>`, or from a search, `Model<Pit<Cnn,
/// ...>>`.
template <class Described>
class Model {
    static_assert(DescribedNetwork<Described>,
                  "[model.1] Model takes a network (struct Net : Network<Input, Block> {}) or a search "
                  "such as Pit<Net, Cost<...>>");
};

/// A network with full widths, initialised as PyTorch initialises its layers.
template <DescribedNetwork Net>
class Model<Net> : public detail::Cloned<Model<Net>, NetworkModule<Net>> {
    using Base = detail::Cloned<Model<Net>, NetworkModule<Net>>;
    static_assert(choice_count<typename Base::PlanType> == 0,
                  "[model.2] a network with Choice needs a search to choose: Model<SuperNet<Net>>");

public:
    using network = Net;

    Model() : Base(Base::full()) {}
    Model(const Model& other, detail::TensorCopies& copies) : Base(other, copies) {} // copy_of

    /// [N, input shape...] -> [N, output shape...]; ModelError where the input has another shape,
    /// type or device.
    at::Tensor forward(const at::Tensor& x) { return this->template run_own<false>(x); }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    /// The network with its weights as they count, see Transformed; its tensors are its own. Needs
    /// <pliny/deploy/exported.hpp>.
    auto exported() const { return Exported<Net>(this->tensors, FoundNetwork<Net>::all()); }

    /// What the network costs: a constant of its type.
    template <auto Metric>
    static constexpr double cost() {
        return static_cast<double>(cost_of<Net, Metric>);
    }
};

} // namespace pliny
