// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/architecture.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/methods/mps/rows.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/layer_node.hpp>
#include <pliny/nn/autograd/parameters_node.hpp>
#include <pliny/nn/autograd/weight_node.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/quantizers/grid.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace pliny {

/// The quantizers of a search for bits: the numbers that they learn, and what they are in one step. `Tensors`
/// gives the weight and the bias of a row as they are before they are quantized.
template <class Search>
class BitQuantizers {
public:
    using space = typename Search::bit_space;
    using Program = Architecture<Search>;
    using State = typename Program::State;
    using Rows = BitRows<space>;
    using Shares = BitShares<space>;
    static constexpr const auto& graph = space::graph;
    static constexpr const auto& sites = space::sites;
    static constexpr std::size_t clips_each = space::shared_clip ? 1 : space::activation_candidates;

    at::Tensor log_clip;    // of every quantizer of activations, and candidate unless they share it
    at::Tensor log_step;    // of weights, where steps are learned: of every row, channel and candidate
    at::Tensor input_range; // smallest, largest; 1 once it is known

    bool calibrated() const { return detail::read(input_range)[2] > 0; }

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
        const std::vector<double> range = detail::read(input_range);
        return affine_grid(static_cast<float>(range[0]), static_cast<float>(range[1]), space::input_bits);
    }

    /// Which candidate of a quantizer counts alone.
    static std::size_t chosen_candidate(const State& now, std::size_t quantizer) {
        return now.alone ? now.chosen[space::weight_lots + quantizer] : 0;
    }
    template <int Candidates>
    auto activation_candidates(const at::Tensor& alpha, const std::shared_ptr<const State>& now,
                               const std::vector<double>& clips) const {
        constexpr auto all = space::activation_candidates;
        std::function<at::Tensor(const std::vector<double>&)> to_alpha;
        if constexpr (all > 1)
            if (!now->discrete)
                to_alpha = [now, like = alpha.detach()](const std::vector<double>& by_activation) {
                    std::vector<double> by_share(space::shares);
                    std::copy(by_activation.begin(), by_activation.end(),
                              by_share.begin() + static_cast<std::ptrdiff_t>(space::first_activation_share));
                    return alpha_gradient(*now, by_share, like);
                };
        const std::vector<at::Tensor> parameters =
            detail::quantizer_parameters(alpha, log_clip, space::quantizers, all, std::move(to_alpha));
        std::vector<std::array<detail::ActivationCandidates<Candidates>, 2>> made(space::quantizers);
        for (std::size_t q = 0; q < space::quantizers; ++q)
            for (int is_signed = 0; is_signed < 2; ++is_signed) {
                detail::ActivationCandidates<Candidates>& own = made[q][static_cast<std::size_t>(is_signed)];
                own.parameters = parameters[q];
                for (std::size_t n = 0; n < Candidates; ++n) {
                    const std::size_t i = Candidates == 1 ? chosen_candidate(*now, q) : n;
                    own.mixture.grids[n] = activation_grid(clips, q, i, is_signed > 0);
                    own.mixture.share[n] = static_cast<float>(
                        Candidates == 1 ? 1 : now->bit_shares[space::first_activation_share + q * all + i]);
                    own.share_at[n] = Candidates == 1 ? -1 : static_cast<std::int64_t>(i);
                    own.clip_at[n] = static_cast<std::int64_t>(all + i);
                }
            }
        return made;
    }

    template <class Tensors>
    std::vector<detail::RowWeights> row_weights(const State& now, const std::vector<double>& clips,
                                                const Tensors& tensors) const {
        constexpr std::size_t n = space::weight_candidates;
        const std::vector<double> steps =
            log_step.defined() ? detail::exponentials(log_step) : std::vector<double>{};
        std::vector<detail::RowWeights> all;
        for (std::size_t i = 0; i < Rows::count; ++i) {
            const int row = Rows::rows[i];
            const at::Tensor &weight = tensors.weight(row), &bias = tensors.bias(row);
            const std::vector<std::size_t>& lots = Rows::all_lots()[i];
            detail::RowWeights made{.weight = weight,
                                    .bias = bias,
                                    .has_bias = bias.defined(),
                                    .input_step = space::kept_norm(row) > 0 ? 0 : input_step(row, now, clips),
                                    .wide = input_bits(row, now) > 8};
            const int norm = space::kept_norm(row);
            const bool fades = Rows::fades(norm); // then the norm, whose statistics are those of all weights
            if (fades)
                made.fading = fading(tensors, norm);
            if (Search::prunes || (space::prunes && now.alone))
                made.live = Rows::live_weights(
                    row, [&](std::size_t g, std::size_t channel) { return now.lives(g, channel); });
            for (std::size_t lot : lots) {
                if (!now.alone && n > 1) {
                    add_shares(made, now, lot, fades);
                    continue;
                }
                const std::size_t taken = candidate(now, lot, fades);
                const int bits = space::weight_bits[taken];
                if constexpr (space::learned_steps)
                    made.picked.push_back(made.picked.size() * n + taken);
                made.bits.push_back(bits);
                made.alive.push_back(bits > 0 ? 1.0f : 0.0f);
                if (fades)
                    made.strength.push_back(now.chosen[lot] > 0 ? 1.0f : 0.0f);
            }
            if constexpr (space::learned_steps)
                add_steps(made, row, steps);
            for (float alive : made.alive)
                made.all_alive = made.all_alive && alive == 1;
            all.push_back(std::move(made));
        }
        return all;
    }
    /// Sets learned steps to those that follow from the weights.
    template <class Tensors>
    void start_steps(const Tensors& tensors) {
        std::vector<double> logarithms(Rows::steps);
        for (int row : Rows::rows) {
            const at::Tensor& weight = tensors.weight(row);
            const auto ranges = detail::ranges_by_operators({.weight = weight, .bias = {}});
            for (std::size_t j = space::prunes ? 1 : 0; j < space::weight_candidates; ++j) {
                const std::vector<double> steps =
                    detail::first_steps(ranges, std::vector<int>(ranges.size(), space::weight_bits[j]));
                for (std::size_t c = 0; c < steps.size(); ++c)
                    logarithms[Rows::step_at(row, c, j)] = std::log(steps[c]);
            }
        }
        log_step.copy_(detail::write(logarithms, log_step));
    }
    /// From the derivatives by the shares of channels to those by alpha.
    static std::function<at::Tensor(const detail::ShareGradients&)>
    weights_to_alpha(const at::Tensor& alpha, const std::shared_ptr<const State>& now) {
        constexpr std::size_t n = space::weight_candidates;
        if constexpr (n > 1)
            if (!now->discrete)
                return [now, like = alpha.detach()](const detail::ShareGradients& by_channel) {
                    std::vector<double> by_share(space::shares);
                    for (std::size_t i = 0; i < Rows::count; ++i) {
                        const std::vector<std::size_t>& lots = Rows::all_lots()[i];
                        for (std::size_t c = 0; c < lots.size(); ++c)
                            for (std::size_t j = 0; j < n; ++j)
                                by_share[lots[c] * n + j] += by_channel[i][c * n + j];
                    }
                    if (!now->alone)
                        for (std::size_t lot = 0; lot < space::weight_lots; ++lot)
                            Shares::through_strength(std::span(now->bit_shares).subspan(lot * n, n),
                                                     now->strength[lot],
                                                     std::span(by_share).subspan(lot * n, n));
                    return alpha_gradient(*now, by_share, like);
                };
        return {};
    }

private:
    /// The gradient of alpha from that by the shares, which is written over.
    static at::Tensor alpha_gradient(const State& now, std::vector<double>& by_share,
                                     const at::Tensor& like) {
        return detail::gradient_like(
            like, [&](std::span<double> gradient) { Program::through_bits(now, by_share, gradient); });
    }
    /// Scale and shift of a norm; 1 and 0 where it has none.
    template <class Tensors>
    static std::vector<at::Tensor> fading(const Tensors& tensors, int norm) {
        const at::NoGradGuard no_grad;
        const at::Tensor &weight = tensors.weight(norm), &bias = tensors.bias(norm),
                         &mean = tensors.own(norm).running_mean;
        return {weight.defined() ? weight : at::ones_like(mean),
                bias.defined() ? bias : at::zeros_like(mean)};
    }
    /// Which candidate the weights of a lot take that has one alone. While training, weights before a norm
    /// that fades take the likeliest with bits in place of 0 bits.
    static std::size_t candidate(const State& now, std::size_t lot, bool fades) {
        constexpr std::size_t n = space::weight_candidates;
        if (!now.alone)
            return 0;
        const std::size_t chosen = now.chosen[lot];
        if (!fades || now.discrete || chosen > 0)
            return chosen;
        const auto own = now.bit_soft.begin() + static_cast<std::ptrdiff_t>(lot * n);
        return static_cast<std::size_t>(std::max_element(own + 1, own + n) - own);
    }
    /// The shares of a lot in a mixture; before a norm that fades those with bits make 1 together.
    static void add_shares(detail::RowWeights& made, const State& now, std::size_t lot, bool fades) {
        constexpr std::size_t n = space::weight_candidates;
        std::array<double, n> shares{};
        double alive = 0;
        for (std::size_t j = 0; j < n; ++j) {
            shares[j] = now.strength[lot] * now.bit_shares[lot * n + j];
            alive += space::weight_bits[j] > 0 ? shares[j] : 0;
        }
        if (fades) {
            alive = std::max(alive, 1e-12);
            for (std::size_t j = 0; j < n; ++j)
                shares[j] = space::weight_bits[j] > 0 ? shares[j] / alive : 0;
            made.strength.push_back(static_cast<float>(alive));
        }
        made.shares.insert(made.shares.end(), shares.begin(), shares.end());
        made.alive.push_back(space::prunes && !fades ? static_cast<float>(alive) : 1.0f);
    }
    /// The learned steps of a row, of which those for 0 bits stand for none.
    static void add_steps(detail::RowWeights& made, int row, const std::vector<double>& steps) {
        const std::size_t first = Rows::step_at(row, 0, space::prunes ? 1 : 0);
        for (std::size_t c = 0; c < made.alive.size(); ++c)
            for (std::size_t j = 0; j < space::weight_candidates; ++j) {
                const bool none = space::prunes && j == 0;
                const std::size_t at = none ? 0 : first + c * Rows::steps_each + j - (space::prunes ? 1 : 0);
                made.steps.push_back(static_cast<float>(steps[at]));
                made.step_at.push_back(at);
            }
    }
    /// Bits of what a row reads, where one candidate counts alone.
    static int input_bits(int row, const State& now) {
        const int q = space::quantizer_of_input(row);
        return q >= 0 ? space::activation_bits[chosen_candidate(now, static_cast<std::size_t>(q))]
                      : space::input_bits;
    }
    /// The step of what a row reads; 0 where that is not quantized or a mixture.
    double input_step(int row, const State& now, const std::vector<double>& clips) const {
        const int q = space::quantizer_of_input(row);
        if (q == sites.from_input)
            return double{input_grid().step};
        if (q < 0 || (!now.alone && space::activation_candidates > 1))
            return 0;
        const auto quantizer = static_cast<std::size_t>(q);
        return double{
            activation_grid(clips, quantizer, chosen_candidate(now, quantizer), Rows::reads_signed(row))
                .step};
    }
};

} // namespace pliny
