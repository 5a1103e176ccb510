// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/blocks.hpp>

#include <algorithm>
#include <string_view>

namespace pliny {

/// NE16, the accelerator of GAP9 (phases and constants as in PLiNIO's model, which cites
/// github.com/pulp-platform/ne16): 3x3 pixels of 32 output channels (depthwise 16) at a time, over blocks of
/// 16 input channels. Transfers between memories do not count. Weights of 2 to 8 bits, activations of 8;
/// dense kernels of 3x3 and 1x1, depthwise ones of 3x3. A linear layer is 1x1 on one pixel, a grouped
/// convolution a dense one with zeros. Layers of 1x1 take as long at all weight bits.
///
/// What is not supported has a price too, that `supports` must be asked before: weight bits as the nearest
/// supported ones, activations as 8 bits, a kernel as the 3x3 kernels that cover it.
template <BlockSlope Slope>
struct Ne16Model {
    static constexpr std::string_view name = "ne16_latency";

    static constexpr bool supports(const Facts& facts, int weight_bits, int activation_bits) {
        return weight_bits >= 2 && weight_bits <= 8 && activation_bits == 8 &&
               (facts.window.kernel == Size{3} || pixelwise(facts));
    }

    template <class Number>
    constexpr auto operator()(const LayerCall<Number>& call) const {
        return price_by_blocks(call, cycles);
    }

private:
    static constexpr std::int64_t tile = 3; // of output pixels, on either side

    static constexpr bool pixelwise(const Facts& facts) {
        return facts.window.kernel == Size{1} && !facts.depthwise;
    }

    static constexpr Dual cycles(const LayerCall<Dual>& call) {
        const Size& kernel = call.window().kernel;
        const std::int64_t passes =
            pixelwise(call.facts) ? 1 : block_count(kernel[0], 3) * block_count(kernel[1], 3);
        const Shape& out = call.facts.out;
        const std::int64_t tiles = out.rank == 3 ? block_count(out[1], tile) * block_count(out[2], tile) : 1;
        const int size = call.depthwise() ? 16 : 32; // output channels per iteration

        // Whole iterations, and one for the channels that are left.
        const auto full = static_cast<double>(static_cast<std::int64_t>(call.out.value) / size);
        Dual rest = Slope == BlockSlope::Mean ? Dual(call.out.value) : call.out;
        rest.value -= full * size;
        Dual count = call.out * (Slope == BlockSlope::Mean ? 1.0 / size : 1.0);
        count.value = full;
        Dual sum = count * iteration(call, Dual(size));
        if (rest.value > 0)
            sum = sum + iteration(call, rest);
        return sum * static_cast<double>(passes * tiles);
    }

    /// Cycles of n output channels on one tile.
    static constexpr Dual iteration(const LayerCall<Dual>& call, const Dual& n) {
        const int bits = std::clamp(call.weight_bits, 2, 8);
        const bool single = pixelwise(call.facts);
        const double load = single ? 10 + 3 * 3 : 6 + 5 * 5; // of the input buffer, 16 channels
        const double offset = 6, latency = 6, index = 2;     // before, in and after matrix-vector products
        const Dual products = single ? n : n * bits;
        const Dual finish = 9 + block_count<Slope>(n * 4, 4) + 13; // normalisation, 3x3 pixels of output
        if (call.depthwise())
            return load + (offset + n) + (latency + products) + index + finish;
        return block_count<Slope>(call.in, 16) * (load + offset + (latency + products) + index) + finish;
    }
};

/// Time of a layer on NE16. Its slope is that of the line through whole iterations: exact over 32 output (16
/// where depthwise) or 16 input channels. Unit: cycles.
inline constexpr Ne16Model<BlockSlope::Mean> Ne16Latency{};

} // namespace pliny
