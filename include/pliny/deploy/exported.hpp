// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/graph/spelling.hpp>
#include <pliny/nn/graph/kept_channels.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/layers/batch_norm.hpp>

namespace pliny {

/// A network with the channels and the alternatives that a search found, dense and trainable. In eval mode it
/// computes what the search model computes there.
template <class Net>
class Exported : public detail::Cloned<Exported<Net>, NetworkModule<Net>> {
    using Base = detail::Cloned<Exported<Net>, NetworkModule<Net>>;

public:
    using network = Net;
    using Kept = KeptChannels<Net>;
    using Chosen = typename Base::Chosen; // the number of the alternative of each of plan.choices
    using Base::graph;

    /// A network of these channels, and on this path where there are choices, with fresh weights or, from
    /// Start::Empty, such that hold nothing yet. ModelError for channels or alternatives that the network
    /// does not have.
    explicit Exported(FoundNetwork<Net> found, Start start = Start::Random)
        : Base(detail::checked(found).widths(), start, found.running()), found_(std::move(found)),
          running(found_.running()) {
        if (start == Start::Random)
            transform_weights();
    }
    explicit Exported(Kept indices, const Chosen& path = {})
        : Exported(FoundNetwork<Net>{.kept = std::move(indices), .chosen = path}) {}

    /// All channels, on this path, with fresh weights.
    explicit Exported(const Chosen& path) requires(std::tuple_size_v<Chosen> > 0)
        : Exported(FoundNetwork<Net>::all(path)) {}

    /// The surviving channels of `source`, copied: weights, biases, batch norm with its statistics; in its
    /// precision and on its device. Draws no random numbers.
    Exported(const std::array<LayerTensors, Base::rows>& source, FoundNetwork<Net> found)
        : Exported(std::move(found), Start::Empty) {
        for (int r = 1; r < graph.size(); ++r)
            if (Base::runs(r, running))
                detail::take_channels<Net>(source[static_cast<std::size_t>(r)],
                                           this->tensors[static_cast<std::size_t>(r)], r, found_.kept);
        transform_weights();
    }

    Exported(const Exported& other, detail::TensorCopies& copies) // copy_of
        : Base(other, copies), found_(other.found_), running(other.running), folded_(other.folded_) {}

    /// [N, input shape...] -> [N, output shape...]; ModelError where the input has another shape, type or
    /// device.
    at::Tensor forward(const at::Tensor& x) { return this->run_own(x, running); }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    /// As NetworkModule::load_weights; then what a transform makes of the weights stands in their place.
    void load_weights(const torch::nn::Module& source) {
        Base::load_weights(source);
        transform_weights();
    }
    /// Puts what a transform makes of the weights in their place, where tensors were set otherwise.
    void transform_weights() { detail::transform_all<Net>(this->tensors); }

    static Kept all_channels() { return FoundNetwork<Net>::all().kept; }
    const FoundNetwork<Net>& found() const { return found_; }
    const Kept& kept() const { return found_.kept; }
    const Chosen& chosen() const { return found_.chosen; }
    std::array<std::int64_t, Base::groups> widths() const { return found_.widths(); }
    bool folded() const { return folded_; }

    /// What the network costs, counted from its widths.
    template <auto Metric>
    double cost() const {
        const auto now = widths();
        const auto shares = one_hot(graph, chosen());
        return static_cast<double>(
            total_cost(Metric, graph, std::span<const std::int64_t>(now), std::span<const double>(shares)));
    }

    /// Folds every batch norm that directly follows a convolution or linear layer into its weight and bias;
    /// outputs in eval mode stay the same to rounding. Statistics are no longer trained.
    void fold_batch_norm() {
        const at::NoGradGuard no_grad;
        for (int r = 2; r < graph.size(); ++r) {
            if (!graph[r].facts.traits.normalises)
                continue;
            LayerTensors& norm = this->tensors[static_cast<std::size_t>(r)];
            const int before = maker(graph.input(r));
            if (norm.running_mean.defined() && graph[before].has_weights() && readers(before) == 1)
                detail::fold_norm(*this, graph[r], norm, graph[before],
                                  this->tensors[static_cast<std::size_t>(before)]);
        }
        folded_ = true;
    }

private:
    FoundNetwork<Net> found_;
    typename Base::Running running;
    bool folded_ = false;

    /// The row that makes the tensor of a row: what a choice has taken, what an Identity passes on.
    int maker(int row) const {
        if (graph[row].facts.is_identity())
            return maker(graph.input(row));
        if (detail::is_choice(graph[row]))
            for (const Alternative& one : graph.alternatives_of(row))
                if (running[static_cast<std::size_t>(graph[row].first_alternative + one.number)])
                    return maker(one.output);
        return row;
    }
    /// How many rows that run read what a row has made.
    int readers(int row) const {
        int count = 0;
        for (int r = row + 1; r < graph.size(); ++r) {
            if (!Base::runs(r, running) || detail::is_choice(graph[r]) || graph[r].facts.is_identity())
                continue;
            for (int input : graph.inputs(r))
                count += maker(input) == row;
        }
        return count;
    }
};

/// The found network as a C++ type with static widths and no choices.
template <class Net>
std::string spelled_found(const Exported<Net>& model) {
    return spelled_network<Net>(model.widths(), &model.chosen());
}

} // namespace pliny
