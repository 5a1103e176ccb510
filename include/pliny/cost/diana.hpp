// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/blocks.hpp>

#include <algorithm>
#include <string_view>

namespace pliny {

/// DIANA (Ueyoshi et al., ISSCC 2022; formulas and constants as in PLiNIO's model, used by ODiMO): a digital
/// core of 16x16 processing elements takes weights of 8 bits, an analog array of 1152 rows and 512 columns
/// those of 2 bits (ternary) of layers without groups; activations of 8 bits. A linear layer is a 1x1
/// convolution on one pixel.
///
/// What is not supported has a price too, that `supports` must be asked before: 2 bits of grouped layers and
/// more than 2 bits as 8, fewer than 2 bits as 2, activations as 8 bits.
template <BlockSlope Slope>
struct DianaModel {
    static constexpr std::string_view name = "diana_latency";

    static constexpr bool supports(const Facts& facts, int weight_bits, int activation_bits) {
        return activation_bits == 8 && (weight_bits == 8 || (weight_bits == 2 && facts.groups == 1));
    }

    template <class Number>
    constexpr auto operator()(const LayerCall<Number>& call) const {
        return price_by_blocks(call, call.weight_bits <= 2 && call.groups() == 1 ? analog : digital);
    }

private:
    static constexpr double analog_step = 70e-9 * 260e6; // cycles per operation of the array
    static constexpr std::int64_t rows = 1152, columns = 512, fewest_channels = 64;

    /// 16 output channels and 16 rows of the image at once, then 8 values per cycle in and out. Outputs share
    /// groups only where there are more of them than groups: in a depthwise layer each has its own input.
    static constexpr Dual digital(const LayerCall<Dual>& call) {
        Dual each = 1, inputs = call.out; // outputs per group, inputs of the groups that have outputs
        if (!call.depthwise()) {
            const Dual groups = call.out.value < static_cast<double>(call.groups())
                                    ? call.out
                                    : Dual(static_cast<double>(call.groups()));
            each = call.out / groups;
            inputs = call.in * groups / static_cast<double>(call.groups());
        }
        const Shape& out = call.facts.out;
        const std::int64_t places = out.rank == 3 ? block_count(out[1], 16) * out[2] : 1;
        const auto steps = static_cast<double>(places * call.window().area());
        return block_count<Slope>(each, 16) * inputs * steps + (call.out + inputs) * call.positions() / 8;
    }

    /// Weights are written whatever the number of outputs; a layer that is small enough is in the array
    /// `copies` times, once for each of as many rows of the image. The slope leaves the copies out, which
    /// halve at 64, 128 and 256 output channels, and with more input channels.
    static constexpr Dual analog(const LayerCall<Dual>& call) {
        const Size& kernel = call.window().kernel;
        const double in = std::max<double>(fewest_channels, call.in.value);
        int copies = 8;
        while (copies > 1 && (copies * call.out.value > columns ||
                              static_cast<double>((copies + kernel[0] - 1) * kernel[1]) * in > rows))
            copies /= 2;
        Dual passes = block_count<Slope>(call.in, 128);
        if (Slope == BlockSlope::PerBlock) // PLiNIO has no slope here
            passes = passes.value;
        return call.in * 8 * call.kernel_area() +
               block_count<Slope>(call.out, columns) * passes * (call.positions() * analog_step / copies);
    }
};

/// Time of a layer on DIANA. Its slope is exact over 16 output channels per group on the digital core, and
/// over 512 output or 128 input channels on the analog one as long as it holds as many copies. Unit: cycles
/// of a 260 MHz clock.
inline constexpr DianaModel<BlockSlope::Mean> DianaLatency{};

} // namespace pliny
