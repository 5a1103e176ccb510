// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/graph/paths.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/methods/mps/sites.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

namespace pliny {

/// Indices of the channels that a network keeps, per group of its plan.
template <class Net>
using KeptChannels = std::array<std::vector<std::int64_t>, std::tuple_size_v<decltype(plan<Net>.groups)>>;

/// How many bits all tensors of a network have.
template <class Net>
struct BitLayout {
    static constexpr std::size_t rows = static_cast<std::size_t>(plan<Net>.size());

    QuantizerSites<rows> sites{};                 // follow from all else: see set_sites
    std::array<std::vector<int>, rows> weights{}; // by output channel; empty: not quantized
    std::vector<int> activation_bits{};           // by quantizer
    int input_bits = 0;                           // 0: not quantized
    double input_low = 0, input_high = 0;
    bool quantized_output = false;
    bool learned_steps = false; // of weights
    friend bool operator==(const BitLayout&, const BitLayout&) = default;

    /// Sets the sites of the quantizers from what else there is.
    void set_sites() {
        constexpr const auto& graph = plan<Net>;
        std::array<bool, rows> excluded{};
        for (int r = 1; r < graph.size(); ++r)
            excluded[static_cast<std::size_t>(r)] =
                graph[r].has_weights() && weights[static_cast<std::size_t>(r)].empty();
        sites = quantizer_sites(graph, excluded, input_bits > 0, quantized_output);
    }
};

/// What a search has found: the channels that are kept, the alternative that every choice takes, and bits
/// where these were chosen. Networks, their files, headers and tables are made of it.
template <class Net>
struct FoundNetwork {
    KeptChannels<Net> kept{};
    PathOf<Net> chosen{};
    BitLayout<Net> bits{};
    friend bool operator==(const FoundNetwork&, const FoundNetwork&) = default;

    /// The network as it is: all channels, on a path.
    static FoundNetwork all(const PathOf<Net>& path = {}) {
        FoundNetwork found{.chosen = path};
        for (std::size_t g = 0; g < found.kept.size(); ++g)
            for (int c = 0; c < plan<Net>.groups[g].width; ++c)
                found.kept[g].push_back(c);
        return found;
    }
    auto running() const { return running_alternatives(plan<Net>, chosen); }
    /// How many channels every group keeps.
    std::array<std::int64_t, std::tuple_size_v<KeptChannels<Net>>> widths() const {
        std::array<std::int64_t, std::tuple_size_v<KeptChannels<Net>>> widths{};
        for (std::size_t g = 0; g < widths.size(); ++g)
            widths[g] = static_cast<std::int64_t>(kept[g].size());
        return widths;
    }
};

/// Bits of the values that a row reads, as costs count them: 32 of what is not quantized, but 8 of the input.
template <class Net>
int bits_read(const BitLayout<Net>& layout, int row) {
    constexpr const auto& graph = plan<Net>;
    const int quantizer = layout.sites.quantizer[static_cast<std::size_t>(graph.input(row))];
    if (quantizer >= 0)
        return layout.activation_bits[static_cast<std::size_t>(quantizer)];
    return values_read(graph, row) > 0 ? 32 : layout.input_bits > 0 ? layout.input_bits : 8;
}

namespace detail {

/// Every layer at the precisions of its channels, of which `channels(row)` are left at a row, by the shares
/// of alternatives.
template <class Net, class Channels>
struct LayoutCases {
    using number = double;
    static constexpr std::size_t most_calls = 17; // 1 to 16 bits, or none
    const BitLayout<Net>& layout;
    const Channels& channels;
    std::span<const double> thetas;

    static constexpr const auto& plan() { return pliny::plan<Net>; }
    double reach(int row) const { return pliny::reach(plan(), row, thetas); }
    template <class Function>
    void for_each_case(int row, Function f) const {
        const auto& facts = plan()[row].facts;
        const std::vector<int>& bits = layout.weights[static_cast<std::size_t>(row)];
        PricedCase<double, most_calls> one;
        one.count = 0;
        const auto add = [&](double out, int of_weights) {
            const auto in = facts.depthwise ? out : static_cast<double>(channels(plan().input(row)));
            one.calls[one.count++] = {in, out, of_weights, bits_read(layout, row)};
        };
        if (bits.empty())
            add(static_cast<double>(channels(row)), 32);
        for (int b = 1; b <= 16; ++b)
            if (const auto n = std::count(bits.begin(), bits.end(), b); n > 0)
                add(static_cast<double>(n), b);
        f(one);
    }
};

} // namespace detail

/// What a network costs with these bits and `channels(row)` channels: the sum over the precisions of the
/// channels of each layer; of costs in parallel, the largest. Layers that are not quantized count with 32
/// bits.
template <class Net, class CostType, class Channels>
double layout_cost(const CostType& cost, const BitLayout<Net>& layout, const Channels& channels,
                   std::span<const double> thetas = {}) {
    return static_cast<double>(evaluated(cost, detail::LayoutCases<Net, Channels>{layout, channels, thetas}));
}

} // namespace pliny
