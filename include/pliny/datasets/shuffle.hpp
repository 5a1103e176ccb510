// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace pliny::detail {

/// Fisher and Yates' shuffle, the same on every machine, which neither `std::shuffle` nor
/// `std::uniform_int_distribution` is; the remainder favours no place by more than 2^-40 of its share.
template <class Value>
void shuffle(std::vector<Value>& values, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t left = values.size(); left > 1; --left)
        std::swap(values[left - 1], values[random() % left]);
}

} // namespace pliny::detail
