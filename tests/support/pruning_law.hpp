// SPDX-License-Identifier: Apache-2.0
#pragma once

// The law of pruning: the exported network is the masked one, for any alphas.

#include <pliny/deploy/exported.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <numeric>
#include <utility>

namespace pliny::testing {

template <class Search>
class PruningLaw {
public:
    using Net = typename Search::network;
    using Space = typename Search::space;
    static constexpr const auto& graph = plan<Net>;

    Model<Search> model;
    at::Tensor x;

    explicit PruningLaw(std::uint64_t seed, std::int64_t samples = 4) {
        randomize(model, seed);
        x = random_batch(graph[0].out(), samples);
    }

    /// Alphas number `setting`: all dead that can be, all alive, random ones of many densities.
    void set_alpha(int setting) {
        const at::NoGradGuard no_grad;
        if (setting < 2)
            model.alpha.fill_(setting);
        else
            model.alpha.uniform_(-1, 1).mul_(0.55 + 0.1 * (setting % 10));
    }

    void check_all(int settings) {
        for (int setting = 0; setting < settings; ++setting) {
            CAPTURE(setting);
            set_alpha(setting);
            if (Space::multiple == 1)
                check_kept();
            check_exported();
            check_training();
            check_dead_weights_do_nothing();
        }
    }

    /// |alpha| > 0.5 lives, and the last channel of each group.
    void check_kept() const {
        const auto kept = model.kept();
        for (std::size_t g = 0; g < Space::groups; ++g) {
            std::vector<std::int64_t> expected;
            for (int c = 0; c < graph.groups[g].width; ++c)
                if (!Space::analysis.trainable[g] || c + 1 == graph.groups[g].width ||
                    std::abs(model.alpha[Space::analysis.offset[g] + c].template item<float>()) > 0.5f)
                    expected.push_back(c);
            CAPTURE(g);
            CHECK(kept[g] == expected);
        }
    }

    /// Same outputs in eval mode, folded or not; as many weights as the cost says; tensors of its own.
    void check_exported() {
        const at::NoGradGuard no_grad;
        model.eval();
        const at::Tensor expected = model(x);
        Exported<Net> found = model.exported();
        found.eval();
        CHECK(difference(found(x), expected) <= 1e-5);

        const std::int64_t counted = count_weights(found);
        const auto widths = found.widths();
        CHECK(counted == total_cost(Params, graph, std::span<const std::int64_t>(widths)));
        CHECK(found.template cost<Params>() == static_cast<double>(counted));
        if (!Search::relaxed)
            CHECK(model.template cost<Params>() == static_cast<double>(counted));

        found.fold_batch_norm();
        CHECK(found.folded());
        CHECK(difference(found(x), expected) <= 1e-5);
        for (auto& item : found.named_parameters())
            item.value().fill_(3);
        for (auto& item : found.named_buffers())
            item.value().fill_(3);
        CHECK(at::equal(model(x), expected));
    }

    /// One step in training mode: same outputs, same gradients where channels live, none where they are dead,
    /// same statistics.
    void check_training() {
        Exported<Net> found = model.exported();
        model.train();
        found.train();
        model.zero_grad();
        const at::Tensor expected = model(x), y = found(x);
        const at::Tensor upstream = at::randn_like(expected);
        expected.backward(upstream);
        y.backward(upstream);
        if (!has_dropout)
            CHECK(difference(y, expected) <= 1e-5);
        const auto own = found.named_parameters(), masked = model.named_parameters();
        for (const auto& item : own) {
            CAPTURE(item.key());
            const at::Tensor whole = masked[item.key()].grad(), part = item.value().grad();
            REQUIRE(whole.defined());
            REQUIRE(part.defined());
            const at::Tensor rest = whole.clone();
            const auto [out, in] = alive(row_of(item.key()), whole.dim());
            at::Tensor kept = whole.index_select(0, out);
            if (in.defined()) {
                kept = kept.index_select(1, in);
                rest.index_put_({out.unsqueeze(1), in.unsqueeze(0)}, at::zeros_like(kept));
            } else {
                rest.index_fill_(0, out, 0);
            }
            CHECK(rest.abs().max().template item<float>() == 0);
            if (!has_dropout)
                CHECK((part - kept).abs().max().template item<double>() <=
                      2e-5 * std::max(1.0, gradient_scale(masked)));
        }
        for (const auto& item : found.named_buffers()) {
            CAPTURE(item.key());
            const at::Tensor whole = model.named_buffers()[item.key()];
            if (whole.dim() == 0)
                CHECK(at::equal(item.value(), whole));
            else if (!has_dropout)
                CHECK(difference(item.value(), whole.index_select(0, alive(row_of(item.key()), 1).first)) <=
                      1e-5);
        }
        randomize(model, 17); // as it was, but for the statistics just trained
        model.zero_grad();
    }

    /// Weights, biases, scales, shifts and statistics of dead channels, and weights that read dead channels,
    /// are free.
    void check_dead_weights_do_nothing() {
        const at::NoGradGuard no_grad;
        model.eval();
        const at::Tensor expected = model(x);
        const auto disturb = [&](const std::string& name, at::Tensor whole) {
            if (name == "alpha" || whole.dim() == 0)
                return;
            const auto [out, in] = alive(row_of(name), whole.dim());
            at::Tensor other = at::empty_like(whole).uniform_(1, 100);
            at::Tensor kept = whole.index_select(0, out);
            if (in.defined())
                other.index_put_({out.unsqueeze(1), in.unsqueeze(0)}, kept.index_select(1, in));
            else
                other.index_copy_(0, out, kept);
            whole.copy_(other);
        };
        for (const auto& item : model.named_parameters())
            disturb(item.key(), item.value());
        for (const auto& item : model.named_buffers())
            disturb(item.key(), item.value());
        CHECK(at::equal(model(x), expected));
        randomize(model, 23);
    }

private:
    static constexpr bool has_dropout = [] {
        for (const Row& row : graph.rows)
            if (row.facts.kind == Kind::Dropout)
                return true;
        return false;
    }();

    static int row_of(const std::string& name) {
        const std::string path = name.substr(0, name.rfind('.'));
        for (int r = 1; r < graph.size(); ++r)
            if (graph[r].path.view() == path)
                return r;
        throw std::runtime_error("no row " + path);
    }

    /// Numbers of weights and biases without batch norm.
    static std::int64_t count_weights(const Exported<Net>& found) {
        std::int64_t sum = 0;
        for (const auto& item : found.named_parameters())
            if (graph[row_of(item.key())].has_weights())
                sum += item.value().numel();
        return sum;
    }

    static double gradient_scale(const torch::OrderedDict<std::string, at::Tensor>& parameters) {
        double scale = 0;
        for (const auto& item : parameters)
            scale = std::max(scale, item.value().grad().abs().max().template item<double>());
        return scale;
    }

    at::Tensor channels_alive(int row) const {
        const auto kept = model.kept();
        std::vector<std::int64_t> indices;
        std::int64_t first = 0;
        for (const Segment& segment : graph.channels(row)) {
            const auto g = static_cast<std::size_t>(segment.group);
            for (std::int64_t c : kept[g])
                for (int i = 0; i < segment.repeat; ++i)
                    indices.push_back(first + c * segment.repeat + i);
            first += graph.groups[g].width * segment.repeat;
        }
        return at::tensor(indices, at::kLong);
    }
    /// Indices alive along the first axis of a tensor of a row and, for dense weights, along the second.
    std::pair<at::Tensor, at::Tensor> alive(int row, std::int64_t dim) const {
        const bool dense = dim > 1 && graph[row].facts.channels == Channels::Mix;
        return {channels_alive(row), dense ? channels_alive(graph.input(row)) : at::Tensor{}};
    }
};

} // namespace pliny::testing
