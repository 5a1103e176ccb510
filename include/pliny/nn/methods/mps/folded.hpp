// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/layers/batch_norm.hpp>

#include <string>

namespace pliny::detail {

/// Folds the norms of a network that a search for bits folds.
template <class Space, class Tensors>
void fold_norms(torch::nn::Module& root, Tensors& tensors) {
    constexpr const auto& graph = Space::graph;
    for (int r = 2; r < graph.size(); ++r)
        if (Space::folds(r))
            fold_norm(root, graph[r], tensors[static_cast<std::size_t>(r)], graph[graph.input(r)],
                      tensors[static_cast<std::size_t>(graph.input(r))]);
}

/// Whether a module still has norms that are folded.
template <class Space>
bool has_norms(const torch::nn::Module& source) {
    constexpr const auto& graph = Space::graph;
    const auto buffers = source.named_buffers();
    for (int r = 2; r < graph.size(); ++r)
        if (Space::folds(r) && buffers.find(std::string(graph[r].path.view()) + ".running_mean") != nullptr)
            return true;
    return false;
}

/// The weights of a network with its norms folded, a copy.
template <class Space>
struct FoldedNetwork : NetworkModule<typename Space::network> {
    using Base = NetworkModule<typename Space::network>;
    explicit FoldedNetwork(const torch::nn::Module& source) : Base(Base::full(), Start::Empty) {
        const at::Tensor like = source.parameters().front();
        this->to(like.device(), like.scalar_type());
        this->load_weights(source);
        fold_norms<Space>(*this, this->tensors);
    }
    const LayerTensors& of_row(int row) const { return this->tensors[static_cast<std::size_t>(row)]; }
};

} // namespace pliny::detail
