// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace pliny {

/// What a search for bits has found, as numbers: how many bits all tensors have.
template <std::size_t Rows>
struct BitLayout {
    struct Site {
        bool quantized = false; // the tensor that the row makes
        bool can_be_negative = false;
        bool passes = false;       // the row gives its input: a folded norm, a ReLU that a quantizer implies
        bool reads_signed = false; // all values that it reads lie on the coarser grid
        int quantizer = 0;         // of its values; -1: that of the input; -2: none
        friend bool operator==(const Site&, const Site&) = default;
    };
    std::array<Site, Rows> sites{};
    std::array<std::vector<int>, Rows> weights{}; // by output channel; empty: not quantized
    std::vector<int> activation_bits{};           // by quantizer
    int input_bits = 0;                           // 0: not quantized
    double input_low = 0, input_high = 0;
    bool learned_steps = false; // of weights
    friend bool operator==(const BitLayout&, const BitLayout&) = default;
};

} // namespace pliny
