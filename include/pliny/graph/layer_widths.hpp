// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/layer_text.hpp>
#include <pliny/meta/text.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pliny {

/// Channels of a convolution or linear layer in a smaller network, and those that it was described with.
struct LayerWidths {
    std::string path;
    std::string kind; // "Conv2d 3x3"
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t of_in = 0;
    std::int64_t of_out = 0;
};

/// Every layer with weights, when `widths[g]` channels of group g exist; of choices, those on the path.
template <class Net>
std::vector<LayerWidths> layer_widths(std::span<const std::int64_t> widths, const PathOf<Net>& chosen = {}) {
    const auto running = running_alternatives(plan<Net>, chosen);
    std::vector<LayerWidths> layers;
    for (int row = 1; row < plan<Net>.size(); ++row) {
        const Row& r = plan<Net>[row];
        if (r.has_weights() && runs(plan<Net>, row, running))
            layers.push_back({std::string(r.path.view()), layer_text(r),
                              alive_channels(plan<Net>, plan<Net>.input(row), widths),
                              alive_channels(plan<Net>, row, widths), r.in.channels(), r.out().channels()});
    }
    return layers;
}

/// The same as a table.
inline std::string widths_table(const std::vector<LayerWidths>& layers) {
    std::size_t kinds = 8;
    for (const LayerWidths& layer : layers)
        kinds = std::max(kinds, layer.kind.size());
    const auto line = [&](std::string_view path, std::string_view kind, std::string_view in,
                          std::string_view out) {
        return left(path, 24) + " " + left(kind, kinds) + " " + right(in, 15) + " " + right(out, 15) + "\n";
    };
    std::string text = line("layer", "kind", "in", "out");
    for (const LayerWidths& layer : layers)
        text += line(layer.path, layer.kind, joined(layer.in, " of ", layer.of_in),
                     joined(layer.out, " of ", layer.of_out));
    return text;
}
template <class Net>
std::string widths_table(std::span<const std::int64_t> widths, const PathOf<Net>& chosen = {}) {
    return widths_table(layer_widths<Net>(widths, chosen));
}

} // namespace pliny
