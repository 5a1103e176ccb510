// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/layer_text.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/found.hpp>
#include <pliny/methods/mps/space.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pliny {

/// The bits of a convolution or linear layer.
struct LayerBits {
    std::string path;
    std::string kind; // "Conv2d 3x3"
    std::vector<int>
        weights;    // of every channel of the unpruned layer, 0 where it is pruned; empty: not quantized
    int input = 0;  // bits of what it reads; 0: not quantized
    int output = 0; // of what it gives, behind the activations that follow; 0: not quantized
    std::int64_t parameters = 0; // weights that are left
    std::int64_t bits = 0;       // of all of them
};

/// Every layer with weights that runs.
template <class Net>
std::vector<LayerBits> layer_bits(const FoundNetwork<Net>& found) {
    constexpr const auto& graph = plan<Net>;
    const BitLayout<Net>& layout = found.bits;
    const auto& kept = found.kept;
    const auto running = found.running();
    const auto bits_of = [&](int quantizer) {
        return quantizer >= 0    ? layout.activation_bits[static_cast<std::size_t>(quantizer)]
               : quantizer == -1 ? layout.input_bits
                                 : 0;
    };
    const auto quantized = [&](int row) { return layout.sites.quantized[static_cast<std::size_t>(row)]; };
    const auto bits_at = [&](int row) {
        return bits_of(layout.sites.quantizer[static_cast<std::size_t>(row)]);
    };
    const auto channels = [&](int row) {
        std::int64_t sum = 0;
        for (const Segment& segment : graph.channels(row))
            sum += static_cast<std::int64_t>(kept[static_cast<std::size_t>(segment.group)].size()) *
                   segment.repeat;
        return sum;
    };
    std::vector<LayerBits> layers;
    for (int row = 1; row < graph.size(); ++row) {
        const Row& r = graph[row];
        if (!r.has_weights() || !runs(graph, row, running))
            continue;
        LayerBits layer{.path = std::string(r.path.view()),
                        .kind = layer_text(r),
                        .weights = {},
                        .input = bits_at(graph.input(row))};
        const std::vector<int>& own = layout.weights[static_cast<std::size_t>(row)];
        const std::int64_t each = r.facts.kernel_weights(channels(graph.input(row)));
        if (!own.empty()) {
            auto next = own.begin();
            for (const Segment& segment : graph.channels(row)) {
                const auto g = static_cast<std::size_t>(segment.group);
                const std::size_t first = layer.weights.size();
                layer.weights.resize(first + static_cast<std::size_t>(graph.groups[g].width));
                for (std::int64_t channel : kept[g])
                    layer.weights[first + static_cast<std::size_t>(channel)] = *next++;
            }
        }
        layer.parameters = each * channels(row);
        for (int bits : own)
            layer.bits += each * bits;
        if (own.empty())
            layer.bits = 32 * layer.parameters;
        int end = row;
        while (!quantized(end) && graph.only_reader(end) && graph[graph[end].last_use].facts.joins_chain)
            end = graph[end].last_use;
        layer.output = quantized(end) ? bits_at(end) : 0;
        layers.push_back(std::move(layer));
    }
    return layers;
}

/// The same as a table: how many channels have how many bits, by a quantizer of this name.
inline std::string bits_table(const std::vector<LayerBits>& layers, std::string_view quantizer = {}) {
    std::size_t kinds = 8;
    for (const LayerBits& layer : layers)
        kinds = std::max(kinds, layer.kind.size());
    const auto line = [&](std::string_view path, std::string_view kind, std::string_view in,
                          std::string_view out, std::string_view bits, std::string_view weights) {
        return left(path, 24) + " " + left(kind, kinds) + " " + right(in, 6) + " " + right(out, 6) + " " +
               right(bits, 12) + "  " + std::string(weights) + "\n";
    };
    const auto number = [](int bits) { return bits > 0 ? std::to_string(bits) : std::string("float"); };
    std::string text = line("layer", "kind", "in", "out", "weight bits",
                            joined("channels x bits", quantizer.empty() ? "" : ", ", quantizer));
    for (const LayerBits& layer : layers) {
        std::string weights = layer.weights.empty() ? "float" : "";
        for (int bits = 16; bits >= 0; --bits)
            if (const auto n = std::count(layer.weights.begin(), layer.weights.end(), bits); n > 0)
                weights += joined(weights.empty() ? "" : ", ", n, " x ", bits);
        text += line(layer.path, layer.kind, number(layer.input), number(layer.output),
                     std::to_string(layer.bits), weights);
    }
    return text;
}

} // namespace pliny
