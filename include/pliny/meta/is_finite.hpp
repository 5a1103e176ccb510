// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>

#include <bit>
#include <cstdint>

namespace pliny {

/// Whether a number is neither infinite nor NaN, by its bits: -ffast-math makes std::isfinite true of all.
constexpr bool is_finite(double number) {
    constexpr std::uint64_t exponent = 0x7ff0'0000'0000'0000u;
    return (std::bit_cast<std::uint64_t>(number) & exponent) != exponent;
}
constexpr bool is_finite(float number) {
    constexpr std::uint32_t exponent = 0x7f80'0000u;
    return (std::bit_cast<std::uint32_t>(number) & exponent) != exponent;
}

} // namespace pliny
