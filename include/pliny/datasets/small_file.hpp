// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <pliny/meta/compiled.hpp>

namespace pliny::detail {

/// Reads a regular file of at most `limit` bytes into `bytes`; returns what was found instead, or nothing.
[[nodiscard]] PLINY_INLINE std::string read_small_file(const std::filesystem::path& path, std::size_t limit,
                                                       std::vector<std::uint8_t>& bytes);

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/small_file.hpp>
#endif
