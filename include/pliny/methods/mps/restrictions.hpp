// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/row.hpp>
#include <pliny/methods/mps/bits.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>

namespace pliny {
namespace detail {

/// What an option says of a layer's bits; empty where it says nothing.
template <class Option>
struct Restriction {
    static constexpr bool known = false;
    static constexpr bool matches(const Row&) { return false; }
    static constexpr std::array<int, 0> weights{}, activations{};
};
template <class Part>
inline constexpr std::array<int, 0> weight_bits_of{};
template <int... Bits>
inline constexpr auto weight_bits_of<Weights<Bits...>> = Weights<Bits...>::bits;
template <class Part>
inline constexpr std::array<int, 0> activation_bits_of{};
template <int... Bits>
inline constexpr auto activation_bits_of<Activations<Bits...>> = Activations<Bits...>::bits;

template <class... Parts>
constexpr auto joined_bits(const Parts&... parts) {
    constexpr std::size_t size = (0 + ... + std::tuple_size_v<Parts>);
    std::array<int, size> all{};
    std::size_t next = 0;
    const auto append = [&](const auto& part) {
        for (int bits : part)
            all[next++] = bits;
    };
    (append(parts), ...);
    return all;
}
template <LayerKey Key, class... Bits>
struct Restriction<Only<Key, Bits...>> {
    static constexpr bool known = true;
    static constexpr bool matches(const Row& row) { return Key.matches(row); }
    static constexpr auto weights = joined_bits(weight_bits_of<Bits>...);
    static constexpr auto activations = joined_bits(activation_bits_of<Bits>...);
};

template <std::size_t BitCount, std::size_t CandidateCount>
constexpr bool bits_among(const std::array<int, BitCount>& bits,
                          const std::array<int, CandidateCount>& candidates) {
    for (int each : bits)
        if (std::find(candidates.begin(), candidates.end(), each) == candidates.end())
            return false;
    return true;
}

/// The candidates whose bits are in a list, as a set of positions; all where it is empty.
template <std::size_t CandidateCount, std::size_t BitCount>
constexpr std::uint32_t positions_of(const std::array<int, CandidateCount>& candidates,
                                     const std::array<int, BitCount>& bits) {
    std::uint32_t set = 0;
    for (std::size_t i = 0; i < CandidateCount; ++i)
        if (BitCount == 0 || std::find(bits.begin(), bits.end(), candidates[i]) != bits.end())
            set |= 1u << i;
    return set;
}

template <class Option>
inline constexpr int input_bits_of = 0;
template <int Bits>
inline constexpr int input_bits_of<InputBits<Bits>> = Bits;

} // namespace detail

} // namespace pliny
