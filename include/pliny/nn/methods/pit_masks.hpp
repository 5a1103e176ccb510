// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/architecture.hpp>
#include <pliny/methods/planner.hpp>
#include <pliny/methods/row_positions.hpp>
#include <pliny/nn/autograd/mask_node.hpp>
#include <pliny/nn/graph/transformed_weights.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace pliny::detail {

/// The mask sites of a search: which tensors of each row are masked, and where the masked ones stand.
template <class Search>
struct PitMasks {
    using Space = typename Search::space;
    using Rules = Planner<Search>;
    static constexpr const auto& graph = Space::graph;

    static constexpr MaskSite site(int row) { return Rules::mask_sites[static_cast<std::size_t>(row)]; }
    /// Tensors of a row that are masked: weight, or weight and bias.
    static constexpr int tensors(int row) {
        if (site(row) != MaskSite::Affine && site(row) != MaskSite::Weight)
            return 0;
        return site(row) == MaskSite::Affine || Rules::has_bias(row) ? 2 : 1;
    }
    /// Position among the results of `masked` of the first one for a row.
    static constexpr std::size_t position(int row) { return positions[static_cast<std::size_t>(row)]; }
    static const MaskTable& table() {
        static const MaskTable table = [] {
            MaskTable made{{}, &Alive<Space>::through_theta};
            for (int row = 1; row < graph.size(); ++row) {
                if (site(row) == MaskSite::Nowhere)
                    continue;
                made.sites.push_back({row, site(row), graph[row].out().rank, tensors(row), {}});
                for (const Segment& segment : graph.channels(row)) {
                    const auto g = static_cast<std::size_t>(segment.group);
                    const std::int64_t offset = Space::analysis.trainable[g] ? Space::analysis.offset[g] : -1;
                    made.sites.back().pieces.push_back({offset, graph.groups[g].width, segment.repeat});
                }
            }
            return made;
        }();
        return table;
    }
    /// The tensors that `masked` takes, in its order.
    template <class Tensors>
    static std::vector<at::Tensor> parameters(const Tensors& all) {
        std::vector<at::Tensor> list;
        for (const MaskTable::Site& site : table().sites) {
            const LayerTensors& own = all[static_cast<std::size_t>(site.row)];
            if (site.tensors >= 1)
                list.push_back(own.weight);
            if (site.tensors == 2)
                list.push_back(own.bias);
        }
        return list;
    }

private:
    static constexpr auto positions =
        row_positions<Rules::rows>([](int row) { return site(row) == MaskSite::Output ? 1 : tensors(row); });
};

/// The weights of all rows after the masks, in one step; where no widths are searched, as they are.
template <class Search>
class MaskedRows {
    using Masks = PitMasks<Search>;
    using State = typename Architecture<Search>::State;
    using Tensors = CountedTensors<typename Search::network>; // after a transform of weights
    Tensors tensors;
    std::vector<at::Tensor> made;

public:
    /// Masks are tensors of the type of the weights.
    MaskedRows(const at::Tensor& alpha, Tensors of_rows, at::ScalarType type,
               const std::shared_ptr<const State>& now)
        : tensors(std::forward<Tensors>(of_rows)) {
        if constexpr (Search::prunes)
            made = masked(alpha, {now, now->mask}, {now, now->width_numbers()}, Masks::parameters(tensors),
                          Masks::table(), type);
    }
    const LayerTensors& own(int row) const { return tensors[static_cast<std::size_t>(row)]; }
    const at::Tensor& weight(int row) const {
        return Masks::tensors(row) > 0 ? made[Masks::position(row)] : own(row).weight;
    }
    const at::Tensor& bias(int row) const {
        return Masks::tensors(row) > 1 ? made[Masks::position(row) + 1] : own(row).bias;
    }
    /// What a row gives, masked where that is the place of its mask.
    template <int RowNumber>
    at::Tensor output(at::Tensor y) const {
        if constexpr (Masks::site(RowNumber) == MaskSite::Output)
            return y * made[Masks::position(RowNumber)];
        else
            return y;
    }
};

} // namespace pliny::detail
