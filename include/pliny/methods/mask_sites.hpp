// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>

#include <array>
#include <cstdint>

namespace pliny {

/// Where the mask of a layer's output channels is applied.
enum class MaskSite : std::uint8_t {
    Nowhere, // nothing to mask, or a later layer masks the same channels before they are mixed
    Affine,  // into scale and shift of a batch norm: free
    Weight,  // into the rows of the weight and the bias
    Output,  // onto the output
};

/// The cheapest site for every row of a plan, such that no dead channel reaches a layer that mixes channels.
/// `masked[r]` tells whether row r has channels that can die, `absent[r]` whether it gives its input.
template <class AnyPlan, std::size_t Rows>
constexpr std::array<MaskSite, Rows> mask_sites(const AnyPlan& plan, const std::array<bool, Rows>& masked,
                                                const std::array<bool, Rows>& absent = {}) {
    constexpr std::int64_t typical_batch = 32;
    std::array<MaskSite, Rows> sites{};
    std::array<bool, Rows> masked_later{};
    for (int r = plan.size() - 1; r > 0; --r) {
        const auto row = static_cast<std::size_t>(r);
        bool later = plan[r].uses > 0;
        for (int c = r + 1; c <= plan[r].last_use; ++c)
            for (int input : plan.inputs(c))
                if (input == r) {
                    const Channels channels = plan[c].facts.channels;
                    const bool mixes = channels == Channels::Mix || channels == Channels::Fixed;
                    const auto consumer = static_cast<std::size_t>(c);
                    later =
                        later && !mixes && (sites[consumer] != MaskSite::Nowhere || masked_later[consumer]);
                }
        masked_later[row] = later;
        if (!masked[row] || absent[row])
            continue;
        const Facts& facts = plan[r].facts;
        if (facts.traits.normalises)
            sites[row] = facts.norm > 0 ? MaskSite::Affine : MaskSite::Output;
        else if (later)
            sites[row] = MaskSite::Nowhere;
        else if (facts.weights > 0)
            sites[row] =
                facts.weights < typical_batch * facts.out.elements() ? MaskSite::Weight : MaskSite::Output;
        else if (!facts.keeps_zero)
            sites[row] = MaskSite::Output;
    }
    return sites;
}

} // namespace pliny
