// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/graph/kept_channels.hpp>
#include <pliny/nn/methods/mps/folded.hpp>
#include <pliny/nn/methods/mps/quantizers.hpp>
#include <pliny/nn/model.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace pliny {

/// What a search for bits has found, and the network of that.
template <class Search>
struct FoundBits {
    using Net = typename Search::network;
    using Space = typename Search::bit_space;
    using Quantizers = BitQuantizers<Search>;
    using Exported = Quantized<Net, typename Space::quantizer>;
    using State = typename Quantizers::State;
    using Rows = typename Quantizers::Rows;
    static constexpr const auto& graph = Space::graph;

    /// Bits of every output channel of a row, 0 where it is pruned; empty where its weights are not
    /// quantized.
    static std::vector<int> weight_bits(const State& now, int row) {
        std::vector<int> bits;
        if (!Space::quantizes(row))
            return bits;
        const std::vector<std::size_t> lots = Rows::lots(row);
        for (const Segment& segment : graph.channels(row)) {
            const auto g = static_cast<std::size_t>(segment.group);
            for (int c = 0; c < graph.groups[g].width; ++c)
                bits.push_back(now.lives(g, static_cast<std::size_t>(c))
                                   ? Space::weight_bits[now.chosen[lots[bits.size()]]]
                                   : 0);
        }
        return bits;
    }
    /// Bits of every quantizer of activations.
    static std::vector<int> activation_bits(const State& now) {
        std::vector<int> bits;
        for (std::size_t q = 0; q < Space::quantizers; ++q)
            bits.push_back(Space::activation_bits[now.chosen[Space::weight_lots + q]]);
        return bits;
    }

    /// The network of what was found, with these bits. Its tensors are its own.
    static Exported quantized(const torch::nn::Module& model,
                              const std::array<LayerTensors, Space::rows>& tensors, FoundNetwork<Net> found,
                              const State& now, const Quantizers& quantizers) {
        Exported made(std::move(found));
        std::optional<detail::FoldedNetwork<Space>> folded;
        if constexpr (Space::keeps_norms)
            folded.emplace(model);
        for (int r = 1; r < graph.size(); ++r)
            if (made.runs(r)) {
                detail::take_channels<Net>(folded ? folded->of_row(r) : tensors[static_cast<std::size_t>(r)],
                                           made.tensors_of(r), r, made.kept());
                detail::transform_in_place<Net>(made.tensors_of(r), r);
            }
        const at::Tensor& log_clip = quantizers.log_clip;
        made.log_clip.set_data(detail::write(
            log_clips(now, log_clip), log_clip.defined() ? log_clip.detach() : made.log_clip.detach()));
        if constexpr (Space::learned_steps)
            made.log_step.set_data(detail::write(log_steps(now, quantizers.log_step, tensors, made),
                                                 quantizers.log_step.detach()));
        made.train(model.is_training());
        return made;
    }

    static BitLayout<Net> layout(const State& now, const Quantizers& quantizers) {
        BitLayout<Net> layout;
        for (int r : Rows::rows)
            for (int bits : weight_bits(now, r))
                if (bits > 0)
                    layout.weights[static_cast<std::size_t>(r)].push_back(bits);
        layout.activation_bits = activation_bits(now);
        layout.learned_steps = Space::learned_steps;
        layout.quantized_output = Space::quantizes_output;
        const std::vector<double> range = detail::read(quantizers.input_range);
        layout.input_bits = Space::quantizes_input ? Space::input_bits : 0;
        layout.input_low = range[0];
        layout.input_high = range[1];
        layout.set_sites();
        return layout;
    }

private:
    static std::vector<double> log_clips(const State& now, const at::Tensor& log_clip) {
        const std::vector<double> all = log_clip.defined() ? detail::read(log_clip) : std::vector<double>{};
        std::vector<double> found;
        for (std::size_t q = 0; q < Space::quantizers; ++q)
            found.push_back(all[q * Quantizers::clips_each +
                                (Space::shared_clip ? 0 : std::size_t{now.chosen[Space::weight_lots + q]})]);
        return found;
    }
    /// Of the channels that are left; a norm that is folded scales them with the weights.
    static std::vector<double> log_steps(const State& now, const at::Tensor& log_step,
                                         const std::array<LayerTensors, Space::rows>& tensors,
                                         const Exported& made) {
        const std::vector<double> all = detail::read(log_step);
        std::vector<double> found;
        for (int row : Rows::rows) {
            if (!made.runs(row))
                continue;
            const std::vector<std::size_t> lots = Rows::lots(row);
            const std::vector<int> bits = weight_bits(now, row);
            std::vector<double> scales;
            if (const int norm = Space::kept_norm(row); norm > 0)
                scales =
                    detail::read(detail::norm_scale(graph[norm], tensors[static_cast<std::size_t>(norm)]));
            for (std::size_t c = 0; c < lots.size(); ++c)
                if (bits[c] > 0)
                    found.push_back(all[Rows::step_at(row, c, now.chosen[lots[c]])] +
                                    (scales.empty() || scales[c] == 0 ? 0 : std::log(std::fabs(scales[c]))));
        }
        return found;
    }
};

} // namespace pliny
