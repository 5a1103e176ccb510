// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/model_file.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/meta/is_finite.hpp>
#include <pliny/methods/found.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pliny::detail {

/// The bits of a network as they stand in the metadata of its file.
struct BitsOfFile {
    std::span<std::vector<int>> weights; // by row
    std::vector<int> activation_bits{};
    int input_bits = 0;
    double input_low = 0, input_high = 0;
    bool quantized_output = false, learned_steps = false;
};

PLINY_INLINE std::string bits_text(const BitsOfFile& bits);
/// Reads what bits_text wrote, into as many rows as there are; FileError.
PLINY_INLINE void parse_bits(const SafetensorsFile& file, BitsOfFile& bits);

/// The bits of a network for the metadata of its file.
template <class Net>
std::string layout_text(BitLayout<Net> layout) {
    return bits_text({layout.weights, layout.activation_bits, layout.input_bits, layout.input_low,
                      layout.input_high, layout.quantized_output, layout.learned_steps});
}

/// What layout_text wrote, checked against the network and its channels.
template <class Net, class Kept>
auto parse_layout(const SafetensorsFile& file, const Kept& kept) {
    constexpr const auto& graph = plan<Net>;
    BitLayout<Net> layout;
    const auto refuse = [&](const std::string& what) {
        file_error(file.path, "metadata entry pliny.bits: " + what);
    };
    const auto usable = [](int bits) { return usable_bits(bits); };
    BitsOfFile read{layout.weights};
    parse_bits(file, read);
    layout.activation_bits = std::move(read.activation_bits);
    layout.input_bits = read.input_bits;
    layout.input_low = read.input_low;
    layout.input_high = read.input_high;
    layout.quantized_output = read.quantized_output;
    layout.learned_steps = read.learned_steps;
    const auto low = static_cast<float>(layout.input_low), high = static_cast<float>(layout.input_high);
    if (layout.input_bits != 0 &&
        (!usable(layout.input_bits) || !is_finite(high - low) || low > 0 || high < 0 || high <= low))
        refuse("input: found no usable bits or range");
    if (!std::all_of(layout.activation_bits.begin(), layout.activation_bits.end(), usable))
        refuse("activations: expected 1 to 8 or 16 bits");
    for (int r = 0; r < graph.size(); ++r) {
        const auto& bits = layout.weights[static_cast<std::size_t>(r)];
        std::size_t channels = 0;
        for (const Segment& segment : graph.channels(r))
            channels += kept[static_cast<std::size_t>(segment.group)].size() *
                        static_cast<std::size_t>(segment.repeat);
        const bool fits = graph[r].has_weights() && bits.size() == channels &&
                          std::all_of(bits.begin(), bits.end(), usable);
        if (!bits.empty() && !fits)
            refuse(joined("weights of ", graph[r].path.view(), ": expected the bits of ", channels,
                          " channels, or none"));
    }
    layout.set_sites();
    if (layout.activation_bits.size() != static_cast<std::size_t>(layout.sites.quantizers))
        refuse(joined("activations: found ", layout.activation_bits.size(), " numbers of bits; expected ",
                      layout.sites.quantizers));
    return layout;
}

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/bit_layout_json.hpp>
#endif
