// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace pliny::detail {

/// A number that depends on all of its arguments: FNV-1a over the text, then splitmix64 over each number.
inline std::uint64_t derived_seed(std::uint64_t seed, std::string_view phase, std::uint64_t epoch = 0,
                                  std::uint64_t batch = 0) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char letter : phase)
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
    for (std::uint64_t number : {seed, epoch, batch}) {
        hash += number + 0x9e3779b97f4a7c15;
        hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
        hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
        hash ^= hash >> 31;
    }
    return hash;
}

} // namespace pliny::detail
