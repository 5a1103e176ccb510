// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace pliny::detail {

/// Where the first tensor of each row stands in a list of the tensors of all rows, of which row r has
/// `count(r)`; behind them, how many there are.
template <std::size_t Rows, class Count>
constexpr std::array<std::size_t, Rows + 1> row_positions(const Count& count) {
    std::array<std::size_t, Rows + 1> positions{};
    for (std::size_t r = 0; r < Rows; ++r)
        positions[r + 1] = positions[r] + (r == 0 ? 0 : static_cast<std::size_t>(count(static_cast<int>(r))));
    return positions;
}

} // namespace pliny::detail
