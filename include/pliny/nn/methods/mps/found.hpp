// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/methods/mps/quantizers.hpp>
#include <pliny/nn/methods/quantized.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace pliny {

/// The part of a model that searches bits which says what it has found: the bits of the largest alphas.
template <class Search>
class FoundBits : public BitQuantizers<Search> {
    using Base = BitQuantizers<Search>;

public:
    using network = typename Search::network;
    using space = typename Search::bit_space;
    using Base::graph;
    using Base::log_clip;
    using Base::log_step;

    /// Bits of every output channel of a layer that has weights, 0 where it is pruned; empty where its
    /// weights are not quantized.
    std::vector<int> weight_bits(int row) const {
        return space::quantizes(row) ? Base::bits_of(Rows::lots(row), Shares::largest(this->finite_numbers()))
                                     : std::vector<int>{};
    }
    /// Bits of every quantizer of activations.
    std::vector<int> activation_bits() const {
        const auto chosen = Shares::largest(this->finite_numbers());
        std::vector<int> bits;
        for (std::size_t q = 0; q < space::quantizers; ++q)
            bits.push_back(space::activation_bits[chosen[space::weight_lots + q]]);
        return bits;
    }

protected:
    using Base::Base;
    using typename Base::Rows;
    using typename Base::Shares;

    /// The network with these bits and without the channels that have none. Its tensors are its own.
    Quantized<network> exported_now() const {
        const std::vector<std::uint8_t> chosen = Shares::largest(this->finite_numbers());
        Quantized<network> made(kept(chosen), layout(chosen));
        std::optional<typename Base::Folded> folded;
        if constexpr (space::keeps_norms)
            folded.emplace(*this);
        for (int r = 1; r < graph.size(); ++r)
            detail::take_channels<network>(folded ? folded->of_row(r)
                                                  : this->tensors[static_cast<std::size_t>(r)],
                                           made.tensors_of(r), r, made.kept());
        made.log_clip.set_data(detail::write(log_clips(chosen), log_clip.defined() ? log_clip.detach()
                                                                                   : made.log_clip.detach()));
        if constexpr (space::learned_steps)
            made.log_step.set_data(detail::write(log_steps(chosen), log_step.detach()));
        made.train(this->is_training());
        return made;
    }

private:
    static KeptChannels<network> kept(const std::vector<std::uint8_t>& chosen) {
        KeptChannels<network> kept;
        for (std::size_t g = 0; g < kept.size(); ++g)
            for (int c = 0; c < graph.groups[g].width; ++c) {
                const int first = space::analysis.first_lot[g];
                const bool pruned =
                    space::prunes && first >= 0 && chosen[static_cast<std::size_t>(first + c)] == 0;
                if (!pruned)
                    kept[g].push_back(c);
            }
        return kept;
    }
    typename Quantized<network>::Layout layout(const std::vector<std::uint8_t>& chosen) const {
        typename Quantized<network>::Layout layout;
        for (int r : Rows::rows)
            for (int bits : Base::bits_of(Rows::lots(r), chosen))
                if (bits > 0)
                    layout.weights[static_cast<std::size_t>(r)].push_back(bits);
        layout.activation_bits = activation_bits();
        layout.learned_steps = space::learned_steps;
        layout.quantized_output = space::quantizes_output;
        const std::vector<double> range = detail::read(this->range_);
        layout.input_bits = space::quantizes_input ? space::input_bits : 0;
        layout.input_low = range[0];
        layout.input_high = range[1];
        set_sites<network>(layout);
        return layout;
    }
    std::vector<double> log_clips(const std::vector<std::uint8_t>& chosen) const {
        const std::vector<double> all = log_clip.defined() ? detail::read(log_clip) : std::vector<double>{};
        std::vector<double> found;
        for (std::size_t q = 0; q < space::quantizers; ++q)
            found.push_back(all[q * Base::clips_each +
                                (space::shared_clip ? 0 : std::size_t{chosen[space::weight_lots + q]})]);
        return found;
    }
    /// Of the channels that are left; a norm that is folded scales them with the weights.
    std::vector<double> log_steps(const std::vector<std::uint8_t>& chosen) const {
        const std::vector<double> all = detail::read(log_step);
        std::vector<double> found;
        for (int row : Rows::rows) {
            const std::vector<std::size_t> lots = Rows::lots(row);
            std::vector<double> scales;
            if (const int norm = Rows::kept_norm(row); norm > 0)
                scales = detail::read(
                    detail::norm_scale(graph[norm], this->tensors[static_cast<std::size_t>(norm)]));
            for (std::size_t c = 0; c < lots.size(); ++c)
                if (space::weight_bits[chosen[lots[c]]] > 0)
                    found.push_back(all[Rows::step_at(row, c, chosen[lots[c]])] +
                                    (scales.empty() || scales[c] == 0 ? 0 : std::log(std::fabs(scales[c]))));
        }
        return found;
    }
};

} // namespace pliny
