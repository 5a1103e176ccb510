// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/call.hpp>
#include <pliny/cost/dual.hpp>

#include <cstdint>
#include <type_traits>

namespace pliny {

/// Hardware that works on blocks of N channels has a cost with steps; the slope that a search sees in their
/// place.
enum class BlockSlope {
    Mean,    // 1/N per block: the mean slope over N channels
    PerBlock // 1, as if a channel made a block: PLiNIO's, N times too steep; to compare with it
};

/// ceil(floor(x) / N): the blocks of N that x channels fill, x >= 0. For whole x it is ceil(x / N); a
/// fraction of a channel is left out, as in PLiNIO.
template <BlockSlope Slope>
constexpr Dual block_count(const Dual& x, std::int64_t size) {
    const double slope = Slope == BlockSlope::Mean ? 1.0 / static_cast<double>(size) : 1.0;
    Dual count = x * slope;
    count.value = static_cast<double>((static_cast<std::int64_t>(x.value) + size - 1) / size);
    return count;
}

/// ceil(n / N) of whole numbers.
constexpr std::int64_t block_count(std::int64_t n, std::int64_t size) { return (n + size - 1) / size; }

/// The price of a call by `formula(const LayerCall<Dual>&) -> Dual`, for any Number. Between 0 and 1 output
/// channels it grows in a line up to the price of one: what no channel uses is free.
template <class Number, class Formula>
constexpr auto price_by_blocks(const LayerCall<Number>& call, const Formula& formula) {
    if constexpr (std::is_same_v<Number, Dual>) {
        if (call.out.value >= 1)
            return formula(call);
        LayerCall<Dual> one = call;
        one.out = 1;
        return formula(one) * call.out;
    } else {
        return price_by_blocks(LayerCall<Dual>{call.facts, static_cast<double>(call.in),
                                               static_cast<double>(call.out), call.weight_bits,
                                               call.activation_bits},
                               formula)
            .value;
    }
}

} // namespace pliny
