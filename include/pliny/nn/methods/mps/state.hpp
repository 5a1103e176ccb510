// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/mps/costs.hpp>
#include <pliny/methods/mps/rows.hpp>
#include <pliny/methods/mps/shares.hpp>
#include <pliny/methods/sampling.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/layers/folded_norm.hpp>
#include <pliny/nn/methods/search_module.hpp>
#include <pliny/nn/quantizers/parameters_node.hpp>
#include <pliny/quantizers/grid.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

/// The part of a model that searches bits which holds its alphas, its clips and how they are read.
template <class Search>
class BitState : public SearchModule<Search> {
    using Base = SearchModule<Search>;
    using Network = NetworkModule<typename Search::network>;

public:
    using space = typename Search::bit_space;
    using Base::alpha;
    using Base::graph;

    at::Tensor log_clip; // of every quantizer of activations, and candidate unless they share it
    at::Tensor log_step; // of weights, where steps are learned: of every row, channel and candidate

    /// Copies weights from a module of the same network: batch norms there are folded, on a copy, unless
    /// they are kept. Clips and learned steps are set anew by the next input. ModelError as
    /// NetworkModule::load_weights.
    void load_weights(const torch::nn::Module& source) {
        if (!space::keeps_norms && has_norms(source))
            Base::load_weights(Folded(source));
        else
            Base::load_weights(source);
        range_.zero_();
    }

    /// The shares of the candidates of every lot: those of the last sample while training, 0 and 1 in eval
    /// mode and once settled.
    std::vector<std::vector<double>> thetas() const {
        std::vector<std::vector<double>> all(space::lots);
        const State now = state();
        space::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t count, std::uint32_t) {
            all[lot].assign(now.shares.begin() + static_cast<std::ptrdiff_t>(first),
                            now.shares.begin() + static_cast<std::ptrdiff_t>(first + count));
        });
        return all;
    }

protected:
    using search_type = Search;
    using Shares = BitShares<space>;
    using Costs = BitCosts<space>;
    static constexpr std::size_t choices = 0;
    using Base::noise;
    using Base::settled;
    using typename Base::Options;
    using typename Base::Sampling;
    static constexpr std::size_t clips_each = space::shared_clip ? 1 : space::activation_candidates;

    BitState() : Base(space::shares) {
        if constexpr (!space::keeps_norms)
            fold(*this, this->tensors);
        if constexpr (space::alphas > 0) {
            std::vector<double> start = Shares::start();
            const auto own = Shares::alphas(std::span(start));
            alpha = this->register_learned_state("alpha", {own.begin(), own.end()});
        }
        if constexpr (space::quantizers > 0)
            log_clip =
                this->register_learned_state("log_clip", std::vector<double>(space::quantizers * clips_each));
        if constexpr (space::learned_steps)
            log_step = this->register_learned_state("log_step", std::vector<double>(BitRows<space>::steps));
        range_ = this->register_state("input_range", 3, 0); // smallest, largest; 1 once it is known
    }

    /// A copy, see copy_of.
    BitState(const BitState& other, detail::TensorCopies& copies)
        : Base(other, copies), log_clip(copies(other.log_clip)), log_step(copies(other.log_step)),
          range_(copies(other.range_)) {}

    bool calibrated() const { return range_[2].template item<double>() > 0; }

    /// What the alphas say in one step.
    struct State {
        std::vector<double> soft;         // softmax, which gradients go through
        std::vector<double> shares;       // what counts: soft, or 0 and 1
        std::vector<std::uint8_t> chosen; // by lot, where one candidate counts alone; else empty
        std::vector<double> strength;     // of lots of weights, in a mixture
        double temperature = 1;
        bool discrete = false;
    };
    /// A number for every share: the alphas; for what is decided by them, ModelError where one is not finite.
    std::vector<double> finite_numbers() const { return Shares::all_of(this->finite_alphas()); }
    State state() const { return read_state(!this->searching()); }
    State discrete_state() const { return read_state(true); }
    State read_state(bool discrete) const {
        State now;
        now.temperature = this->temperature();
        now.discrete = discrete;
        std::vector<double> all =
            Shares::all_of(alpha.defined() ? detail::read(alpha) : std::vector<double>{});
        if (now.discrete || (Sampling::hard && !Sampling::noisy))
            now.chosen = Shares::largest(all);
        if (noise.defined() && !now.discrete) {
            const std::vector<double> drawn = detail::read(noise);
            for (std::size_t i = 0; i < all.size(); ++i)
                all[i] += drawn[i];
            if constexpr (Sampling::hard)
                now.chosen = Shares::largest(all);
        }
        now.soft = Shares::softmax(all, now.temperature);
        if constexpr (space::alphas == 0)
            now.chosen = Shares::largest(all);
        if (now.chosen.empty()) {
            now.shares = now.soft;
            now.strength = Shares::strengths(now.soft, now.temperature);
        } else {
            now.shares = Shares::one_hot(now.chosen);
        }
        return now;
    }
    /// Derivatives by all shares.
    struct Slopes {
        std::vector<double> by_share = std::vector<double>(space::shares);
    };
    template <class CostType>
    double value(const CostType& cost, const State& now) const {
        return Costs::of_shares(cost, now.shares);
    }
    template <class CostType>
    double add_slopes(const CostType& cost, const State& now, Slopes& slopes, double scale) const {
        return Costs::gradient(cost, now.shares, slopes.by_share, scale);
    }
    static std::vector<double> alpha_slopes(const State& now, Slopes slopes) {
        Shares::through_softmax(now.soft, now.temperature, slopes.by_share);
        const auto own = Shares::alphas(std::span(slopes.by_share));
        return {own.begin(), own.end()};
    }
    /// The gradient of alpha, a tensor like that, from the derivatives by all shares.
    static at::Tensor alpha_gradient(const State& now, std::vector<double> by_share, const at::Tensor& like) {
        return detail::write(alpha_slopes(now, {std::move(by_share)}), like);
    }

    /// The clips of all quantizers of activations, as they stand in log_clip.
    std::vector<double> clips() const {
        return log_clip.defined() ? detail::exponentials(log_clip) : std::vector<double>{};
    }
    static Grid activation_grid(const std::vector<double>& clips, std::size_t quantizer,
                                std::size_t candidate, bool is_signed) {
        const auto clip =
            static_cast<float>(clips[quantizer * clips_each + (space::shared_clip ? 0 : candidate)]);
        const int bits = space::activation_bits[candidate];
        return is_signed ? signed_grid(clip, bits) : unsigned_grid(clip, bits);
    }
    Grid input_grid() const {
        const std::vector<double> range = detail::read(range_);
        return affine_grid(static_cast<float>(range[0]), static_cast<float>(range[1]), space::input_bits);
    }
    /// The weights of a network with its norms folded, a copy.
    struct Folded : Network {
        explicit Folded(const torch::nn::Module& source) : Network(Network::full(), Start::Empty) {
            const at::Tensor like = source.parameters().front();
            this->to(like.device(), like.scalar_type());
            this->load_weights(source);
            fold(*this, this->tensors);
        }
        const LayerTensors& of_row(int row) const { return this->tensors[static_cast<std::size_t>(row)]; }
    };

    at::Tensor range_;

private:
    template <class Tensors>
    static void fold(torch::nn::Module& root, Tensors& tensors) {
        for (int r = 2; r < graph.size(); ++r)
            if (space::folds(r))
                detail::fold_norm(root, graph[r], tensors[static_cast<std::size_t>(r)], graph[graph.input(r)],
                                  tensors[static_cast<std::size_t>(graph.input(r))]);
    }
    /// Whether a module still has the norms that are folded here.
    static bool has_norms(const torch::nn::Module& source) {
        const auto buffers = source.named_buffers();
        for (int r = 2; r < graph.size(); ++r)
            if (space::folds(r) &&
                buffers.find(std::string(graph[r].path.view()) + ".running_mean") != nullptr)
                return true;
        return false;
    }
};

} // namespace pliny
