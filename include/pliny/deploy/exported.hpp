// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/nn/graph/network_module.hpp>

namespace pliny {

/// A network with the channels that a search found, dense and trainable. In eval mode it computes what the
/// search model computes there.
template <class Net>
class Exported : public NetworkModule<Net> {
    using Base = NetworkModule<Net>;

public:
    using network = Net;
    using Kept = std::array<std::vector<std::int64_t>,
                            Base::groups>; // indices of the channels alive, per group of the plan
    using Base::graph;

    /// A network of these widths with fresh weights.
    explicit Exported(Kept indices) : Base(widths_of(indices)), kept_(std::move(indices)) {}

    /// The surviving channels of `source`, copied: weights, biases, batch norm with its statistics; in its
    /// precision and on its device. Draws no random numbers.
    Exported(const std::array<LayerTensors, Base::rows>& source, Kept indices)
        : Base(widths_of(indices), Start::Empty), kept_(std::move(indices)) {
        const at::NoGradGuard no_grad;
        for (int r = 1; r < graph.size(); ++r) {
            const LayerTensors& from = source[static_cast<std::size_t>(r)];
            const LayerTensors& to = this->tensors[static_cast<std::size_t>(r)];
            const auto select = [&](const at::Tensor& whole, int axis, int row) {
                return whole.index_select(axis, row_indices(row).to(whole.device()));
            };
            const auto take = [&](const at::Tensor& target, const at::Tensor& whole) {
                if (target.defined())
                    target.set_data(select(whole, 0, r));
            };
            take(to.weight, from.weight);
            if (graph[r].has_weights() && graph[r].facts.channels == Channels::Mix)
                to.weight.set_data(select(to.weight, 1, graph.input(r)));
            take(to.bias, from.bias);
            take(to.running_mean, from.running_mean);
            take(to.running_var, from.running_var);
            if (to.num_batches_tracked.defined()) // Module::to makes a real number of it
                to.num_batches_tracked.set_data(
                    from.num_batches_tracked.to(from.running_mean.device(), at::kLong, false, true));
        }
    }

    /// [N, input shape...] -> [N, output shape...].
    at::Tensor forward(const at::Tensor& x) { return this->run_own(x); }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    const Kept& kept() const { return kept_; }
    std::array<std::int64_t, Base::groups> widths() const { return widths_of(kept_); }
    bool folded() const { return folded_; }

    /// What the network costs, counted from its widths.
    template <auto Metric>
    double cost() const {
        const auto now = widths();
        return static_cast<double>(total_cost(Metric, graph, std::span<const std::int64_t>(now)));
    }

    /// Folds every batch norm that directly follows a convolution or linear layer into its weight and bias;
    /// outputs in eval mode stay the same to rounding. Statistics are no longer trained.
    void fold_batch_norm() {
        const at::NoGradGuard no_grad;
        for (int r = 2; r < graph.size(); ++r) {
            const Kind kind = graph[r].facts.kind;
            if (kind != Kind::BatchNorm1d && kind != Kind::BatchNorm2d)
                continue;
            LayerTensors& norm = this->tensors[static_cast<std::size_t>(r)];
            const int before = graph.input(r);
            if (norm.running_mean.defined() && graph[before].has_weights() && graph.only_reader(before))
                fold(norm, r, before);
        }
        folded_ = true;
    }

private:
    Kept kept_;
    bool folded_ = false;

    static std::array<std::int64_t, Base::groups> widths_of(const Kept& kept) {
        std::array<std::int64_t, Base::groups> widths{};
        for (std::size_t g = 0; g < widths.size(); ++g)
            widths[g] = static_cast<std::int64_t>(kept[g].size());
        return widths;
    }

    /// Which channels of the full tensor of a row survive.
    at::Tensor row_indices(int row) const {
        std::vector<std::int64_t> indices;
        std::int64_t first = 0;
        for (const Segment& segment : graph.channels(row)) {
            for (std::int64_t channel : kept_[static_cast<std::size_t>(segment.group)])
                for (int i = 0; i < segment.repeat; ++i)
                    indices.push_back(first + channel * segment.repeat + i);
            first += static_cast<std::int64_t>(graph.groups[static_cast<std::size_t>(segment.group)].width) *
                     segment.repeat;
        }
        return at::tensor(indices, at::kLong);
    }

    void fold(LayerTensors& norm, int norm_row, int row) {
        LayerTensors& layer = this->tensors[static_cast<std::size_t>(row)];
        at::Tensor scale = (norm.running_var + graph[norm_row].facts.epsilon).rsqrt();
        if (norm.weight.defined())
            scale = scale * norm.weight;
        at::Tensor shift = norm.running_mean.neg();
        if (layer.bias.defined())
            shift = shift + layer.bias;
        shift = shift * scale;
        if (norm.bias.defined())
            shift = shift + norm.bias;
        std::vector<std::int64_t> rows(static_cast<std::size_t>(layer.weight.dim()), 1);
        rows[0] = -1;
        layer.weight.mul_(scale.view(rows));
        if (layer.bias.defined())
            layer.bias.copy_(shift);
        else
            layer.bias =
                detail::module_at(*this, graph[row].path.view()).register_parameter("bias", shift.clone());
        detail::remove_module(*this, graph[norm_row].path.view());
        norm = {};
    }
};

} // namespace pliny
